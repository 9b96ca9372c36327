/* The list of groups, live, each with the trend of its lag. */
import "../elements/data-table.js";
import * as cells from "../lib/cells.js";
import { $, h, say } from "../lib/dom.js";
import { count, grouped } from "../lib/format.js";
import { key, lag, state } from "../lib/groups.js";
import { complete, Listing } from "../lib/listing.js";
import * as names from "../lib/names.js";
import { fill } from "../lib/sparks.js";
import { subscribe } from "../live/state.js";

const table = $("#groups"), line = $("#filter"), fields = JSON.parse($("#fields").textContent), nothing = $("#nothing");
let top = 1, list;

function row(g) {
  return h("tr", {}, cells.name(names.group(g.group), g.group), h("td", {}, state(g.state)), cells.text(g.type || "?"), cells.count(g.members),
    h("td", { class: "num dim", title: (g.topic_names || []).join(", ") }, count(g.topics)), cells.count(g.partitions, "dim"), lag(g, top), cells.rate(g.consumed_per_s),
    cells.spark(`group.lag/${key(g.group)}`, "late"),
    cells.age(g.committed_at_ms, g.partitions ? "?" : cells.none()), cells.number(g.coordinator == null ? "?" : `broker ${g.coordinator}`, "dim"));
}

function tell({ all, shown }) {
  const lags = all.map(g => g.lag).filter(n => n != null), missing = all.some(g => g.lag == null || g.unknown_partitions), members = all.map(g => g.members);
  say($("[data-fact=groups]"), grouped(all.length));
  say($("[data-fact=members]"), members.includes(null) ? "?" : grouped(members.reduce((a, b) => a + b, 0)));
  say($("[data-fact=lag]"), all.length && !lags.length ? "?" : `${missing ? "≥ " : ""}${count(lags.reduce((a, b) => a + b, 0))}`);
  const states = new Map();
  for (const g of all) states.set(g.state || "Unknown", (states.get(g.state || "Unknown") || 0) + 1);
  $("#states").replaceChildren(...[...states].sort((a, b) => b[1] - a[1]).flatMap(([word, n], i) => [i ? " · " : "", `${word} `, h("b", {}, String(n))]));
  const behind = all.filter(g => g.lag).length;
  $('[data-term="lag:>0"]').replaceChildren("Behind", ...(behind ? [" ", h("b", {}, String(behind))] : []));
  nothing.hidden = shown.length > 0;
}

await customElements.whenDefined("data-table");
table.addEventListener("range", fill);
list = new Listing({ table, line, fields, row, name: "group", noun: "groups", onShow: tell });
complete(line, fields);
list.tellSort();

subscribe(`${document.body.dataset.cluster}/groups`, ({ tables }) => {
  if (!tables.groups && !tables.sources) return;
  const rows = [...(tables.groups?.values() || [])], most = Math.max(1, ...rows.map(g => g.lag || 0)), read_ = tables.sources?.get("commits/")?.as_of_ms;
  if (most !== top) { top = most; for (const kept of table.drawn.values()) kept.item = null; }
  if (read_) $("#commits data-age")?.setAttribute("at", read_);
  list.take(rows);
});
