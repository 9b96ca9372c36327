/* <skew-bars>: one bar a partition, the largest marked. Decoration beside the sentence that says the same, so hidden from screen readers. */
import { svg } from "../lib/dom.js";

export const MOST = 200;

/* How even the values are: the largest against the mean, and its z-score. null where fewer than two are known. */
export function evenness(pairs) {
  const told = pairs.filter(([, value]) => value != null);
  const [where, top] = told.reduce((best, pair) => best[1] == null || pair[1] > best[1] ? pair : best, [null, null]);
  if (told.length < 2 || !top) return { top, where, times: null, z: null };
  const mean = told.reduce((sum, [, value]) => sum + value, 0) / told.length;
  const spread = Math.sqrt(told.reduce((sum, [, value]) => sum + (value - mean) ** 2, 0) / told.length);
  return { top, where, times: top / mean, z: spread ? (top - mean) / spread : 0 };
}

class SkewBars extends HTMLElement {
  show(pairs, top) {
    const shown = pairs.slice(0, MOST), width = 100 / Math.max(8, shown.length);
    this.replaceChildren(svg("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", "aria-hidden": "true" }, shown.map(([, value], i) => {
      const height = value == null ? 40 : top ? Math.max(value > 0 ? .8 : 0, 40 * value / top) : 0;
      return svg("rect", { x: i * width, y: 40 - height, width: width * .8, height, class: value == null ? "unknown" : value === top && top > 0 ? "top" : "" });
    })));
  }
}
customElements.define("skew-bars", SkewBars);
