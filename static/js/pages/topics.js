/* The list of topics, live. */
import "../elements/data-table.js";
import * as cells from "../lib/cells.js";
import { $, $$, h, icon } from "../lib/dom.js";
import { bytes, count, duration, grouped, rate } from "../lib/format.js";
import { complete, Listing } from "../lib/listing.js";
import { key } from "../lib/groups.js";
import * as names from "../lib/names.js";
import { fill } from "../lib/sparks.js";
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

const favourites = new Set(JSON.parse($("#favourites").textContent));
let onlyFavourites = $("[data-favourites]")?.getAttribute("aria-pressed") === "true";
function star({ name }) {
  if (!$("[data-favourites]")) return null;        // a visitor without an account has none
  return h("button", { class: "star", form: "favourite-form", name: "topic", value: name, "aria-pressed": String(favourites.has(name)), "aria-label": `Favourite ${name}` }, icon("star", ""));
}

/* Every column the list can have, as controlcenter/web/topics.py draws it; the page's head says which there are, and in which order. */
const CELLS = {
  name: t => h("td", { title: t.name }, star(t), h("a", { class: "name", href: names.topic(t.name) }, t.name), t.is_internal && [" ", cells.pill(["line", "internal", ""])]),
  health: t => cells.state(t.health),
  partitions: t => cells.number([grouped(t.partitions), cells.dim(` × ${{ null: "?", 0: "mixed" }[t.replication_factor] ?? t.replication_factor}`)]),
  records: t => cells.number(`${t.records && (t.cleanup_policy || "").includes("compact") ? "≤ " : ""}${count(t.records)}`, "dim"),
  size: t => cells.size(t.size_bytes, largest),
  in: t => cells.rate(t.records_per_s),
  trend: t => cells.spark(`topic.records_per_s/${key(t.name)}`),
  groups: t => cells.count(t.groups, "dim"),
  lag: t => t.groups === 0 ? cells.number(cells.none()) : cells.count(t.max_lag),
  idle: t => cells.age(t.last_record_at_ms, t.records == null ? "?" : cells.none()),
  retention: t => cells.number(kept(t) ?? "?", "dim"),
  cleanup: t => cells.text(t.cleanup_policy),
  replicas_size: t => cells.number(cells.bytes(t.replicas_size_bytes)),
  min_isr: t => cells.number(grouped(t.min_insync_replicas), "dim"),
  id: t => cells.text(t.id, "mono dim"),
};
const columns = $$("th[data-column]", table).map(th => CELLS[th.dataset.column]);
const row = t => h("tr", { "aria-selected": String(list.selected.has(t.name)) }, h("td", {}, tick(t.name)), columns.map(cell => cell(t)));

/* The star changes at once; what the server says then is what it stays. */
async function favour(name) {
  const form = new FormData($("#favourite-form"));
  form.set("topic", name);
  const answer = await fetch($("#favourite-form").action, { method: "POST", body: form, headers: { Accept: "application/json" } }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!answer?.ok) return $("toast-stack").show({ tone: "bad", title: "The favourite was not kept", text: told ? `${told.what} ${told.hint}` : "The server did not answer." });
  if (told.is_favourite) favourites.add(name); else favourites.delete(name);
  list.table.show(list.shown, { redraw: true });
  if (onlyFavourites) list.arrange();
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
list = new Listing({ table, line, fields, row, name: "name", noun: "topics", keep: t => (showsInternal || !t.is_internal || line.value.includes("internal:")) && (!onlyFavourites || favourites.has(t.name)), onShow: tell });
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
$("[data-favourites]")?.addEventListener("click", e => {
  e.preventDefault();
  onlyFavourites = !onlyFavourites;
  $("[data-favourites]").setAttribute("aria-pressed", onlyFavourites);
  list.address({ favourites: onlyFavourites ? "only" : "" });
  list.arrange();
});
table.addEventListener("click", e => {
  const button = e.target.closest(".star");
  if (!button) return;
  e.preventDefault();
  favour(button.value);
});
table.addEventListener("range", fill);
const focused = selector => document.activeElement?.closest("tr")?.querySelector(selector);
more("In the list of topics", [
  ["m", "Messages of the row's topic", () => { const a = focused("a.name"); if (a) location.assign(`${a.getAttribute("href")}messages/`); }],
  ["f", "Make the row's topic a favourite, or not", () => { const button = focused(".star"); if (button) favour(button.value); }],
]);
$("#columns form")?.addEventListener("submit", e => { e.target.elements.query.value = location.search.slice(1); });        // filter and sort as they are now
for (const li of $$("#columns li").slice(1))        // the name stays first
  li.append(h("button", { type: "button", class: "button ghost square tight", "aria-label": `Move ${li.textContent} up`, on: { click: () => { if (li.previousElementSibling.previousElementSibling) li.previousElementSibling.before(li); } } }, icon("arrow-up")));

subscribe(`${document.body.dataset.cluster}/topics`, ({ tables }) => {
  if (!tables.topics && !tables.sources) return;
  const rows = [...(tables.topics?.values() || [])];
  const top = Math.max(1, ...rows.map(row => row.size_bytes || 0));
  if (top !== largest) { largest = top; for (const kept of table.drawn.values()) kept.item = null; }
  list.take(rows);
});
