/* A live list: filter line, sort by any column, chips, and rows that do not run away from under the hand.
   While the pointer is over the table or rows are selected, values change in place and the order waits; a chip says how many rows would move. */
import { $, $$, h, icon } from "./dom.js";
import { now } from "./clock.js";
import { read, shortNames } from "./filter.js";
import { grouped } from "./format.js";

const RANKS = { health: { ok: 0, unknown: 1, under_replicated: 2, under_min_isr: 3, offline: 4 } };

export function compare(column, name, descending) {
  const rank = RANKS[column], value = row => rank ? rank[row[column]] : typeof row[column] === "string" ? row[column].toLowerCase() : row[column];
  const by = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  return (a, b) => {
    const x = value(a), y = value(b);
    if (x == null || y == null) return (x == null) - (y == null) || by(a[name], b[name]);
    return (descending ? by(y, x) : by(x, y)) || by(a[name], b[name]);
  };
}

export class Listing {
  /* table: a <data-table>; line: the filter's <input>; row(item), name: the column that names a row; keep(item): shown at all; onShow(list) */
  constructor({ table, line, fields, row, name, keep = () => true, onShow = () => {}, noun }) {
    Object.assign(this, { table, line, fields, name, keep, onShow, noun, all: [], shown: [], selected: new Set() });
    this.sort = new URLSearchParams(location.search).get("sort") || $("input[name=sort]", line.form)?.value || name;
    table.start({ row, key: item => item[name] });
    table.addEventListener("range", e => this.tellRange(e.detail));
    for (const type of ["pointerenter", "pointerleave"]) table.addEventListener(type, e => { this.isHeld = e.type === "pointerenter"; if (!this.isHeld && this.waits) this.arrange(); });
    for (const a of $$("th a", table)) a.addEventListener("click", e => { e.preventDefault(); this.sortBy(a.closest("th").dataset.column, a.closest("th").classList.contains("num")); });
    for (const chip of $$("[data-term]", line.form)) chip.addEventListener("click", e => { e.preventDefault(); this.turn(chip.dataset.term); });
    line.addEventListener("input", () => this.arrange(true));
    line.form.addEventListener("submit", e => { e.preventDefault(); this.arrange(true); });
    $("#resort")?.addEventListener("click", () => this.arrange());
    this.resort = $("#resort");
  }
  take(rows) {
    this.all = rows;
    if (this.shown.length && (this.isHeld || this.selected.size)) this.stay();
    else this.arrange();
  }
  filtered() {
    const found = read(this.line.value, this.fields, now());
    this.tellFaults(found.faults);
    return this.all.filter(row => this.keep(row) && found.matches(row));
  }
  arranged() {
    const by = this.sort.replace(/^-/, "");
    return this.filtered().sort(compare(this.fields[by]?.column || this.name, this.name, this.sort.startsWith("-")));
  }
  arrange(toTop = false) {
    this.waits = 0;
    this.shown = this.arranged();
    this.draw(toTop);
    if (toTop) this.address();
  }
  /* The same order with the new values; gone rows leave, new ones wait at the end. */
  stay() {
    const wanted = this.arranged(), fresh = new Map(wanted.map(row => [row[this.name], row]));
    const kept = this.shown.filter(row => fresh.has(row[this.name])).map(row => fresh.get(row[this.name])), there = new Set(kept);
    this.shown = [...kept, ...wanted.filter(row => !there.has(row))];
    this.waits = wanted.filter((row, i) => row !== this.shown[i]).length;
    this.draw();
  }
  draw(toTop = false) {
    this.table.show(this.shown, { toTop });
    if (this.resort) {
      this.resort.hidden = !this.waits;
      this.resort.textContent = `${this.waits} rows would move · re-sort`;
    }
    this.onShow(this);
  }
  sortBy(column, isNumber) {
    const first = isNumber ? `-${column}` : column, other = isNumber ? column : `-${column}`;
    this.sort = this.sort === first ? other : first;
    this.tellSort();
    this.arrange(true);
  }
  turn(term) {
    const words = this.line.value.split(/\s+/).filter(Boolean);
    this.line.value = (words.includes(term) ? words.filter(word => word !== term) : [...words, term]).join(" ");
    this.arrange(true);
  }
  select(name, isOn) {
    if (isOn) this.selected.add(name);
    else this.selected.delete(name);
    this.table.show(this.shown, { redraw: true });
    this.onShow(this);
  }
  tellSort() {
    const by = this.sort.replace(/^-/, ""), state = this.sort.startsWith("-") ? "descending" : "ascending";
    for (const th of $$("th[data-column]", this.table)) {
      const mine = th.dataset.column === by;
      th.setAttribute("aria-sort", mine ? state : "none");
      $("svg", th)?.remove();
      if (mine) $("a", th).append(" ", icon(state === "ascending" ? "arrow-up" : "arrow-down", ""));
    }
  }
  tellFaults(faults) {
    const box = $("#faults"), mark = JSON.stringify(faults);
    this.line.classList.toggle("has-fault", faults.length > 0);
    this.line.setAttribute("aria-invalid", faults.length > 0);
    if (box && box.mark !== mark) { box.mark = mark; box.replaceChildren(...faults.map(({ what, hint }) => h("p", {}, icon("circle-x"), ` ${what} ${hint}`))); }
    const words = this.line.value.split(/\s+/);
    for (const chip of $$("[data-term]", this.line.form)) chip.setAttribute("aria-pressed", words.includes(chip.dataset.term));
  }
  tellRange([from, to, n]) { const el = $("#range"); if (el) el.textContent = n ? `${grouped(from)}–${grouped(to)} of ${grouped(n)}` : `0 ${this.noun}`; }
  /* Every view is a link: the address follows, downloads too. */
  address(changes = {}) {
    const query = new URLSearchParams(location.search);
    for (const [key, value] of Object.entries({ filter: this.line.value.trim(), sort: this.sort, ...changes })) if (value) query.set(key, value); else query.delete(key);
    history.replaceState(null, "", `?${query}`);
    for (const a of $$("[data-download]")) {
      const own = new URLSearchParams(query);
      own.set("format", new URL(a.href).searchParams.get("format"));
      a.href = `?${own}`;
    }
  }
}

/* Names of fields as the filter line completes them: in a <datalist> beside the input. */
export function complete(line, fields) {
  const list = h("datalist", { id: "filter-words" });
  const offer = () => {
    const head = line.value.slice(0, line.value.lastIndexOf(" ") + 1);
    list.replaceChildren(...shortNames(fields).flatMap(name => (fields[name].words?.length ? fields[name].words.map(word => `${name}:${word}`) : [`${name}:`])).map(word => h("option", { value: head + word })));
  };
  line.addEventListener("input", offer);
  offer();
  line.after(list);
  line.setAttribute("list", "filter-words");
}
