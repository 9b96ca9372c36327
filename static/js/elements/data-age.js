/* <data-age at="1763821798000" limit="15">: "0.8 s ago"; past the limit (seconds) it gains [stale]. One timer serves all; hover tells the instant. */
import { now } from "../lib/clock.js";
import { say } from "../lib/dom.js";
import { age, full } from "../lib/format.js";

const shown = new Set();
setInterval(() => { if (!document.hidden) shown.forEach(el => el.tick()); }, 1000);

export class DataAge extends HTMLElement {
  static observedAttributes = ["at"];
  connectedCallback() { shown.add(this); this.tick(); }
  disconnectedCallback() { shown.delete(this); }
  attributeChangedCallback() { this.tick(); }
  tick() {
    const at = Number(this.getAttribute("at")), ms = now() - at;
    if (!at) return say(this, "never");
    say(this, `${age(ms)} ago`);
    this.title = full(at);
    this.toggleAttribute("stale", ms > 1000 * (this.getAttribute("limit") || 15));
  }
}
customElements.define("data-age", DataAge);
