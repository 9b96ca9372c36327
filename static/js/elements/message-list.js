/* Rows of messages as the server draws them, for those that arrive live. Text is text: no key or value becomes HTML. */
import { h } from "../lib/dom.js";
import { grouped } from "../lib/format.js";

const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|\s+|./gs, PREVIEW = 400;

export const stamp = ms => ms == null ? "–" : new Date(ms).toISOString().slice(11, 23);

function coloured(text) {
  const words = text.match(TOKEN) || [], after = i => words.slice(i + 1, i + 3).find(word => word.trim());
  return words.map((word, i) => h("span", { class: word[0] === '"' ? (after(i) === ":" ? "f" : "s") : /^-?\d/.test(word) && "n" }, word.trim() ? word : " "));
}

export function preview(field) {
  if (!field) return h("span", { class: "preview" });
  if (field.format === "null" || field.format === "empty") return h("span", { class: "preview" }, h("span", { class: "nothing" }, field.format));
  const text = field.text.slice(0, PREVIEW);
  return h("span", { class: "preview" }, field.format === "json" ? coloured(text) : text.replace(/\s+/g, " "));
}

export function row(message, root) {
  const href = `${root}${message.partition}/${message.offset}/`;
  return h("tr", { class: "is-new", "data-href": href },
    h("td", { class: "mono dim" }, stamp(message.timestamp_ms)), h("td", { class: "num" }, String(message.partition)),
    h("td", { class: "num mono" }, h("a", { href }, grouped(message.offset))),
    message.fault ? h("td", { colspan: "2" }, h("span", { class: "preview" }, h("span", { class: "odd" }, message.fault)))
      : [h("td", { class: "mono" }, preview(message.key)), h("td", {}, preview(message.value))]);
}
