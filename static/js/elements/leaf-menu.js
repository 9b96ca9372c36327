/* What can be done with one value of a record: copy it or its path, filter by it, make it a column. Opens at a "pick" of a json-view. */
import { h, icon } from "../lib/dom.js";

// a value as the filter language writes it
export function literal(text) {
  if (/^-?\d/.test(text)) return text;
  return /^(true|false|null)$/.test(text) ? text : text[0] === '"' ? text : JSON.stringify(text);
}

export class LeafMenu extends HTMLElement {
  connectedCallback() { this.setAttribute("popover", "auto"); this.className = "drop-menu leaf-menu"; this.setAttribute("role", "menu"); }

  // act: {copy(text), filter(expression), column(path)}
  offer({ leaf, path, text }, act) {
    const item = (picture, words, run) => h("button", { type: "button", role: "menuitem", on: { click: () => { this.hidePopover(); run(); } } }, icon(picture), words);
    const plain = text[0] === '"' ? JSON.parse(text.endsWith('"') && text.length > 1 ? text : `${text}"`) : text;
    this.replaceChildren(h("code", { class: "cut" }, path), item("copy", "Copy the value", () => act.copy(plain)), item("braces", "Copy the path", () => act.copy(path)),
      item("list-filter", "Filter by this value", () => act.filter(`${path} == ${literal(text)}`)), item("columns-3", "Show as a column", () => act.column(path)));
    const box = leaf.getBoundingClientRect();
    this.showPopover();
    const width = this.offsetWidth, height = this.offsetHeight;
    this.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    this.style.top = `${box.bottom + height + 8 > innerHeight ? Math.max(8, box.top - height - 4) : box.bottom + 4}px`;
    this.querySelector("button").focus();
  }
}
customElements.define("leaf-menu", LeafMenu);
