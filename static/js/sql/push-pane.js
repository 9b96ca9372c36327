/* One push query: its figures, its rows as a grid, a chart or statistics; pause, filter, download, stop. */
import "../elements/time-chart.js";
import { $, h, icon, once, say } from "../lib/dom.js";
import { bytes, count, duration, grouped } from "../lib/format.js";
import { follow, say as tell } from "../live/state.js";
import { csv, isNumber, lines, ndjson, Rows, statistics } from "./rows.js";

const DRAWN = 500, TONES = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c1", "--c2"];
const STATES = { waiting: "Starting", running: "Running", complete: "Complete", limit: "Ended", stopped: "Stopped", failed: "Failed", gone: "Ended", unknown: "Unknown" };

export class PushPane {
  constructor(query, statement, root, note = () => {}) {
    Object.assign(this, { query, statement, root, note, view: "rows", asTable: true, isPaused: false, waiting: [], state: "waiting" });
    this.ch = `query/${document.body.dataset.cluster}/${query}`;
    this.redraw = once(() => this.draw());
    this.build();
    this.off = follow(this.ch, { do: "query", ch: this.ch, cluster: document.body.dataset.cluster, query }, { do: "unquery", ch: this.ch }, frame => this.hear(frame));
  }
  build() {
    const button = (words, picture, run, extra = {}) => h("button", { class: "button tight", type: "button", on: { click: run }, ...extra }, picture && icon(picture), words);
    this.stateWord = h("b", {}, "Starting");
    this.figures = h("span", { role: "status" });
    this.pauseButton = button("Pause", "pause", () => this.pause());
    this.stopButton = button("Stop", "square", () => this.stop());
    this.filter = h("input", { class: "input filter-rows", "aria-label": "Filter the rows", placeholder: "Filter rows", on: { input: () => this.redraw() } });
    this.views = h("div", { class: "segment", role: "group", "aria-label": "Show as" }, ["rows", "chart", "columns"].map(view => h("button", { type: "button", "aria-pressed": String(view === "rows"), on: { click: e => this.show(view, e.target.closest("button")) } }, view[0].toUpperCase() + view.slice(1))));
    this.modeButton = button("Every change", null, () => { this.asTable = !this.asTable; say(this.modeButton, this.asTable ? "Every change" : "Newest by key"); this.redraw(); }, { hidden: true });
    this.body = h("div", { class: "pane-body" });
    this.element = h("section", { class: "result-pane", "aria-label": "Result" },
      h("header", {}, this.stateWord, this.figures, h("span", { class: "grow" }), this.modeButton, this.filter, this.views, this.pauseButton, this.stopButton,
        button("CSV", "download", () => this.save("csv")), button("NDJSON", "download", () => this.save("ndjson")),
        h("a", { class: "button tight", href: `${this.root}${this.query}/` }, icon("link"), "Link"), button("", "x", () => this.close(), { "aria-label": "Close this result" }), h("code", { title: this.statement }, this.statement.replace(/\s+/g, " "))), this.body);
  }
  hear(frame) {
    if (frame.kind === "schema") {
      this.columns = frame.columns;
      this.key = frame.key;
      this.rows = new Rows(frame.columns, frame.is_table ? frame.key : []);
      this.asTable = this.rows.places.length > 0;
      this.modeButton.hidden = !this.asTable;
    } else if (frame.kind === "rows") {
      if (this.isPaused) this.waiting = [...this.waiting, ...frame.rows].slice(-10_000);
      else this.rows.add(frame.rows);
    } else if (frame.kind === "progress" || frame.kind === "done") this.tell(frame);
    else if (frame.kind === "closed") this.tell({ state: "failed", reason: frame.reason === "rights_changed" ? "You may not read its topics any more." : frame.reason });
    this.redraw();
  }
  stop() { this.isStopping = !tell({ do: "query_stop", ch: this.ch, cluster: document.body.dataset.cluster, query: this.query }); }
  tell(told) {
    this.state = told.state;
    if (this.isStopping && told.state === "running") this.stop();   // it was told while the server was away
    say(this.stateWord, STATES[told.state] || told.state);
    const dropped = Object.entries(told.dropped || {}).map(([kind, n]) => `${grouped(n)} ${kind}`).join(", ");
    const parts = [told.emitted != null && (told.shown < told.emitted ? `${grouped(told.shown)} of ${grouped(told.emitted)} rows shown` : `${grouped(told.emitted)} rows`),
      told.read != null && `${count(told.read)} read`, told.bytes && bytes(told.bytes).join(" "), told.state === "running" && told.read_per_s != null && `${count(told.read_per_s)}/s`, told.seconds != null && duration(Math.round(told.seconds) * 1000), dropped && `dropped: ${dropped}`, told.deleted && `${grouped(told.deleted)} expired while reading`];
    say(this.figures, [told.reason, ...parts].filter(Boolean).join(" · "));
    this.stopButton.hidden = this.pauseButton.hidden = !["running", "waiting"].includes(told.state);
    this.note(this);
  }
  pause() {
    this.isPaused = !this.isPaused;
    this.pauseButton.replaceChildren(icon(this.isPaused ? "power" : "pause"), this.isPaused ? "Go on" : "Pause");
    if (!this.isPaused) { this.rows?.add(this.waiting); this.waiting = []; }
    this.redraw();
  }
  show(view, pressed) {
    this.view = view;
    for (const button of this.views.children) button.setAttribute("aria-pressed", String(button === pressed));
    this.redraw();
  }
  draw() {
    if (!this.rows) return;
    if (this.view === "chart") return this.chart();
    if (this.view === "columns") return this.body.replaceChildren(this.statisticsTable());
    const shown = this.rows.shown(this.asTable, this.filter.value);
    const head = h("tr", {}, h("th", { scope: "col" }, "Time"), this.columns.map(({ name, type }) => h("th", { scope: "col", class: isNumber(type) && "num", title: type }, name)));
    const cell = (value, type, was) => h("td", { class: [isNumber(type) ? "num" : "mono", was !== undefined && was !== value && "is-new"].filter(Boolean).join(" ") }, value == null ? h("span", { class: "nothing" }, "null") : value);
    const body = shown.slice(0, DRAWN).map(({ cells, at, op, was }) => h("tr", { class: op === "-" && "gone" }, h("td", { class: "mono dim" }, at > 0 && at < 8.64e15 ? new Date(at).toISOString().slice(11, 23) : "–"), cells.map((value, i) => cell(value, this.columns[i].type, this.asTable && was ? was[i] : undefined))));
    const scroll = $(".data-table", this.body)?.scrollTop || 0;
    const table = h("div", { class: "data-table", tabindex: "0", role: "region", "aria-label": "Rows" }, h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
    const notes = [shown.length > DRAWN && `${grouped(DRAWN)} of ${grouped(shown.length)} kept rows drawn`, this.rows.dropped && `${grouped(this.rows.dropped)} older rows left`, this.isPaused && `paused, ${grouped(this.waiting.length)} waiting`].filter(Boolean).join(" · ");
    this.body.replaceChildren(table, notes ? h("p", { class: "said dim" }, notes) : "");
    table.scrollTop = scroll;
  }
  chart() {
    const { column, series } = lines(this.columns, this.key, this.rows.changes);
    if (!column) return this.body.replaceChildren(h("p", { class: "said dim" }, "No column of numbers to draw."));
    let chart = $("time-chart", this.body);
    if (!chart) this.body.replaceChildren(chart = h("time-chart", { label: `${column} over time`, waiting: "Two rows make a line." }));
    chart.show({ unit: "", series: series.map((line, i) => ({ ...line, tone: TONES[i] })) });
  }
  statisticsTable() {
    const cell = value => h("td", { class: "num" }, value == null ? "–" : typeof value === "number" ? Number.isInteger(value) ? grouped(value) : value.toPrecision(6) : value);
    return h("div", { class: "data-table", tabindex: "0", role: "region", "aria-label": "Columns" }, h("table", {}, h("thead", {}, h("tr", {}, ["Column", "Type", "Rows", "Null", "Different", "Least", "Greatest", "Mean"].map((word, i) => h("th", { scope: "col", class: i > 1 && "num" }, word)))),
      h("tbody", {}, statistics(this.columns, this.rows.shown(this.asTable)).map(s => h("tr", {}, h("td", { class: "mono" }, s.name), h("td", { class: "mono dim" }, s.type), [s.rows, s.nulls, s.different, s.least, s.greatest, s.mean].map(cell))))));
  }
  save(form) {
    if (!this.rows) return;
    const rows = this.rows.shown(this.asTable, this.filter.value).reverse(), text = form === "csv" ? csv(this.columns, rows) : ndjson(this.columns, rows);
    const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "application/octet-stream" })), download: `result.${form}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
  close() { this.off(); this.element.remove(); }
}
