/* The overview, live: each part is drawn again only when its own table changed. */
import "../elements/partition-map.js";
import "../elements/time-chart.js";
import { draw as drawBrokers } from "../lib/brokers.js";
import * as cells from "../lib/cells.js";
import { $, $$, h, icon, say } from "../lib/dom.js";
import { bytes, count, grouped, rate } from "../lib/format.js";
import { key } from "../lib/groups.js";
import { follow } from "../lib/history.js";
import { sizes } from "../lib/sizes.js";
import { fill, values } from "../lib/sparks.js";
import * as names from "../lib/names.js";
import { subscribe } from "../live/state.js";

const { cluster: slug, root } = document.body.dataset, seen = {};
const SERIES = ["cluster.records_per_s", "cluster.consumed_per_s", "cluster.lag"], MOST_GROUPS = 6, MOST_TOPICS = 5, POINTS = 60;

function changed(tables, name, draw) {
  if (seen[name] === tables[name]) return;
  seen[name] = tables[name];
  draw(tables[name] || new Map());
}

function picture({ kind, tone }) {
  if (kind.includes("disk") || kind.includes("log_dir")) return "hard-drive";
  return tone === "bad" ? "circle-x" : kind.includes("group") ? "trending-up" : "triangle-alert";
}

function attention(rows, checkedAt) {
  const list = [...rows.values()].sort((a, b) => (a.tone !== "bad") - (b.tone !== "bad") || a.since_ms - b.since_ms);
  if (!list.length) return $("#attention").replaceChildren(h("p", { class: "quiet" }, icon("check"), "Nothing needs you; checked ", cells.since(checkedAt, 90)));
  $("#attention").replaceChildren(h("section", { class: "attention-list", "aria-labelledby": "attention-title" },
    h("h2", { id: "attention-title" }, icon("triangle-alert", ""), `${list.length} ${list.length === 1 ? "thing needs" : "things need"} attention`),
    h("ul", {}, list.map(row => {
      const mark = icon(picture(row), "");
      mark.classList.add(row.tone);
      return h("li", {}, mark, h("p", {}, h("b", {}, row.subject), " ", row.text), h("time", {}, cells.since(row.since_ms)), h("a", { class: "button", href: root + row.path }, row.action));
    }))));
}

function figure(name, value, unit, about, tone = "") {
  const el = $(`[data-figure=${name}]`);
  el.className = `figure ${tone}`;
  say($(".value span", el), value);
  say($(".value small", el), unit);
  say($(".about", el), about);
}

function figures(row) {
  const [size, unit] = bytes(row.size_bytes), { disk_total_bytes: total, disk_usable_bytes: usable } = row;
  figure("in", rate(row.records_per_s), "/s", "over the last minute");
  figure("out", rate(row.consumed_per_s), "/s", "committed by groups");
  figure("lag", count(row.lag), "", row.unknown_lag_partitions ? `${grouped(row.unknown_lag_partitions)} partitions not known` : `in ${grouped(row.groups)} groups`);
  figure("under_replicated", grouped(row.under_replicated_partitions), "", `of ${grouped(row.partitions)} partitions`, row.under_replicated_partitions ? "warn" : "");
  figure("under_min_isr", grouped(row.under_min_isr_partitions), "", `${grouped(row.offline_partitions)} offline`, row.under_min_isr_partitions ? "bad" : "");
  figure("size", size, unit, total && usable != null ? `disks ${Math.round(100 * (total - usable) / total)}% full` : "disk size not told");
  $("#state").replaceChildren(cells.status(row.state));
  say($("[data-fact=controller]"), row.controller == null ? "?" : `broker ${row.controller}`);
  say($("[data-fact=partitions]"), grouped(row.partitions));
  say($("[data-fact=brokers]"), `${row.brokers_up ?? "?"} of ${row.brokers ?? "?"} answer us`);
}

function behind(groups) {
  const worst = [...groups.values()].filter(row => row.lag).sort((a, b) => b.lag - a.lag).slice(0, MOST_GROUPS);
  $("#behind").replaceChildren(worst.length ? h("ol", { class: "rank-list" }, worst.map(row => h("li", {},
    h("a", { class: "cut", href: names.group(row.group), title: row.group }, row.group), h("micro-bar", { value: row.lag, max: worst[0].lag, tone: "" }, count(row.lag)))))
    : h("p", { class: "nothing-here dimmer" }, "No group is behind."));
}

function busiest(topics) {
  const most = [...topics.values()].filter(row => row.records_per_s && !row.is_internal).sort((a, b) => b.records_per_s - a.records_per_s).slice(0, MOST_TOPICS);
  $("#busiest").replaceChildren(most.length ? h("ol", { class: "rank-list sparks" }, most.map(row => {
    const series = `topic.records_per_s/${key(row.name)}`;
    return h("li", {}, h("a", { class: "cut", href: names.topic(row.name), title: row.name }, row.name), h("spark-line", { "data-spark": series, values: values(series) }), h("span", { class: "num" }, rate(row.records_per_s), cells.dim(" /s")));
  })) : h("p", { class: "nothing-here dimmer" }, "Nothing is written now."));
  fill();
}

function maps(partitions) {
  const byLeader = Map.groupBy ? Map.groupBy(partitions.values(), p => p.leader) : new Map();
  for (const section of $$("#maps section")) {
    const own = (byLeader.get(Number(section.dataset.broker)) || []).sort((a, b) => a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition);
    $("partition-map", section).show(own);
    say($("[data-count]", section), grouped(own.length));
  }
}

function hosts(brokers) {
  drawBrokers(brokers);
  sizes([...brokers.values()]);
  for (const section of $$("#maps section")) {
    const row = brokers.get(section.dataset.broker);
    $(".dot", section).className = `dot ${row?.is_reachable === false ? "bad" : row?.is_reachable ? "ok" : ""}`;
  }
}

subscribe(`${slug}/overview`, ({ tables }) => {
  const checked = tables.sources?.get("metadata/")?.as_of_ms;
  if (checked) $("#polled data-age")?.setAttribute("at", checked);
  if (checked) $("#attention .quiet data-age")?.setAttribute("at", checked);
  changed(tables, "attention", rows => tables.sources && attention(rows, checked));
  changed(tables, "cluster", rows => rows.size && figures(rows.get("cluster")));
  changed(tables, "groups", behind);
  changed(tables, "topics", busiest);
  changed(tables, "brokers", hosts);
  changed(tables, "partitions", maps);
});

const thin = values => values.length <= POINTS ? values : Array.from({ length: POINTS }, (_, i) => values[Math.floor(i * values.length / POINTS)]);
const line = ({ times, values }, name, tone, fill = "tozeroy") => ({ name, tone, fill, times, values });

follow(SERIES, series => {
  $("#throughput").show({ series: [line(series[SERIES[0]], "In", "--c1"), line(series[SERIES[1]], "Out", "--c2")], unit: " /s", digits: 1, span: series.span, marks: series.marks });
  $("#lag").show({ series: [line(series[SERIES[2]], "Lag", "--c4")], unit: "", digits: 0, span: series.span, marks: series.marks });
  for (const spark of $$("spark-line[data-series]")) spark.setAttribute("values", thin(series[spark.dataset.series].values).map(v => v ?? "").join());
}, { events: "cluster" });
