/* The overview of one topic, live. */
import "../elements/partition-map.js";
import "../elements/time-chart.js";
import { since } from "../lib/cells.js";
import { now } from "../lib/clock.js";
import { $, h } from "../lib/dom.js";
import { filled } from "../lib/retention.js";
import { follow as history } from "../lib/history.js";
import * as topic from "../lib/topic.js";

function retention(row) {
  for (const [name, share] of Object.entries(filled(row, now()))) {
    const el = $(`[data-filled=${name}]`);
    if (!el || el.dataset.told === String(share)) continue;
    el.dataset.told = share;
    el.replaceChildren(typeof share === "number" ? h("micro-bar", { value: share, max: 100 }, `${share}%`) : share);
  }
  const oldest = $("#oldest"), age = oldest && $("data-age", oldest);
  if (!oldest) return;
  if (row.first_record_at_ms == null) oldest.textContent = row.records === 0 ? "–" : "?";
  else if (age) age.setAttribute("at", row.first_record_at_ms);
  else oldest.replaceChildren(since(row.first_record_at_ms));
}

topic.follow((tables, row) => {
  if (row) retention(row);
  const parts = [...(tables.partitions?.values() || [])].sort((a, b) => a.partition - b.partition);
  $("#map")?.show(parts);
  topic.troubles(parts, row?.min_insync_replicas);
  topic.drawReaders(tables, 8);
});

const chart = $("#rates"), name = chart?.dataset.series;
if (chart) history([name], series => chart.show({ unit: " /s", digits: 1, span: series.span, marks: series.marks, series: [{ name: "In", tone: "--c1", fill: "tozeroy", ...series[name] }] }), { events: document.body.dataset.view });
