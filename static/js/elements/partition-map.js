/* One square a partition, shaded by traffic where it is told; only exceptions have colour, and a dark edge so that they show in greyscale.
   show([{topic, partition, state, records_per_s}, …]); a click opens the topic's partitions. The count and the exceptions are also in the label. */
import { h } from "../lib/dom.js";
import { onTheme, token } from "../lib/color.js";
import * as names from "../lib/names.js";

const SIDE = 6.5, GAP = 2, STEP = SIDE + GAP;
const TONE = { offline: "--bad", under_min_isr: "--bad", under_replicated: "--warn" };

export class PartitionMap extends HTMLElement {
  connectedCallback() {
    this.partitions ??= [];
    this.canvas ??= this.appendChild(h("canvas", { role: "img" }));
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this);
    this.off = onTheme(() => this.draw());
    this.addEventListener("pointermove", e => { this.title = this.name(this.at(e)); });
    this.addEventListener("click", e => { const p = this.at(e); if (p) location.assign(names.topic(p.topic) + "partitions/"); });
  }
  disconnectedCallback() { this.watch.disconnect(); this.off(); }
  show(partitions) {
    const mark = partitions.map(p => `${p.state[0]}${shade(p).toFixed(1)}`).join();
    this.partitions = partitions;
    if (mark !== this.mark) { this.mark = mark; this.draw(); }
  }
  at(e) { return this.partitions[Math.floor(e.offsetY / STEP) * this.across + Math.floor(e.offsetX / STEP)]; }
  name(p) { return p ? `${p.topic} ${p.partition}: ${p.state.replaceAll("_", " ")}` : ""; }
  draw() {
    const { canvas, partitions } = this, scale = devicePixelRatio || 1, width = this.clientWidth;
    if (!canvas || !width) return;
    this.across = Math.max(1, Math.floor((width + GAP) / STEP));
    const height = Math.ceil(partitions.length / this.across) * STEP, troubled = partitions.filter(p => TONE[p.state]).length;
    Object.assign(canvas, { width: width * scale, height: height * scale });
    canvas.style.height = height + "px";
    canvas.setAttribute("aria-label", `${partitions.length} partitions, ${troubled} not in sync`);
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.strokeStyle = token("--text", .75);
    pen.lineWidth = .8;
    partitions.forEach((p, i) => {
      const tone = TONE[p.state];
      pen.globalAlpha = tone ? 1 : shade(p);
      pen.fillStyle = token(tone || "--cell");
      pen.beginPath();
      pen.roundRect(i % this.across * STEP, Math.floor(i / this.across) * STEP, SIDE, SIDE, 1.8);
      pen.fill();
      if (tone) pen.stroke();
    });
  }
}

/* Quiet partitions stay visible; each tenfold of traffic is one step darker. */
function shade({ records_per_s: rate }) { return rate ? Math.min(.9, .4 + .14 * Math.log10(1 + rate)) : rate === 0 ? .3 : .55; }

customElements.define("partition-map", PartitionMap);
