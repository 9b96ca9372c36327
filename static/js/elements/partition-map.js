/* One square a partition, shaded by traffic where it is told; only exceptions have colour, and a dark edge so that they show in greyscale.
   show([{topic, partition, state, traffic or records_per_s}, …]); unknown traffic is an empty square. A click opens the topic's partitions. The count and the exceptions are also in the label. */
import { h } from "../lib/dom.js";
import { onTheme, token } from "../lib/color.js";
import * as names from "../lib/names.js";

const SIDE = 6.5, GAP = 2, STEP = SIDE + GAP;
const TONE = { offline: "--bad", under_min_isr: "--bad", under_replicated: "--warn" };

/* Each tenfold of traffic is one step darker, and quiet partitions stay visible. The server sends the step where a rate would be too much (live/views.py). */
const SHADES = [.26, .38, .5, .62, .74, .87, 1], WORDS = ["no traffic", "less than 1 record/s", "1 to 10 records/s", "10 to 100 records/s", "100 to 1,000 records/s", "1,000 to 10,000 records/s", "over 10,000 records/s"];
export function traffic({ traffic: step, records_per_s: rate }) {
  if (step !== undefined) return step;
  if (!rate) return rate === 0 ? 0 : null;
  return Math.min(6, 1 + Math.max(0, Math.floor(Math.log10(rate)) + 1));
}

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
    const mark = partitions.map(p => `${p.state}${traffic(p)}`).join();
    this.partitions = partitions;
    if (mark !== this.mark) { this.mark = mark; this.draw(); }
  }
  at(e) { return this.partitions[Math.floor(e.offsetY / STEP) * this.across + Math.floor(e.offsetX / STEP)]; }
  name(p) { return p ? `${p.topic} ${p.partition}: ${p.state.replaceAll("_", " ")}, ${WORDS[traffic(p)] ?? "traffic not known"}` : ""; }
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
    pen.lineWidth = .8;
    partitions.forEach((p, i) => {
      const tone = TONE[p.state], step = traffic(p), isEmpty = !tone && step == null;
      pen.globalAlpha = tone ? 1 : SHADES[step] ?? 1;
      pen.fillStyle = token(tone || "--cell");
      pen.strokeStyle = tone ? token("--text", .75) : token("--cell");
      pen.beginPath();
      pen.roundRect(i % this.across * STEP + (isEmpty ? .5 : 0), Math.floor(i / this.across) * STEP + (isEmpty ? .5 : 0), SIDE - (isEmpty ? 1 : 0), SIDE - (isEmpty ? 1 : 0), 1.8);
      if (!isEmpty) pen.fill();
      if (tone || isEmpty) pen.stroke();
    });
  }
}

customElements.define("partition-map", PartitionMap);
