/* Any number of rows in a real <table>: about 40 in the document, two spacer rows hold the scroll height.
   Law: a row that stays is never rebuilt, only its changed cells are, so focus, selection and scrolling survive live changes.
   start({row, key}): row(item) draws a <tr>, key(item) names it. show(items): the same object means "nothing changed". */
import { $, $$, h } from "../lib/dom.js";
import { root } from "../lib/color.js";

const SPARE = 6;

function patch(tr, fresh) {
  for (const name of fresh.getAttributeNames()) if (tr.getAttribute(name) !== fresh.getAttribute(name)) tr.setAttribute(name, fresh.getAttribute(name));
  [...fresh.cells].forEach((cell, i) => {
    const old = tr.cells[i];
    if (old.isEqualNode(cell)) return;
    for (const name of cell.getAttributeNames()) old.setAttribute(name, cell.getAttribute(name));
    if (old.className !== cell.className) old.className = cell.className;
    old.replaceChildren(...cell.childNodes);
  });
}

export class DataTable extends HTMLElement {
  start({ row, key }) {
    Object.assign(this, { row, key, items: [], drawn: new Map(), body: $("tbody", this) });
    const gap = () => h("tr", { "aria-hidden": "true", class: "spacer" }, h("td", { class: "gap", colspan: $$("th", this).length }));
    [this.above, this.below] = [gap(), gap()];
    this.measure();
    this.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this);
    addEventListener("densitychange", () => { this.measure(); this.draw(); });
  }
  measure() { this.rowHeight = parseFloat(getComputedStyle(root).getPropertyValue("--row")) || 34; }
  show(items, { toTop = false, redraw = false } = {}) {
    this.items = items;
    if (toTop) this.scrollTop = 0;
    if (redraw) for (const kept of this.drawn.values()) kept.item = null;
    this.draw();
  }

  draw() {
    if (!this.key) return;
    const n = this.items.length, height = this.clientHeight || 600;
    const from = Math.max(0, Math.min(n - 1, Math.floor(this.scrollTop / this.rowHeight)) - SPARE);
    const to = Math.min(n, from + Math.ceil(height / this.rowHeight) + 2 * SPARE);
    const wanted = this.items.slice(from, to).map((item, i) => this.drawRow(item, from + i));
    this.place(wanted);
    this.above.firstChild.style.height = from * this.rowHeight + "px";
    this.below.firstChild.style.height = (n - to) * this.rowHeight + "px";
    $("table", this).setAttribute("aria-rowcount", n + 1);
    const first = n ? Math.min(n, Math.floor(this.scrollTop / this.rowHeight) + 1) : 0;
    this.dispatchEvent(new CustomEvent("range", { detail: [first, Math.min(n, first - 1 + Math.max(1, Math.floor((height - 32) / this.rowHeight))), n] }));
  }
  drawRow(item, index) {
    const key = this.key(item), kept = this.drawn.get(key);
    if (kept && kept.item !== item) { patch(kept.tr, this.row(item)); kept.item = item; }
    const { tr } = kept || this.drawn.set(key, { item, tr: this.row(item) }).get(key);
    tr.setAttribute("aria-rowindex", index + 2);
    return tr;
  }
  place(wanted) {
    const stay = new Set([this.above, this.below, ...wanted]);
    for (const child of [...this.body.children]) if (!stay.has(child)) child.remove();
    let next = this.body.firstChild;
    for (const tr of [this.above, ...wanted, this.below]) {
      if (tr === next) next = next.nextSibling;
      else this.body.insertBefore(tr, next);
    }
    for (const [key, { tr }] of this.drawn) if (!stay.has(tr)) this.drawn.delete(key);
  }
}
customElements.define("data-table", DataTable);
