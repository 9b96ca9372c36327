/* The table of brokers, on the overview and on its own page; controlcenter/web/brokers.py draws the same. */
import { $, h } from "./dom.js";
import * as cells from "./cells.js";
import * as format from "./format.js";
import * as names from "./names.js";

export function state(row) {
  if (row.is_reachable === false) return ["bad", "Unreachable", "plug-zap"];
  if (row.is_registered === false) return ["bad", "Not registered", "circle-x"];
  if (row.is_fenced) return ["warn", "Fenced", "triangle-alert"];
  if (row.offline_log_dirs) return ["bad", "Log dir offline", "hard-drive"];
  if (row.is_reachable == null) return ["", "Unknown", "circle-help"];
  return row.is_controller ? ["info", "Controller", "crown"] : ["ok", "Online", "check"];
}

export const used = ({ disk_total_bytes: total, disk_usable_bytes: usable }) => !total || usable == null ? null : Math.round(100 * (total - usable) / total);

function theirs({ is_registered: registered, is_fenced: fenced, is_voter: voter }) {
  const word = registered == null && fenced == null ? "?" : registered === false ? "not registered" : fenced ? "fenced" : "registered";
  return word + (voter ? " · voter" : "");
}

function tr(row) {
  const share = used(row);
  return h("tr", { class: row.is_reachable === false && "is-old" },
    h("td", {}, h("a", { class: "name", href: names.broker(row.broker) }, String(row.broker)), " ", h("span", { class: "dimmer mono" }, `${row.host}:${row.port}`)),
    h("td", {}, cells.pill(state(row))), cells.text(theirs(row)), cells.text(row.rack ?? "–"),
    cells.number(row.latency_ms == null ? "?" : [row.latency_ms.toFixed(1), " ", cells.dim("ms")]),
    cells.number([format.grouped(row.leaders), row.preferred_leaders != null && row.preferred_leaders !== row.leaders && cells.dim(` ${row.preferred_leaders} preferred`)]),
    cells.number(format.grouped(row.replicas)), cells.number(format.grouped(row.under_replicated), row.under_replicated ? "bad-text" : ""),
    cells.rate(row.records_per_s), cells.number(cells.bytes(row.size_bytes)),
    h("td", { class: "num" }, share == null ? "?" : h("micro-bar", { value: share, max: 100, tone: share > 85 ? "warn" : "" }, `${share}%`)),
    h("td", { class: "num dim" }, row.seen_at_ms == null ? h("span", { class: "dimmer" }, "never read") : cells.since(row.seen_at_ms, 30)));
}

/* Draws again only the rows whose object changed. */
const drawn = new Map();
export function draw(brokers) {
  const body = $("#brokers");
  if (!body) return;
  const rows = [...brokers.values()].sort((a, b) => a.broker - b.broker).map(row => {
    const kept = drawn.get(row.broker);
    if (kept?.row === row) return kept.el;
    const el = tr(row);
    drawn.set(row.broker, { row, el });
    return el;
  });
  if (rows.length !== body.children.length || rows.some((el, i) => el !== body.children[i])) {
    const at = document.activeElement?.closest("#brokers a.name")?.getAttribute("href");
    body.replaceChildren(...rows);
    if (at) [...body.querySelectorAll("a.name")].find(a => a.getAttribute("href") === at)?.focus();
  }
}
