/* Messages: a page of records, a search that goes on while one looks, or the live tail; and one record beside the list. */
import "../elements/filter-line.js";
import "../elements/leaf-menu.js";
import "../elements/time-histogram.js";
import { row } from "../elements/message-list.js";
import { parse, paths as pathsOf, path as written, steps } from "../lib/json.js";
import { $, $$, h, icon, once, say } from "../lib/dom.js";
import { grouped } from "../lib/format.js";
import { histogram, PHASES, sums, words, ZONES } from "../lib/scan.js";
import { choose } from "../lib/record.js";
import { narrowed } from "../lib/brush.js";
import { live } from "../lib/live-messages.js";
import { builder, savedFilters } from "../lib/filters.js";
import { more } from "../keys.js";
import { follow, say as tell } from "../live/state.js";

const view = $("#message-view"), body = $("#messages"), pane = $("#record"), KEPT = 10_000, SAMPLED = 50;
const read = name => JSON.parse($(name)?.textContent || "[]");
const messages = read("#rows"), options = { root: view?.dataset.records, zone: "utc", look: "table", columns: [], paths: read("#filter-paths") };
const narrow = matchMedia("(max-width: 860px)");
let asked = 0, known = new Set();

function add(fresh) {
  messages.push(...fresh);
  if (messages.length > KEPT) messages.splice(0, messages.length - KEPT);
  learn(fresh);
}

/* Paths for completion, from the first records seen. */
function learn(fresh) {
  if (known.size > 400) return;
  for (const message of fresh.slice(0, SAMPLED)) for (const part of ["key", "value"]) {
    const field = message[part];
    if (field?.text && /^[[{]/.test(field.text)) for (const path of pathsOf(parse(field.text))) known.add(path[0] === "[" ? `${part}${path}` : `${part}.${path}`);
  }
  $("#paths")?.replaceChildren(...[...known].map(path => h("option", { value: path })));
}

const draw = once(() => {
  const chosen = $("tr[aria-selected=true]", body)?.dataset.href;
  const now = Date.now();
  body.replaceChildren(...messages.map(message => row(message, { ...options, now })));
  if (chosen) $$("tr", body).find(tr => tr.dataset.href === chosen)?.setAttribute("aria-selected", "true");
  heads();
  foot();
});

function heads() {
  const head = $("thead tr", view);
  for (const th of $$("th[data-column]", head)) th.remove();
  const key = $("th.key", head);
  for (const path of options.columns) key.before(h("th", { scope: "col", "data-column": path, class: "mono" }, path.replace(/^value\./, "")));
  say($("#zone-word"), ZONES[options.zone]);
  $("#column-list").replaceChildren(...options.columns.map(path => h("button", { type: "button", on: { click: () => column(path) } }, icon("x"), path)));
}

function foot() {
  say($("#sums"), messages.length ? sums(messages) : "");
  if (!$("tr[data-picked]", body)) say($("#export-size"), messages.length ? sums(messages).split(" · ").slice(0, 2).join(", ") : "0");
  const bars = histogram(messages.map(message => message.timestamp_ms)), picture = $("#histogram");
  if (!picture) return;
  picture.hidden = !bars;
  picture.zone = options.zone;
  picture.link = range => narrowed(`${view.dataset.query}${options.columns.map(path => `&column=${encodeURIComponent(path)}`).join("")}`, range);
  if (bars) picture.show(bars.counts, bars.from, bars.to);
}

/* Adds a column, or takes it away. The address keeps the columns. */
function column(path) {
  if (!steps(path)) return;
  options.columns = options.columns.includes(path) ? options.columns.filter(other => other !== path) : [...options.columns, path];
  const address = new URL(location);
  address.searchParams.delete("column");
  for (const each of options.columns) address.searchParams.append("column", each);
  history.replaceState(null, "", address);
  draw();
}

async function show(tr) {
  const mine = ++asked;
  for (const other of $$("tr[aria-selected=true]", body)) other.removeAttribute("aria-selected");
  tr.setAttribute("aria-selected", "true");
  tr.scrollIntoView({ block: "nearest" });
  const query = new URLSearchParams({ pane: "1" }), given = new URL(location).searchParams;
  for (const name of ["key_serde", "value_serde"]) if (given.get(name)) query.set(name, given.get(name));
  const answer = await fetch(`${tr.dataset.href}?${query}`, { headers: { Accept: "text/html" } }).catch(() => null);
  if (mine !== asked) return;
  if (!answer) return $("toast-stack").show({ title: "The server does not answer", tone: "bad" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  pane.replaceChildren(...page.body.childNodes);
  choose(pane);
}

function step(by) {
  const all = $$("tr[data-href]", body), at = all.findIndex(tr => tr.hasAttribute("aria-selected")), next = all[Math.max(0, at + by)];
  if (next) show(next);
  return Boolean(next);
}

/* How far each partition is. */
function cursors({ partitions = [], partitions_total: total }) {
  const box = $("#cursors"), cell = (value, is = "num") => h("td", { class: is }, typeof value === "number" ? grouped(value) : value);
  box.hidden = !partitions.length;
  $("tbody", box).replaceChildren(...partitions.map(([p, start, stop, at, records, matched, state, what]) =>
    h("tr", {}, cell(String(p)), cell(start), cell(stop), cell(at), cell(records), cell(matched), cell(what ? `${state}: ${what}` : state, ""))));
  say($("summary", box), `Partition by partition${total > partitions.length ? `, the first ${partitions.length} of ${total}` : ""}`);
}

/* A search: rows and figures as they come. After a break of the line it is followed again, from its first row. */
function scan() {
  const { cluster } = document.body.dataset, { topic, query, search } = view.dataset, ch = `scan/${cluster}/${topic}`;
  const line = $("#account"), share = $("#share"), stop = $("#stop"), on = $("#go-on"), background = $("#background");
  const begin = search ? { do: "scan", ch, cluster, topic, search } : { do: "scan", ch, cluster, topic, query };
  let phase = "waiting";
  const running = is => { stop.hidden = !is; if (is) on.hidden = background.hidden = true; view.setAttribute("aria-busy", String(is)); };
  const hear = frame => {
    if (frame.kind === "search") {
      messages.length = 0;
      if (begin.query !== undefined) { delete begin.query; begin.search = frame.search; }
      const address = new URL(location);
      address.searchParams.set("search", frame.search);
      history.replaceState(null, "", address);
      running(true);
    } else if (frame.kind === "phase") { phase = frame.phase; say(line, PHASES[phase] || phase); }
    else if (frame.kind === "found") { add(frame.rows); draw(); if (!pane.childElementCount) requestAnimationFrame(() => { const tr = $("tr[data-href]", body); if (tr && !narrow.matches) show(tr); }); }
    else if (frame.kind === "progress") { share.value = frame.share; say(line, words(frame, phase)); cursors(frame); }
    else if (frame.kind === "done") {
      running(false);
      share.value = frame.progress.share;
      cursors(frame.progress);
      say(line, `${frame.reason} ${words(frame.progress, null)}`);
      on.hidden = frame.state === "complete";
      background.hidden = frame.state === "complete";
      if (!messages.length) say($("#nothing"), frame.state === "complete" ? `No match in ${frame.progress.records.toLocaleString("en")} records scanned. Widen the range, or change the filter.` : "Nothing was found yet.");
      $("#nothing").hidden = messages.length > 0;
      draw();
    } else if (frame.kind === "closed") { running(false); say(line, frame.reason === "absent" ? "This topic may not be read, or the search is gone." : frame.reason); }
  };
  follow(ch, begin, { do: "unscan", ch }, hear);
  stop.addEventListener("click", () => tell({ do: "scan_stop", ch }));
  on.addEventListener("click", () => { running(true); tell({ do: "scan_on", ch }); });
}

/* Picked rows are what the export takes; none picked: the rows that are shown. */
function pick() {
  const tr = $("tr[aria-selected=true]", body), menu = $("#export .drop-menu");
  if (!tr || !menu) return false;
  tr.toggleAttribute("data-picked");
  const picked = $$("tr[data-picked]", body), only = picked.map(row => `${row.cells[1].textContent}:${row.dataset.offset}`).join(",");
  say($("#export-size"), picked.length ? `${picked.length} picked` : grouped(messages.length));
  for (const link of $$("a[data-format]", menu)) {
    const address = new URL(link.href);
    if (only) address.searchParams.set("only", only);
    else address.searchParams.delete("only");
    link.href = address;
  }
  return true;
}

function filterBy(expression) {
  const input = $("#filter");
  $("#mode").value = "expression";
  input.value = input.value && $("filter-line").isExpression ? `${input.value} && ${expression}` : expression;
  const address = new URL(location);
  if (address.searchParams.has("search")) address.searchParams.delete("search");
  $("#read").requestSubmit();
}

const act = {
  copy: text => navigator.clipboard.writeText(text).then(() => $("toast-stack").show({ title: "Copied", tone: "ok" }), () => $("toast-stack").show({ title: "The browser does not allow copying", tone: "bad" })),
  filter: filterBy, column,
};

/* The formats chosen for a topic are kept for the next visit. */
function remember(form) {
  const chosen = () => ["key_serde", "value_serde"].map(name => form.elements[name].value), before = chosen().join();
  form.addEventListener("submit", () => {
    const [key_serde, value_serde] = chosen(), token = $("[name=csrfmiddlewaretoken]")?.value;
    if (chosen().join() !== before && token) fetch(form.dataset.formats, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token }, body: new URLSearchParams({ key_serde, value_serde }) });
  });
}

choose(document);
if ($("#read")) remember($("#read"));
const line = $("filter-line");
if (line) {
  line.words = () => [...known];
  $("#mode").addEventListener("change", e => { line.dataset.mode = e.target.value; });
  builder(expression => { $("#mode").value = line.dataset.mode = "expression"; line.input.value = line.input.value ? `${line.input.value} && ${expression}` : expression; });
  savedFilters(line.input, $("#mode"), () => $("#read").requestSubmit());
}
if (view) {
  $("#view-bar").hidden = false;
  options.columns = new URL(location).searchParams.getAll("column").filter(steps);
  learn(messages);
  if (options.columns.length || options.paths.length) draw();
  else foot();
  for (const button of $$("[data-look]")) button.addEventListener("click", () => {
    options.look = button.dataset.look;
    for (const other of $$("[data-look]")) other.setAttribute("aria-pressed", String(other === button));
    view.dataset.look = options.look;
    draw();
  });
  $("#zone").addEventListener("change", e => { options.zone = e.target.value; draw(); });
  $("#add-column").addEventListener("submit", e => { e.preventDefault(); const input = $("#new-column"); column(input.value.trim()); input.value = ""; });
  body.addEventListener("click", e => {
    const tr = e.target.closest("tr[data-href]");
    if (!tr || e.ctrlKey || e.metaKey || e.shiftKey || e.target.closest("json-view, summary") || narrow.matches) return;
    e.preventDefault();
    show(tr);
  });
  view.addEventListener("pick", e => {
    const root = e.target.closest("[data-part]")?.dataset.part || "value", inner = steps(e.detail.path) || [];
    $("#leaf-menu").offer({ ...e.detail, path: written([root, ...inner]) }, act);
  });
  pane.addEventListener("click", e => {
    const button = e.target.closest("[data-step]"), copied = e.target.closest("[data-copy]");
    if (button) step(Number(button.dataset.step));
    if (copied) act.copy(copied.dataset.copy);
  });
  more("Messages", [["ArrowDown", "Next message", () => step(1)], ["ArrowUp", "Previous message", () => step(-1)], ["y", "Copy the value", () => $("[data-target=value-text]")?.click()],
    ["l", "Copy the link of the message", () => { const tr = $("tr[aria-selected=true]", body); if (tr) act.copy(new URL(tr.dataset.href, location).href); return Boolean(tr); }],
    ["e", "Filter by an expression", () => { $("#mode").value = line.dataset.mode = "expression"; line.input.focus(); return true; }],
    ["x", "Pick the row for the export", () => pick()],
    ["n", "Next page", () => { $("[rel=next]")?.click(); return true; }], ["p", "Previous page", () => { $("[rel=prev]")?.click(); return true; }]]);
  if (view.dataset.start === "live") live({ view, body, options, add: fresh => { messages.unshift(...fresh); messages.length = Math.min(messages.length, 1000); learn(fresh); } });
  else if (view.dataset.scan) scan();
}
