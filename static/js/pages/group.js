/* One group, live: its figures, the charts of its lag and rates, lag by partition over time, the table, members and events. */
import "../elements/data-table.js";
import "../elements/lag-map.js";
import "../elements/time-chart.js";
import * as cells from "../lib/cells.js";
import { $, h, say } from "../lib/dom.js";
import { count, grouped, rate } from "../lib/format.js";
import { state, whyUnknown } from "../lib/groups.js";
import { follow } from "../lib/history.js";
import { complete, Listing } from "../lib/listing.js";
import { draw as drawMembers } from "../lib/members.js";
import * as names from "../lib/names.js";
import { renew } from "../lib/renew.js";
import { subscribe } from "../live/state.js";

const { cluster, view } = document.body.dataset, table = $("#parts"), line = $("#filter"), charts = $("#charts");
/* controlcenter/web/group.py has the same words */
const FLAGS = {
  data_loss: ["bad", "Data loss", "The committed offset is below the start of the log: those records are deleted."],
  ahead_of_log: ["warn", "Ahead of log", "The committed offset is past the end of the log: it was truncated, or recreated."],
  topic_gone: ["warn", "Topic gone", "The topic does not exist any more; its commits are left over."],
};
let top = 1, list;

const kept = new Map();
function derived(row) {
  const name = `${row.topic}/${String(row.partition).padStart(5, "0")}`, held = kept.get(name);
  if (held?.from === row) return held.row;
  const made = { ...row, name, flags: row.flags || [], lead: row.committed == null || row.start == null ? null : row.committed - row.start };
  kept.set(name, { from: row, row: made });
  return made;
}

const member = (p, column, title) => p.member_id == null ? h("td", {}, cells.none()) : h("td", { class: "mono dim", title }, p[column] || "?");

function row(p) {
  const isNew = p.flags.includes("not_committed"), isGone = p.flags.includes("topic_gone");
  return h("tr", {}, cells.name(`${names.topic(p.topic)}partitions/`, p.topic), cells.number(String(p.partition)), member(p, "client_id", p.member_id), member(p, "host", p.host),
    isNew ? h("td", { class: "num dimmer" }, "none yet") : h("td", { class: "num mono", title: p.metadata || null }, grouped(p.committed)), cells.number(grouped(p.end), "mono dim"),
    isGone ? cells.number(cells.none()) : p.lag == null ? cells.number("?") : h("td", {}, h("micro-bar", { value: p.lag, max: top, tone: p.lag ? "late" : "" }, count(p.lag))),
    isNew || isGone ? cells.number(cells.none()) : cells.number(p.lead == null ? "?" : p.lead >= 0 ? count(p.lead) : "below start", "dim"),
    h("td", {}, Object.entries(FLAGS).filter(([flag]) => p.flags.includes(flag)).flatMap(([, [tone, word, told]]) => [h("span", { class: `status ${tone}`, title: told }, word), " "])),
    cells.rate(p.consumed_per_s), cells.age(p.committed_at_ms, isNew ? cells.none() : "?"));
}

function head(g) {
  $("#state").replaceChildren(state(g.state));
  say($("[data-fact=members]"), grouped(g.members));
  say($("[data-count=members]"), grouped(g.members));
  say($("[data-fact=coordinator]"), g.coordinator == null ? "?" : `broker ${g.coordinator}`);
  if (g.committed_at_ms != null) $("#commit data-age")?.setAttribute("at", g.committed_at_ms);
  figure("lag", count(g.lag), g.lag == null ? whyUnknown(g) : g.unknown_partitions ? "at least: some partitions are unknown" : g.type === "share" ? "not yet taken, by the broker's count" : "not yet read");
  figure("out", rate(g.consumed_per_s));
  figure("partitions", grouped(g.partitions));
  figure("unknown", grouped(g.unknown_partitions));
}

function figure(name, value, about) {
  say($(`[data-figure=${name}] .value span`), value);
  if (about) say($(`[data-figure=${name}] .about`), about);
}

/* Lag by partition over the chosen range, from the samples the server keeps. */
const MAP_MS = 30000;
async function map() {
  if (document.hidden) return;
  const answer = await fetch(`lags/?range=${new URLSearchParams(location.search).get("range") || "1h"}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;                                                       // the connection chip tells it
  const { times, rows, cells: grid, left_out: more } = await answer.json();
  const several = new Set(rows.map(([topic]) => topic)).size > 1;
  say($("#map-of"), more ? `; the ${rows.length} furthest behind of ${rows.length + more}` : "");
  $("#lag-map").show({ rows: rows.map(([topic, partition]) => several ? `${topic} ${partition}` : String(partition)), times: rows.length ? times.map(at => new Date(at)) : [], cells: grid, unit: "", top: Math.max(1, ...grid.flat()) });
}

function tell({ all, shown }) {
  $("#nothing").hidden = shown.length > 0;
  const behind = all.filter(p => p.lag).length;
  $('[data-term="lag:>0"]').replaceChildren("Only with lag", ...(behind ? [" ", h("b", {}, String(behind))] : []));
}

if (table) {
  await customElements.whenDefined("data-table");
  const fields = JSON.parse($("#fields").textContent);
  list = new Listing({ table, line, fields, row, name: "name", noun: "partitions", onShow: tell });
  complete(line, fields);
  list.tellSort();
}

const NOBODY = new Map();
let wasThere = Boolean($("[data-fact=members]"));
subscribe(`${cluster}/${view}`, ({ tables }) => {
  const group = tables.groups && [...tables.groups.values()][0], read = tables.sources?.get("commits/")?.as_of_ms;
  if (!group && wasThere && tables.sources?.size) return location.reload();      // it is gone: the page tells since when
  if (group && !wasThere) return location.reload();                              // its first figures have come
  if (!group) return;
  head(group);
  if (read) $("#commits data-age")?.setAttribute("at", read);
  if (tables.members || group.members === 0) drawMembers(tables.members || NOBODY);
  if (!list || !tables.group_partitions) return;
  const rows = [...tables.group_partitions.values()].map(derived), most = Math.max(1, ...rows.map(p => p.lag || 0));
  if (most !== top) { top = most; for (const drawn of table.drawn.values()) drawn.item = null; }
  list.take(rows);
});

if ($("#events")) renew("#events", 5000);
if (charts) {
  map();
  setInterval(map, MAP_MS);
  document.addEventListener("visibilitychange", map);
  const series = Object.fromEntries(["lag", "produced_per_s", "consumed_per_s"].map(name => [name, `group.${name}/${charts.dataset.series}`]));
  follow(Object.values(series), found => {
    const made = found[series.produced_per_s].values, spark = $("[data-figure=lag] spark-line");
    $("#lag").show({ digits: 0, span: found.span, marks: found.marks, series: [{ name: "Lag", tone: "--c4", fill: "tozeroy", ...found[series.lag] }] });
    $("#rates").show({ unit: " /s", digits: 1, span: found.span, marks: found.marks, series: [{ name: "Produced", tone: "--c1", ...found[series.produced_per_s] }, { name: "Consumed", tone: "--c2", ...found[series.consumed_per_s] }] });
    if (made.length) figure("in", rate(made.at(-1)));
    if (spark) spark.setAttribute("values", found[series.lag].values.join(","));
  }, { events: view });
}
