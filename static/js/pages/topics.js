/* The list of topics, live. */
import "../elements/data-table.js";
import * as cells from "../lib/cells.js";
import { $, $$, h } from "../lib/dom.js";
import { bytes, count, duration, grouped, rate } from "../lib/format.js";
import { complete, Listing } from "../lib/listing.js";
import * as names from "../lib/names.js";
import { more } from "../keys.js";
import { subscribe } from "../live/state.js";

const table = $("#topics"), line = $("#filter"), fields = JSON.parse($("#fields").textContent), bar = $(".bulk-bar"), nothing = $("#nothing");
let largest = 1, showsInternal = $("[data-internal]").getAttribute("aria-pressed") === "false", list;

function kept({ cleanup_policy: policy, retention_ms: ms }) {
  if (policy == null) return null;
  return policy === "compact" ? "compact" : policy === "delete" ? duration(ms) : `compact, ${duration(ms)}`;
}

function tick(name) {
  const box = h("input", { type: "checkbox", "aria-label": `Select ${name}`, on: { click: () => list.select(name, box.checked) } });
  box.checked = list.selected.has(name);
  return box;
}

function row(t) {
  const isBound = t.records && (t.cleanup_policy || "").includes("compact"), factor = { null: "?", 0: "mixed" }[t.replication_factor] ?? t.replication_factor;
  return h("tr", { "aria-selected": String(list.selected.has(t.name)) },
    h("td", {}, tick(t.name)), cells.name(names.topic(t.name), t.name, t.is_internal && [" ", cells.pill(["line", "internal", ""])]), cells.state(t.health),
    cells.number([grouped(t.partitions), cells.dim(` × ${factor}`)]), cells.number(`${isBound ? "≤ " : ""}${count(t.records)}`, "dim"),
    cells.size(t.size_bytes, largest), cells.rate(t.records_per_s), cells.count(t.groups, "dim"), t.groups === 0 ? cells.number(cells.none()) : cells.count(t.max_lag),
    cells.age(t.last_record_at_ms, t.records == null ? "?" : cells.none()), cells.number(kept(t) ?? "?", "dim"));
}

const sum = (rows, column) => rows.some(row => row[column] == null) ? null : rows.reduce((total, row) => total + row[column], 0);
const fact = (name, ...words) => $(`[data-fact=${name}]`).replaceChildren(...words);

function tell({ all, shown, selected }) {
  const rows = all.filter(list.keep), troubled = rows.filter(row => !["ok", "unknown"].includes(row.health)).length, [size, unit] = bytes(sum(rows, "size_bytes"));
  fact("topics", grouped(rows.length));
  fact("partitions", grouped(sum(rows, "partitions")));
  fact("size", size, " ", cells.dim(unit));
  fact("rate", rate(sum(rows, "records_per_s")));
  const chip = $('[data-term^="-health"]');
  chip.replaceChildren("Needs attention", ...(troubled ? [" ", h("b", {}, String(troubled))] : []));
  nothing.hidden = shown.length > 0;
  bar.hidden = selected.size === 0;
  $("b", bar).textContent = `${selected.size} selected`;
  const remove = $("[data-bulk=delete]", bar);
  if (remove) { remove.hidden = selected.size !== 1; if (selected.size === 1) remove.href = `${names.topic([...selected][0])}delete/`; }
}

function selectAll(isOn) {
  list.selected = new Set(isOn ? list.shown.map(row => row.name) : []);
  for (const box of $$("tbody input[type=checkbox]", table)) box.checked = isOn;
  $("[data-all]", table).checked = isOn;
  list.table.show(list.shown, { redraw: true });
  tell(list);
}

await customElements.whenDefined("data-table");
list = new Listing({ table, line, fields, row, name: "name", noun: "topics", keep: t => showsInternal || !t.is_internal || line.value.includes("internal:"), onShow: tell });
complete(line, fields);
list.tellSort();

$("[data-all]", table).addEventListener("click", e => selectAll(e.target.checked));
$("[data-bulk=clear]").addEventListener("click", () => selectAll(false));
$("[data-bulk=copy]").addEventListener("click", async () => {
  await navigator.clipboard.writeText([...list.selected].sort().join("\n"));
  $("toast-stack").show({ title: `Copied ${list.selected.size} names` });
});
$("[data-internal]").addEventListener("click", e => {
  e.preventDefault();
  showsInternal = !showsInternal;
  $("[data-internal]").setAttribute("aria-pressed", !showsInternal);
  list.address({ internal: showsInternal ? "show" : "" });
  list.arrange();
});
more("In the list of topics", [["m", "Messages of the row's topic", () => { const a = document.activeElement?.closest("tr")?.querySelector("a.name"); if (a) location.assign(`${a.getAttribute("href")}messages/`); }]]);

subscribe(`${document.body.dataset.cluster}/topics`, ({ tables }) => {
  if (!tables.topics && !tables.sources) return;
  const rows = [...(tables.topics?.values() || [])];
  const top = Math.max(1, ...rows.map(row => row.size_bytes || 0));
  if (top !== largest) { largest = top; for (const kept of table.drawn.values()) kept.item = null; }
  list.take(rows);
});
