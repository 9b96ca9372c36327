/* What the page must admit about its figures, and how fresh they are: the same sentences as controlcenter/web/states.py, kept true. */
import { now } from "./clock.js";
import { $$, h, icon } from "./dom.js";

const WORDS = {
  metadata: "topics and leaders", cluster: "the controller's view", quorum: "the quorum", starts: "start offsets", ends: "end offsets", stable: "stable offsets",
  first_records: "oldest records", last_records: "newest records", groups: "groups", described: "group members", commits: "committed offsets", log_dirs: "sizes on disk", configs: "settings",
  opened: "settings with their documentation",
};
const PICTURES = { unreachable: "plug-zap", stale: "clock", loading: "loader", partial: "triangle-alert" };

const SILENCE_MS = 60000;      // the slowest idle round is 30 s

export const isFailing = row => Boolean(row.failure) && (row.as_of_ms == null || (row.failed_at_ms || 0) >= row.as_of_ms);

export function strips(cluster, sources, wanted, nowMs) {
  if (!sources?.size) return [["loading", "", "The first answer of this cluster is on its way.", "", null]];
  if (cluster?.state === "unreachable") return [["unreachable", "bad", "This cluster does not answer.", cluster.reason || "", cluster.unreachable_since_ms]];
  const newest = Math.max(...[...sources.values()].map(row => row.as_of_ms || 0));
  if (newest && nowMs - newest > SILENCE_MS) return [["stale", "warn", "Nothing new has been read: the figures are the last known.", "The worker may be down.", newest]];
  return wanted.flatMap(source => ofSource(source, [...sources.values()].filter(row => row.source === source)));
}

function ofSource(source, rows) {
  const failing = rows.filter(isFailing);
  if (!failing.length) return [];
  const word = WORDS[source] || source, known = failing.map(row => row.as_of_ms).filter(at => at != null), oldest = known.length ? Math.min(...known) : null;
  const why = [...new Set(failing.map(row => row.failure))].sort().join("; ");
  const all = rows.filter(row => row.broker !== ""), missing = failing.filter(row => row.broker !== "").map(row => String(row.broker)).sort();
  if (missing.length && missing.length < all.length)
    return [["partial", "warn", `${all.length - missing.length} of ${all.length} brokers told ${word}; missing: ${missing.join(", ")}.`, why, oldest]];
  return [["stale", "warn", `${word[0].toUpperCase()}${word.slice(1)} could not be read. ${oldest == null ? "They are not known yet." : "Figures are the last known."}`, why, oldest]];
}

function note([kind, tone, what, why, since]) {
  return h("div", { class: `note ${tone} state-${kind}`, role: "status" }, icon(PICTURES[kind], ""),
    h("span", {}, h("b", {}, what), why && ` ${why}`, since && [" Last answer ", h("data-age", { at: since, limit: "0" }), "."]));
}

const FRESH = { brokers: "metadata", offsets: "ends", "log dirs": "log_dirs" };

let last = null;
setInterval(() => { if (last && !document.hidden) tell(last); }, 5000);      // silence brings no change that could tell it

/* Call it with each change of the page's channel. */
export function tell(tables) {
  const { cluster, sources } = last = tables;
  for (const box of $$("[data-strips]")) {
    const found = strips(cluster?.get("cluster"), sources, box.dataset.strips.split(","), now()), mark = JSON.stringify(found);
    if (box.mark !== mark) { box.mark = mark; box.replaceChildren(...found.map(note)); }
  }
  const told = [...$$(".freshness data-age")];
  for (const el of told) {
    const word = (el.previousSibling?.textContent || "").replace(/[·\s]+/g, " ").trim(), times = [...(sources?.values() || [])].filter(row => row.source === FRESH[word]).map(row => row.as_of_ms || 0);
    if (times.length && Math.max(...times)) el.setAttribute("at", Math.max(...times));
  }
}

