/* What every page of a topic keeps true: the facts of its head, the sentences about its troubled partitions, its groups. */
import * as cells from "./cells.js";
import { $, $$, h, icon, say } from "./dom.js";
import { count, grouped, rate } from "./format.js";
import * as names from "./names.js";
import { subscribe } from "../live/state.js";

const fact = (name, draw) => { for (const el of $$(`[data-fact=${name}]`)) draw(el); };

export function head(row) {
  $("#topic-health")?.replaceChildren(cells.status(row.health));
  fact("partitions", el => say(el, grouped(row.partitions)));
  fact("records", el => say(el, `${row.records && (row.cleanup_policy || "").includes("compact") ? "≤ " : ""}${count(row.records)}`));
  fact("size", el => el.replaceChildren(...cells.bytes(row.size_bytes)));
  fact("in", el => say(el, rate(row.records_per_s)));
  const last = $("#last-record");
  if (last && row.last_record_at_ms != null) {
    const age = $("data-age", last);
    if (age) age.setAttribute("at", row.last_record_at_ms);
    else last.replaceChildren(cells.since(row.last_record_at_ms));
  }
}

/* draw(tables) after the head; a topic that goes away while one looks reloads the page, which tells its story. */
export function follow(draw = () => {}) {
  const { cluster, view } = document.body.dataset;
  let wasThere = Boolean($(".tab-strip [data-count]"));
  subscribe(`${cluster}/${view}`, ({ tables }) => {
    const row = tables.topics && [...tables.topics.values()][0];
    if (row) {
      if (!$("[data-fact=partitions]")) return location.reload();        // its first figures have come
      wasThere = true;
      head(row);
    } else if (wasThere && tables.sources?.size) return location.reload();
    draw(tables, row);
  });
}

const TEXT = {
  offline: p => ["has no leader.", `Nobody can write to it or read from it until one of its replicas (${p.replicas.join(", ")}) is back.`],
  under_min_isr: (p, least) => [inSync(p, least), "Producers with acks=all get NOT_ENOUGH_REPLICAS until a replica catches up."],
  under_replicated: (p, least) => [inSync(p, least), "Writes go on; losing one more broker may cost data."],
};
const inSync = (p, least) => `has ${p.in_sync_replicas.length} of ${p.replicas.length} replicas in sync${least ? `; min.insync.replicas is ${least}` : ""}.`;

const moreTroubled = n => `${n} more ${n === 1 ? "partition is" : "partitions are"} not whole; the table of partitions marks them.`;

export function troubles(rows, least) {
  const box = $("#troubles"), all = rows.filter(p => TEXT[p.state]), found = all.slice(0, 3), more = all.length - found.length;
  const mark = JSON.stringify([more, found.map(p => [p.partition, p.state, p.in_sync_replicas])]);
  if (!box || box.mark === mark) return;
  box.mark = mark;
  box.replaceChildren(...found.map(p => {
    const isWarn = p.state === "under_replicated", [what, so] = TEXT[p.state](p, least);
    return h("div", { class: `note ${isWarn ? "warn" : "bad"}`, role: "status" }, icon(isWarn ? "triangle-alert" : "circle-x", ""), h("span", {}, h("b", {}, `Partition ${p.partition} ${what}`), ` ${so}`));
  }), ...(more ? [h("p", { class: "dim" }, moreTroubled(more))] : []));
}

const sum = values => values.length ? values.reduce((total, value) => total + value, 0) : null;
const known = (rows, column) => rows.map(row => row[column]).filter(value => value != null);

/* → one row a group, furthest behind first; lag and rate are of this topic only. */
export function readers({ group_partitions: parts, groups }) {
  const byGroup = new Map();
  for (const row of parts?.values() || []) byGroup.set(row.group, [...(byGroup.get(row.group) || []), row]);
  return [...byGroup].map(([name, rows]) => {
    const group = [...(groups?.values() || [])].find(row => row.group === name), lags = known(rows, "lag"), at = known(rows, "committed_at_ms");
    return {
      group: name, type: group?.type, state: group?.state, members: group?.type === "share" ? group.members : new Set(rows.map(row => row.member_id).filter(Boolean)).size, partitions: rows.length,
      lag: sum(lags), unknown: rows.length - lags.length, consumed_per_s: sum(known(rows, "consumed_per_s")), committed_at_ms: at.length ? Math.max(...at) : null,
    };
  }).sort((a, b) => (b.lag || 0) - (a.lag || 0) || (a.group < b.group ? -1 : 1));
}

const drawn = new Map();
function tr(g) {
  const lag = g.lag != null && g.unknown ? h("span", { title: `${g.unknown} partitions unknown` }, `≥ ${count(g.lag)}`) : count(g.lag);
  return h("tr", {}, cells.name(names.group(g.group), g.group, g.type && !["classic", "consumer"].includes(g.type) && [" ", cells.pill(["line", g.type, ""])]), h("td", {}, g.state || "?"),
    cells.number(grouped(g.members)), cells.number(String(g.partitions), "dim"), cells.number(lag), cells.rate(g.consumed_per_s), cells.age(g.committed_at_ms, "?"));
}

export function drawReaders(tables, most) {
  const body = $("#consumers"), all = readers(tables);
  if (!body || !tables.sources) return;
  const rows = all.slice(0, most).map(g => {
    const mark = JSON.stringify(g), kept = drawn.get(g.group);
    if (kept?.mark === mark) return kept.el;
    const el = tr(g);
    drawn.set(g.group, { mark, el });
    return el;
  });
  const at = document.activeElement?.closest("#consumers a.name")?.getAttribute("href");
  if (rows.length !== body.children.length || rows.some((el, i) => el !== body.children[i])) body.replaceChildren(...rows);
  if (at) [...body.querySelectorAll("a.name")].find(a => a.getAttribute("href") === at)?.focus();
  $("#no-groups").hidden = all.length > 0;
  body.closest(".data-table").hidden = all.length === 0;
  fact("groups", el => say(el, String(all.length)));
  say($("[data-count=consumers]"), String(all.length));
}
