/* live | paused | offline: what the page's connection is doing. While paused it counts the changes held back. The event "toggle" asks; connection.js answers. */
import { $, say } from "../lib/dom.js";

const WORDS = { live: "Live", paused: "Paused", offline: "Reconnecting" };

export class LiveToggle extends HTMLElement {
  static observedAttributes = ["state", "held"];
  connectedCallback() { this.addEventListener("click", () => this.toggle()); }
  attributeChangedCallback(name, before, after) {
    if (before === after || (name === "state" && before === null)) return;       // as the server drew it
    const state = this.getAttribute("state"), held = Number(this.getAttribute("held") || 0);
    say($("span", this), WORDS[state] + (state === "paused" && held ? ` · ${held} waiting` : ""));
    $("button", this).setAttribute("aria-pressed", state === "live");
  }
  toggle() { this.dispatchEvent(new CustomEvent("toggle", { detail: this.getAttribute("state") !== "paused" })); }
}
customElements.define("live-toggle", LiveToggle);
