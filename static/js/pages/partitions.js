/* The partitions of one topic, live: the grid of replicas, how even they are, and the table; controlcenter/web/partitions.py draws the same. */
import "../elements/data-table.js";
import { outOfSync } from "../elements/replica-grid.js";
import { evenness } from "../elements/skew-bars.js";
import * as cells from "../lib/cells.js";
import { $, $$, h, say } from "../lib/dom.js";
import { count, grouped } from "../lib/format.js";
import { complete, Listing } from "../lib/listing.js";
import * as topic from "../lib/topic.js";

const GRID = 200, table = $("#partitions"), line = $("#filter");
let largest = 1, list, brokers = [], racks = new Map();

const kept = new Map();
function derived(row) {
  const held = kept.get(row.partition);
  if (held?.from === row) return held.row;
  const made = {
    ...row, records: row.start == null || row.end == null ? null : row.end - row.start,
    is_preferred: Boolean(row.replicas?.length) && row.leader === row.replicas[0], is_lagging: outOfSync(row).length > 0,
  };
  kept.set(row.partition, { from: row, row: made });
  return made;
}

const SHORT = 4;        // letters of a rack's name that stand beside its replica; a longer one only in its title
function inOneRack({ replicas: all }) {
  const held = new Set((all || []).map(broker => racks.get(broker)));
  return all?.length > 1 && held.size === 1 && !held.has(undefined) && new Set(racks.values()).size > 1;
}

function replicas(p) {
  const late = outOfSync(p), offline = p.offline_replicas || [];
  const words = (p.replicas || []).flatMap((broker, i) => {
    const state = offline.includes(broker) ? "offline" : late.includes(broker) ? "out of sync" : "in sync", lag = p.replica_lags?.[i], rack = racks.get(broker) || "";
    const title = `broker ${broker}${rack && `, rack ${rack}`}: ${state}${lag ? `, ${count(lag)} records behind` : ""}`;
    return [i ? " " : "", h("span", { class: state === "in sync" ? "" : "down", title }, `${broker}${state === "in sync" ? "" : "!"}`, rack && rack.length <= SHORT && h("small", { class: "dimmer" }, rack))];
  });
  return inOneRack(p) ? [...words, " ", h("span", { class: "status line", title: "All replicas stand in one rack: what takes the rack takes the partition." }, "one rack")] : words;
}

function row(p) {
  const isHeld = p.end != null && p.stable_end != null && p.stable_end < p.end, hasLeader = p.leader != null && p.leader >= 0;
  return h("tr", {}, cells.number(String(p.partition)), cells.state(p.state),
    hasLeader ? h("td", {}, `broker ${p.leader}`, !p.is_preferred && [" ", cells.pill(["line", "not preferred", ""])]) : h("td", { class: "bad-text" }, "none"),
    h("td", { class: "mono replicas" }, p.replicas?.length ? replicas(p) : "?"), cells.number(grouped(p.leader_epoch), "dim"), cells.number(grouped(p.start), "mono dim"),
    cells.number([grouped(p.end), isHeld && [" ", h("span", { class: "status line", title: `Open transaction: stable up to ${grouped(p.stable_end)}` }, "open tx")]], "mono"),
    cells.count(p.records), cells.size(p.size_bytes, largest), cells.rate(p.records_per_s), cells.age(p.last_record_at_ms, p.records === 0 ? cells.none() : "?"));
}

function drawSkew(rows) {
  for (const figure of $$("#skew figure")) {
    const pairs = rows.map(p => [p.partition, p[figure.dataset.measure]]), { top, where, times, z } = evenness(pairs);
    $("skew-bars", figure).show(pairs, top);
    say($("figcaption span", figure), times == null ? (top == null ? "?" : "–") : `${times.toFixed(1)}× on partition ${where}, z ${z.toFixed(1)}`);
  }
}

const sum = values => values.includes(null) || values.includes(undefined) ? null : values.reduce((total, value) => total + value, 0);

/* One row a broker; only the cells that differ are written. */
function drawPivot(rows) {
  const trs = brokers.map(broker => {
    const held = rows.filter(p => (p.replicas || []).includes(broker)), led = held.filter(p => p.leader === broker), late = held.filter(p => outOfSync(p).includes(broker)).length;
    const own = (p, column) => p[column]?.[p.replicas.indexOf(broker)];
    return h("tr", {}, h("td", {}, `broker ${broker}`), cells.text(racks.get(broker) ?? "–"), cells.number(String(led.length)), cells.number(String(held.filter(p => p.replicas[0] === broker).length), "dim"),
      cells.number(String(held.length)), cells.number(String(late), late ? "bad-text" : ""), cells.count(sum(led.map(p => p.records))), cells.rate(sum(led.map(p => p.records_per_s))),
      cells.number(cells.bytes(sum(held.map(p => own(p, "replica_sizes"))))), cells.count(sum(held.filter(p => p.leader !== broker).map(p => own(p, "replica_lags")))));
  });
  const body = $("#pivot");
  if (body.children.length !== trs.length) return body.replaceChildren(...trs);
  trs.forEach((tr, i) => { if (!body.children[i].isEqualNode(tr)) body.children[i].replaceWith(tr); });
}

function shown({ all, shown: found }) {
  const some = [...found].sort((a, b) => a.partition - b.partition).slice(0, GRID);
  if (all.length) $("#placement").show(brokers, some, racks);
  say($("#grid-of"), found.length > GRID ? `; the first ${GRID} of ${grouped(found.length)}, filter for others` : "");
  $("#nothing").hidden = found.length > 0;
  const chip = $('[data-term="lagging:yes"]'), late = all.filter(p => p.is_lagging).length;
  chip.replaceChildren("Lagging", ...(late ? [" ", h("b", {}, String(late))] : []));
}

if (table) {
  await customElements.whenDefined("data-table");
  const fields = JSON.parse($("#fields").textContent);
  list = new Listing({ table, line, fields, row, name: "partition", noun: "partitions", onShow: shown });
  complete(line, fields);
  list.tellSort();
}

topic.follow((tables, about) => {
  if (!list || !tables.partitions) return;
  const rows = [...tables.partitions.values()].map(derived).sort((a, b) => a.partition - b.partition);
  const top = Math.max(1, ...rows.map(p => p.size_bytes || 0));
  if (top !== largest) { largest = top; for (const drawn of table.drawn.values()) drawn.item = null; }
  brokers = [...new Set([...[...(tables.brokers?.values() || [])].map(b => b.broker), ...rows.flatMap(p => p.replicas || [])])].sort((a, b) => a - b);
  const known = new Map([...(tables.brokers?.values() || [])].filter(b => b.rack).map(b => [b.broker, b.rack]));
  if (JSON.stringify([...known]) !== JSON.stringify([...racks])) { racks = known; for (const drawn of table.drawn.values()) drawn.item = null; }
  list.take(rows);
  drawPivot(rows);
  drawSkew(rows);
  topic.troubles(rows, about?.min_insync_replicas);
});
