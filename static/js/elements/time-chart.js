/* <time-chart>: lines over time by Plotly, themed from the tokens. show({series: [{name, times, values, tone}], unit, marks}); one `times` beside series serves all.
   marks: [{at, label, text}], dotted lines where something happened (lib/marks.js).
   The library is loaded by the first chart that comes on screen; the height is the same before, during and after.
   Plotly keeps .data, .layout and .on on the element it draws in, so that is an inner <div>, never the custom element. */
import { h, once } from "../lib/dom.js";
import { onTheme, token } from "../lib/color.js";

export const CONFIG = { displayModeBar: false, responsive: true };
let library;

/* One <script> for all charts of the page; a failure is told in the chart, and tried again by the next one. */
function load() {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve();
    const script = h("script", { src: document.documentElement.dataset.plotly, on: { load: resolve, error: () => { library = null; reject(new Error("no chart library")); } } });
    document.head.append(script);
  });
  return library;
}

/* Plotly reads <a>, <b> and entities in any text; a name such as <a href=…> would become a live link. */
export const plain = text => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");

export function layout(extra = {}) {
  const family = getComputedStyle(document.body).fontFamily;
  const axis = { automargin: true, gridcolor: token("--line"), showline: false, tickfont: { size: 11, color: token("--text-3") }, ticks: "", zeroline: false };
  return {
    font: { family, size: 11.5, color: token("--text-2") }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    hoverlabel: { bgcolor: token("--raised"), bordercolor: token("--line-2"), font: { family, size: 12, color: token("--text") } },
    hovermode: "x unified", margin: { l: 48, r: 8, t: 6, b: 24 }, showlegend: false, ...extra,
    xaxis: { ...axis, showgrid: false, ticklabelstandoff: 6, tickformat: "%H:%M", hoverformat: "%H:%M:%S", nticks: 7, ...extra.xaxis },
    yaxis: { ...axis, showgrid: true, nticks: 5, ticklabelstandoff: 6, ...extra.yaxis },
  };
}

export class PlotElement extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", this.getAttribute("label"));
    this.inner ??= this.appendChild(h("div"));
    this.redraw ??= once(() => this.draw());
    this.onScreen = new IntersectionObserver(([seen]) => { this.isSeen = seen.isIntersecting; this.redraw(); });
    this.onScreen.observe(this);
    this.off = onTheme(() => this.redraw());
    this.onVisible = () => this.redraw();
    document.addEventListener("visibilitychange", this.onVisible);
  }
  disconnectedCallback() { this.onScreen.disconnect(); this.off(); document.removeEventListener("visibilitychange", this.onVisible); window.Plotly?.purge(this.inner); }
  show(data) { this.data = data; this.redraw(); }
  async draw() {
    if (!this.data || !this.isSeen || document.hidden) return;
    if (!this.data.series.some(({ times = this.data.times }) => times.length > 1)) return this.tell(this.getAttribute("waiting") || "No sample yet. The first one comes within 10 seconds.");
    try { await load(); } catch { return this.tell("The chart library did not load; the figures above are complete without it."); }
    this.waiting?.remove();
    window.Plotly.react(this.inner, this.traces(), layout(this.layout()), CONFIG);
  }
  tell(text) {
    this.waiting?.remove();
    this.waiting = this.inner.appendChild(h("p", { class: "waiting" }, text));
  }
}

/* One trace for each run of known values: a fill to zero would bridge a gap that the line leaves open. */
export function runs(times, values) {
  const out = [];
  let open = false;
  values.forEach((value, i) => {
    if (value != null && !open) out.push([[], []]);
    open = value != null;
    if (open) { out.at(-1)[0].push(times[i]); out.at(-1)[1].push(value); }
  });
  return out;
}

/* The marks whose labels have room beside each other; the others keep their line, and tell their text when pointed at. */
const LABEL = 120;        // pixels
export function labelled(marks, [first, last], width) {
  const kept = [], room = (last - first) * LABEL / Math.max(LABEL, width);
  for (const mark of [...marks].reverse()) if (last - mark.at >= room && (!kept.length || kept[0].at - mark.at >= room)) kept.unshift(mark);
  return kept;
}

class TimeChart extends PlotElement {
  span() {
    const { series, times: common, span } = this.data, times = common || series.flatMap(one => one.times).sort((a, b) => a - b);
    return span || [times[0], times.at(-1)];
  }
  traces() {
    const { series, times: common, unit = "", digits = 0, marks = [] } = this.data;
    const lines = series.flatMap(({ name, values, tone, times = common, dash = "solid", fill = "none", shade }) => runs(times, values).map(([x, y]) => ({
      type: "scatter", mode: x.length > 1 ? "lines" : "markers", x, y, name: plain(name), fill, fillcolor: token(shade || tone, .09),
      marker: { size: 3, color: token(tone) }, line: { width: 1.7, color: token(tone), dash }, hovertemplate: `%{y:,.${digits}f}${unit}`,
    })));
    const told = {
      type: "scatter", mode: "markers", yaxis: "y2", cliponaxis: false, x: marks.map(({ at }) => at), y: marks.map(() => 1), text: marks.map(({ text }) => plain(text)),
      marker: { size: 7, symbol: "triangle-down", color: token("--text-3") }, hovertemplate: "%{text}<extra></extra>",
    };
    return marks.length ? [...lines, told] : lines;
  }
  layout() {
    const { marks = [], ends = [], unit = "", range, left } = this.data, span = this.span();
    const label = { showarrow: false, xanchor: "left", font: { size: 11 } }, line = { color: token("--text-3"), width: 1, dash: "dot" };
    return {
      margin: { l: left || 60, r: ends.length ? 32 : 8, t: marks.length ? 10 : 6, b: 28 },
      xaxis: { range: span },
      yaxis: range ? { range, ticksuffix: unit } : { rangemode: "tozero", ticksuffix: unit },
      yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
      shapes: marks.map(({ at }) => ({ type: "line", x0: at, x1: at, y0: 0, y1: 1, yref: "paper", line })),
      annotations: [
        ...labelled(marks, span, this.clientWidth - 60).map(({ at, label: text }) => ({ ...label, x: at, y: 1, yref: "paper", text: plain(text), xshift: 5, yshift: -6, font: { size: 11, color: token("--text-2") } })),
        ...ends.map(([y, text, tone]) => ({ ...label, x: span[1], y, text: plain(text), xshift: 4, font: { size: 11, color: token(tone) } })),
      ],
    };
  }
}
customElements.define("time-chart", TimeChart);
