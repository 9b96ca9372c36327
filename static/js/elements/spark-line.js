/* <spark-line values="3,4,,8" tone="warn" plain>: decoration beside a number that is also written out, so it is hidden from screen readers.
   An empty value is a gap, and is drawn as a gap. */
import { svg } from "../lib/dom.js";

const WIDTH = 120, HEIGHT = 28, PAD = 2;
const known = v => v != null && !Number.isNaN(v);

/* One stroke for each run of known values: [[x, y], …] */
export function runs(values) {
  const there = values.filter(known), low = Math.min(...there), span = Math.max(...there) - low || 1, out = [[]];
  values.forEach((v, i) => {
    if (!known(v)) return out.push([]);
    out.at(-1).push([(i * WIDTH / Math.max(1, values.length - 1)).toFixed(1), (HEIGHT - PAD - (v - low) / span * (HEIGHT - 2 * PAD)).toFixed(1)]);
  });
  return out.filter(run => run.length > 1);
}

export class SparkLine extends HTMLElement {
  static observedAttributes = ["values"];
  attributeChangedCallback() { this.values = this.getAttribute("values").split(",").map(v => v === "" ? null : Number(v)); }
  set values(list) {
    const parts = runs(list).flatMap(run => {
      const line = "M" + run.map(point => point.join(",")).join("L");
      return [svg("path", { class: "area", d: `${line}L${run.at(-1)[0]},${HEIGHT}L${run[0][0]},${HEIGHT}Z` }), svg("path", { class: "line", d: line })];
    });
    this.replaceChildren(...(parts.length ? [svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, parts)] : []));
  }
}
customElements.define("spark-line", SparkLine);
