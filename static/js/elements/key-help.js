/* ? shows every shortcut from keys.js. */
import { h } from "../lib/dom.js";
import { KEYS } from "../keys.js";

const NAMES = { Mod: navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl", Enter: "↵", Shift: "⇧" };

export class KeyHelp extends HTMLElement {
  open() {
    this.dialog?.remove();
    this.dialog = this.appendChild(h("dialog", { "aria-label": "Keyboard shortcuts" },
      h("h2", {}, "Keyboard shortcuts"),
      h("div", { class: "groups" }, KEYS.map(([group, rows]) => h("section", {}, h("h3", {}, group),
        h("dl", {}, rows.map(([keys, what]) => [h("dt", {}, what), h("dd", {}, keys.split(" ").map(key => h("kbd", {}, NAMES[key] || key)))]))))),
      h("form", { method: "dialog" }, h("button", { class: "button" }, "Close"))));
    this.dialog.showModal();
  }
}
customElements.define("key-help", KeyHelp);
