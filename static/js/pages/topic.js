/* The overview of one topic, live. */
import "../elements/partition-map.js";
import "../elements/time-chart.js";
import { $ } from "../lib/dom.js";
import { follow as history } from "../lib/history.js";
import * as topic from "../lib/topic.js";

topic.follow((tables, row) => {
  const parts = [...(tables.partitions?.values() || [])].sort((a, b) => a.partition - b.partition);
  $("#map")?.show(parts);
  topic.troubles(parts, row?.min_insync_replicas);
  topic.drawReaders(tables, 8);
});

const chart = $("#rates"), name = chart?.dataset.series;
if (chart) history([name], series => chart.show({ unit: " /s", digits: 1, span: series.span, series: [{ name: "In", tone: "--c1", fill: "tozeroy", ...series[name] }] }));
