/* Mod K: search everything, run anything. A combobox over a listbox in a modal dialog. What it offers comes from the server, by right. */
import { $, $$, h, icon } from "../lib/dom.js";

const ONLY = { ">": "Actions", "#": "Topics", "@": "Groups" };
const HERE = [["moon", "Switch theme", "⇧ D", "theme"], ["pause", "Pause or resume live updates", "Space", "pause"], ["keyboard", "Show keyboard shortcuts", "?", "help"]];
const MOST = 40, WAIT_MS = 120;

export class CommandPalette extends HTMLElement {
  build() {
    this.input = h("input", { role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-label": "Search or run a command", placeholder: "Search topics, groups, brokers, actions…", spellcheck: "false", autocomplete: "off" });
    this.list = h("div", { id: "palette-list", role: "listbox", "aria-label": "Results", tabindex: "-1" });
    this.nothing = h("p", { class: "nothing", role: "status" });
    this.dialog = h("dialog", { "aria-label": "Command palette" },
      h("div", { class: "ask" }, icon("search"), this.input, h("kbd", {}, "Esc")), this.list, this.nothing,
      h("footer", {}, h("span", {}, h("kbd", {}, "↑"), " ", h("kbd", {}, "↓"), " move"), h("span", {}, h("kbd", {}, "↵"), " open"), h("span", { class: "grow" }), h("span", {}, "Type ", h("b", {}, ">"), " for actions, ", h("b", {}, "#"), " topics, ", h("b", {}, "@"), " groups")));
    this.append(this.dialog);
    this.input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), WAIT_MS); });
    this.input.addEventListener("keydown", e => this.move(e));
    this.dialog.addEventListener("click", e => e.target === this.dialog && this.dialog.close());
  }
  open(text = "") {
    if (!this.dialog) this.build();
    this.input.value = text;
    this.groups = [];
    this.dialog.showModal();
    this.input.focus();
    this.ask();
  }
  async ask() {
    const asked = this.input.value, query = new URLSearchParams({ q: asked, cluster: document.body.dataset.cluster || "" });
    const answer = await fetch(`${this.dataset.from}?${query}`).then(r => r.ok ? r.json() : null).catch(() => null);
    if (asked !== this.input.value) return;
    this.groups = answer ? answer.groups : [];
    this.failed = !answer;
    this.show(0);
  }
  move(e) {
    const n = $$("[role=option]", this.list).length, step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && n) { e.preventDefault(); this.choose((this.chosen + step + n) % n); }
    if (e.key === "Enter") { e.preventDefault(); this.take(e.metaKey || e.ctrlKey); }
  }
  take(inNewTab) {
    const option = $("[aria-selected=true]", this.list);
    if (!option) return;
    this.dialog.close();
    if (option.dataset.run) this.dispatchEvent(new CustomEvent("run", { detail: option.dataset.run, bubbles: true }));
    else if (inNewTab) open(option.dataset.href, "_blank", "noopener");
    else location.assign(option.dataset.href);
  }
  choose(i) {
    this.chosen = i;
    $$("[role=option]", this.list).forEach((option, at) => option.setAttribute("aria-selected", at === i));
    $("[aria-selected=true]", this.list)?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `option-${i}`);
  }
  show(chosen) {
    const text = this.input.value.trim(), only = ONLY[text[0]], want = (only ? text.slice(1) : text).trim().toLowerCase();
    const own = HERE.filter(([, word]) => word.toLowerCase().includes(want)).map(([picture, name, note, action]) => ({ icon: picture, name, note, run: action }));
    const groups = this.groups.map(group => group.word === "Actions" ? { ...group, items: [...group.items, ...own] } : group);
    if (!groups.some(group => group.word === "Actions") && (!only || only === "Actions")) groups.push({ word: "Actions", items: own });
    let i = 0;
    this.list.replaceChildren(...groups.filter(group => group.items.length).map(({ word, items }) =>
      h("div", { role: "group", "aria-label": word }, h("b", { "aria-hidden": "true" }, word), items.slice(0, MOST).map(item => this.option(item, want, i++)))));
    this.list.hidden = i === 0;
    this.nothing.textContent = i ? "" : this.failed ? "The server did not answer. Try again in a moment." : `Nothing matches “${want}”.`;
    this.input.setAttribute("aria-expanded", i > 0);
    if (i) this.choose(chosen);
    else this.input.removeAttribute("aria-activedescendant");
  }
  option({ icon: picture, name, note = "", href, run: action }, want, i) {
    const at = want ? name.toLowerCase().indexOf(want) : -1;
    const label = at < 0 ? [name] : [name.slice(0, at), h("mark", {}, name.slice(at, at + want.length)), name.slice(at + want.length)];
    const el = h("div", { role: "option", id: `option-${i}`, "aria-selected": "false", "data-href": href, "data-run": action,
      on: { click: e => { this.choose(i); this.take(e.metaKey || e.ctrlKey); } } }, icon(picture, ""), h("span", { class: "cut" }, label), h("span", { class: "end" }, note));
    return el;
  }
}
customElements.define("command-palette", CommandPalette);
