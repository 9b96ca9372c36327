/* show({tone, title, text, actions}): what happened, as a whole sentence. Good news leaves after 6 s, bad news stays.
   What the server had to say after a form stands inside as hidden paragraphs, and is shown on arrival. */
import { $$, h, icon } from "../lib/dom.js";

const LIFE_MS = 6000;

export class ToastStack extends HTMLElement {
  connectedCallback() {
    for (const p of $$("p[data-tone]", this)) {
      this.show({ tone: p.dataset.tone, title: p.textContent });
      p.remove();
    }
  }
  show({ tone = "ok", title, text = "", actions = [] }) {
    const bad = tone === "bad";
    const toast = h("div", { class: `toast ${tone}`, role: bad ? "alert" : "status" },
      icon(bad ? "circle-x" : "circle-check", ""), h("b", {}, title),
      h("button", { class: "button ghost square", type: "button", "aria-label": "Dismiss", on: { click: () => toast.remove() } }, icon("x")),
      text && h("p", {}, text), actions.length > 0 && h("div", { class: "acts" }, actions.map(([word, href]) => h("a", { href }, word))));
    this.append(toast);
    if (!bad) setTimeout(() => toast.remove(), LIFE_MS);
    return toast;
  }
}
customElements.define("toast-stack", ToastStack);
