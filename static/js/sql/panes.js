/* Answers that are there at once, each drawn by its kind; and faults, with their place. */
import { h, icon } from "../lib/dom.js";

const shown = value => value === null || value === undefined ? h("span", { class: "nothing" }, "–") : value === true ? "yes" : value === false ? "" : String(value);

function table({ columns, rows, title }) {
  return [title && h("p", { class: "said dim" }, title), h("div", { class: "data-table", tabindex: "0", role: "region", "aria-label": "Answer" }, h("table", {}, h("thead", {}, h("tr", {}, columns.map(name => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows.map(row => h("tr", {}, row.map(value => h("td", { class: typeof value === "number" ? "num" : "mono" }, shown(value)))))))), !rows.length && h("p", { class: "said dim" }, "None.")];
}

function description({ source }) {
  const facts = [["Kind", source.kind.toLowerCase()], ["Topic", source.topic], ["Key format", source.key_format], ["Value format", source.value_format], ["Window", source.window], ["Time", source.timestamp || "of the record"], ["Read by", source.read_by.join(", ")], ["Written by", source.written_by.join(", ")]];
  return [h("dl", { class: "pairs said" }, facts.filter(([, value]) => value).map(([word, value]) => [h("dt", {}, word), h("dd", {}, value)])),
    table({ columns: ["Column", "Type", "Where"], rows: source.columns.map(({ name, type, place }) => [name, type, place.toLowerCase()]) })];
}

function plan({ steps, code, columns }) {
  return [h("ol", { class: "plan-steps" }, steps.map(({ name, text }) => h("li", {}, name, text && h("small", {}, text)))), h("p", { class: "said dim" }, `Gives ${columns.map(({ name, type }) => `${name} ${type}`).join(", ")}`),
    code && h("details", { class: "said" }, h("summary", {}, "Generated code"), h("pre", { tabindex: "0" }, code))];
}

const fault = ({ what, hint, caret, line, column }) => [h("p", { class: "said fault" }, icon("circle-x"), " ", line ? `Line ${line}, column ${column}: ` : "", what, hint ? ` ${hint}` : ""), caret && h("pre", { class: "fault" }, caret)];

const DRAW = {
  table, description, plan, fault,
  status: ({ text }) => h("p", { class: "said" }, icon("circle-check"), " ", text),
  persistent: ({ text }) => h("p", { class: "said" }, icon("workflow"), " ", text),
};

export function pane(answer) {
  const close = h("button", { class: "button ghost square tight", type: "button", "aria-label": "Close this answer", on: { click: e => e.target.closest("section").remove() } }, icon("x"));
  return h("section", { class: "result-pane", "aria-label": "Answer" }, h("header", {}, h("code", { title: answer.statement }, (answer.statement || "").replace(/\s+/g, " ")), h("span", { class: "grow" }), close), DRAW[answer.kind](answer));
}
