/* The filter's input: completes paths, variables and functions while an expression is typed. words() gives the paths known now. */
import { $, h } from "../lib/dom.js";

const VARIABLES = ["key", "value", "headers", "partition", "offset", "timestamp", "key_size", "value_size", "schema_id", "tombstone"];
const FUNCTIONS = ["has(", "size(", "lower(", "int(", "double(", "string(", "timestamp(", "duration("];
const METHODS = ["startsWith(", "endsWith(", "contains(", "matches(", "exists(", "all("];
const WORD = /[A-Za-z_$][\w$.[\]"]*$/, MOST = 12;

// what may follow the text before the cursor: [{text, from}…]
export function completions(before, paths) {
  const word = WORD.exec(before)?.[0] || "";
  if (!word) return [];
  const dot = word.lastIndexOf("."), tail = word.slice(dot + 1);
  const names = [...paths, ...VARIABLES, ...FUNCTIONS].filter(name => name.startsWith(word) && name !== word).map(text => ({ text, from: before.length - word.length }));
  const methods = dot > 0 ? METHODS.filter(name => name.startsWith(tail) && tail).map(text => ({ text, from: before.length - tail.length })) : [];
  return [...names, ...methods].slice(0, MOST);
}

export class FilterLine extends HTMLElement {
  words = () => [];
  connectedCallback() {
    this.input = $("input", this);
    this.list = h("ul", { class: "completions", role: "listbox", id: "filter-completions", "aria-label": "Completions", hidden: true });
    this.append(this.list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", "filter-completions"], ["aria-expanded", "false"]]) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.offer());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", e => this.key(e));
  }
  get isExpression() { return this.dataset.mode === "expression"; }
  offer() {
    const found = this.isExpression ? completions(this.input.value.slice(0, this.input.selectionStart), this.words()) : [];
    this.at = -1;
    this.found = found;
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...found.map((item, i) => h("li", { role: "option", id: `completion-${i}`, "aria-selected": "false", on: { pointerdown: e => { e.preventDefault(); this.take(i); } } }, item.text)));
  }
  close() { this.list.hidden = true; this.input.setAttribute("aria-expanded", "false"); }
  key(e) {
    if (this.list.hidden) return;
    if (e.key === "Escape") { e.stopPropagation(); e.preventDefault(); return this.close(); }
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); e.stopPropagation(); return this.move(e.key === "ArrowDown" ? 1 : -1); }
    if (e.key === "Tab" || (e.key === "Enter" && this.at >= 0)) { e.preventDefault(); this.take(Math.max(0, this.at)); }
  }
  move(by) {
    this.at = (this.at + by + this.found.length) % this.found.length;
    [...this.list.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === this.at)));
    this.input.setAttribute("aria-activedescendant", `completion-${this.at}`);
  }
  take(i) {
    const { text, from } = this.found[i], { value, selectionStart } = this.input;
    this.input.value = value.slice(0, from) + text + value.slice(selectionStart);
    this.input.setSelectionRange(from + text.length, from + text.length);
    this.offer();
    this.input.focus();
  }
}
customElements.define("filter-line", FilterLine);
