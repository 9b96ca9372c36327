/* The SQL workspace: editor and its tabs, the run bar, panes of results. */
import "../elements/sql-editor.js";
import { $, $$, h, icon, say } from "../lib/dom.js";
import { bytes, count, duration } from "../lib/format.js";
import { more } from "../keys.js";
import { pane } from "../sql/panes.js";
import { PushPane } from "../sql/push-pane.js";
import { pairs, statementAt } from "../sql/script.js";
import { grow } from "../sql/source-tree.js";

const root = $("#sql"), editor = $("#editor"), results = $("#results"), token = $("[name=csrfmiddlewaretoken]").value, MOST = 8;
const current = () => $("#sheets [aria-current]"), pushes = [];
let keeping, saved = JSON.parse($("#sql-saved-queries").textContent);

async function ask(url, body, form = false) {
  const headers = { "X-CSRFToken": token, Accept: "application/json", ...(form ? {} : { "Content-Type": "application/json" }) };
  const answer = await fetch(url, { method: "POST", headers, body: form ? new URLSearchParams(body) : JSON.stringify(body) }).catch(() => null);
  const told = answer && await answer.json().catch(() => null);
  if (answer?.ok && told) return told;
  $("toast-stack").show({ title: told?.what || "The server does not answer", text: told?.hint, tone: "bad" });
  return null;
}

function start() {
  const chosen = $("#start").value;
  if (chosen === "at") return $("#at").value ? new Date($("#at").value).getTime() : "latest";
  if (["offset", "group"].includes(chosen)) return $("#from").value.trim() ? `${chosen}:${$("#from").value.trim()}` : "latest";
  return chosen.startsWith("-") ? Date.now() + Number(chosen) : chosen;
}

const UNITS = { rows: 1, seconds: 1, bytes: 1 << 20 };
const limits = () => Object.fromEntries(Object.entries(UNITS).map(([name, unit]) => [name, Number($(`#most-${name}`).value) * unit]).filter(([, most]) => most));
const wish = text => ({ text, start: start(), limits: limits(), properties: pairs($("#properties").value), variables: pairs($("#variables").value) });

async function run(text) {
  if (!text.trim() || !$$(".run-bar [required]").every(input => input.closest("[hidden]") || input.reportValidity())) return;
  $("#run").disabled = true;
  const told = await ask(root.dataset.run, wish(text));
  $("#run").disabled = false;
  for (const answer of told?.answers || []) put(answer);
}

function put(answer) {
  $(".none-yet", results)?.remove();
  if (answer.kind === "push") {
    const push = new PushPane(answer.query, answer.statement, root.dataset.result);
    pushes.push(push);
    results.prepend(push.element);
  } else results.prepend(pane(answer));
  if (answer.properties) $("#properties").value = Object.entries({ ...pairs($("#properties").value), ...answer.properties }).filter(([, value]) => value !== null).map(pair => pair.join("=")).join("\n");
  for (const old of [...results.children].slice(3 * MOST)) old.remove();
  results.scrollTop = 0;
}

const chosen = () => { const { text, head } = editor.selection; return text.trim() ? text : statementAt(editor.text, head); };
const runChosen = () => run(chosen());
const explain = () => { const text = chosen().replace(/;\s*$/, ""); if (text.trim()) run(`EXPLAIN ${text};`); };
const stop = () => { const push = pushes.findLast(each => ["running", "waiting"].includes(each.state)); push?.stopButton.click(); return Boolean(push); };

function keep(text) {
  clearTimeout(keeping);
  const sheet = current();
  keeping = setTimeout(() => ask(root.dataset.sheets, { do: "keep", id: sheet.dataset.sheet, title: sheet.textContent, text }, true), 800);
}

async function check(text) {
  const told = text.trim() ? await ask(root.dataset.check, wish(text)) : null;
  const cost = told?.cost;
  say($("#cost"), cost ? [`${cost.topics.join(", ")}: ${cost.partitions ?? "?"} partitions`, cost.records == null ? "an unknown number of records" : `${count(cost.records)} records, ${cost.bytes == null ? "?" : bytes(cost.bytes).join(" ")}`, cost.seconds ? `about ${duration(cost.seconds * 1000)}` : cost.records_per_s != null && `then ${count(cost.records_per_s)}/s`].filter(Boolean).join(" · ") : "");
  return told?.faults || [];
}

function drawSaved() {
  const menu = $("#saved .drop-menu"), name = h("input", { class: "input", "aria-label": "Name to save this text under", placeholder: "Name" });
  menu.replaceChildren(...saved.map(query => h("div", { class: "saved-filter" }, h("button", { type: "button", on: { click: () => { editor.text = query.text; $("#saved").open = false; } } }, h("span", {}, query.name, query.description && h("small", {}, query.description))),
    h("button", { type: "button", "aria-label": `Remove ${query.name}`, on: { click: () => keepQuery({ do: "remove", name: query.name }) } }, icon("trash-2")))),
  h("div", { class: "save-filter" }, name, h("button", { class: "button", type: "button", on: { click: () => keepQuery({ do: "save", name: name.value, text: editor.text }) } }, "Save")));
}

async function keepQuery(fields) {
  const told = await ask(root.dataset.saved, fields, true);
  if (told) { saved = told.saved; drawSaved(); }
}

async function open() {
  const told = await ask(root.dataset.sheets, { do: "new", title: "", text: "" }, true);
  if (told) location.search = `?sheet=${told.id}`;
}

async function close() {
  if (await ask(root.dataset.sheets, { do: "close", id: current().dataset.sheet }, true)) location.href = location.pathname;
}

function rename() {
  const sheet = current(), input = h("input", { class: "input", value: sheet.textContent, "aria-label": "Name of this tab" });
  const done = () => { if (!input.isConnected) return; sheet.textContent = input.value.trim() || "Untitled"; input.replaceWith(sheet); keep(editor.text); };
  input.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === "Escape") { e.preventDefault(); done(); } });
  input.addEventListener("blur", done);
  sheet.replaceWith(input);
  input.select();
}

editor.start(root.dataset.editor, {
  words: JSON.parse($("#sql-words").textContent), changed: keep, check,
  complete: (text, at) => ask(root.dataset.complete, { text, at }),
  keys: [{ key: "Mod-Enter", run: runChosen }, { key: "Mod-Shift-e", run: explain }, { key: "Escape", run: stop }],
});
$("#run").addEventListener("click", runChosen);
$("#explain").addEventListener("click", explain);
$("#tidy").addEventListener("click", async () => { const told = await ask(root.dataset.tidy, { text: editor.text }); if (told) editor.text = told.text; });
$("#start").addEventListener("change", ({ target: { value } }) => {
  $("#at-box").hidden = value !== "at";
  $("#from-box").hidden = !["offset", "group"].includes(value);
  $("#from").placeholder = value === "group" ? "Name of a group" : "Offset";
  $("#from").setAttribute("list", value === "group" ? "seen-groups" : "");
});
$("#new-sheet").addEventListener("click", open);
for (const [id, act] of [["#close-sheet", close], ["#rename", rename]]) { $(id).hidden = false; $(id).addEventListener("click", act); }
drawSaved();
grow($(".source-tree"), text => editor.insert(text));
more("SQL", [["Mod Enter", "Run the statement under the cursor", () => { runChosen(); return true; }], ["Esc", "Stop the newest query", stop], ["Alt 1", "First tab, Alt 2 the second …", null]]);
addEventListener("keydown", e => {
  const sheet = e.altKey && /^Digit[1-9]$/.test(e.code) && $$("#sheets [data-sheet]")[Number(e.code.at(-1)) - 1];
  if (sheet) { e.preventDefault(); sheet.click(); }
});
