/* The members of a group and what they hold, as controlcenter/web/group.py draws them. */
import * as cells from "./cells.js";
import { $, h, say } from "./dom.js";

const MOST = 200, MATRIX_ROWS = 50;        // rows of the table and columns of the matrix; members in the matrix
const name = ([topic, partition]) => `${topic}/${String(partition).padStart(6, "0")}`;
const sorted = pairs => [...pairs].sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]);

/* [0, 1, 2, 7] → "0–2, 7" */
export function spans(numbers) {
  const found = [];
  for (const n of numbers) if (found.length && n === found.at(-1)[1] + 1) found.at(-1)[1] = n; else found.push([n, n]);
  return found.map(([a, b]) => a === b ? String(a) : `${a}–${b}`).join(", ");
}

/* Rows of the table `members` → by client and id, each with what it holds, and what it is to hold where the protocol tells. */
export function arranged(rows) {
  const by = row => `${row.client_id || ""}\u0000${row.member_id}`;
  return [...rows].sort((a, b) => by(a) < by(b) ? -1 : 1).map(row => {
    const now = sorted(row.assignment || []), target = sorted(row.target || []), held = new Set(now.map(name));
    const isMoving = target.length > 0 && (target.length !== held.size || target.some(pair => !held.has(name(pair))));
    return { ...row, now, target, isMoving };
  });
}

function holds(now) {
  const byTopic = new Map();
  for (const [topic, partition] of now) byTopic.set(topic, [...(byTopic.get(topic) || []), partition]);
  if (!byTopic.size) return [cells.dim("nothing")];
  return [...byTopic].flatMap(([topic, numbers], i) => [i ? "; " : "", `${topic} `, h("span", { class: "mono dim" }, spans(numbers))]);
}

const short = text => text.length > 36 ? `${text.slice(0, 35)}…` : text;
function tr(m) {
  const state = m.isMoving ? ["info", "Moving", "loader"] : m.now.length ? ["ok", "Settled", "check"] : ["", "Idle", ""];
  return h("tr", {}, h("td", { class: "mono" }, m.client_id || "–"), h("td", { class: "mono dim cut", title: m.member_id }, short(m.member_id)), h("td", { class: "mono dim" }, m.instance_id || "–"),
    h("td", { class: "mono dim" }, m.host || "?"), h("td", { class: "num" }, String(m.now.length), m.isMoving && [" ", cells.dim(`→ ${m.target.length}`)]), h("td", { class: "wrap-text" }, holds(m.now)), h("td", {}, cells.pill(state)));
}

function square(pair, isNow, isTarget) {
  const [state, word] = isNow ? (isTarget ? ["leader", "held"] : ["lagging", "to be given up"]) : isTarget ? ["follower preferred", "to come"] : ["none", "not held"];
  return h("td", { class: state, title: `${pair[0]} ${pair[1]}: ${word}` }, h("span", { class: "vh" }, word));
}

function matrix(found) {
  const all = sorted(new Map(found.flatMap(m => [...m.now, ...m.target]).map(pair => [name(pair), pair])).values());
  if (!all.length || all.length > MOST || found.length > MATRIX_ROWS) return null;
  return h("table", {}, h("caption", { class: "vh" }, "Assignment"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "vh" }, "Member")), all.map(([topic, partition]) => h("th", { scope: "col", title: topic }, String(partition))))),
    h("tbody", {}, found.map(m => {
      const now = new Set(m.now.map(name)), target = m.target.length ? new Set(m.target.map(name)) : now;
      return h("tr", {}, h("th", { scope: "row", title: m.member_id }, m.client_id || m.member_id), all.map(pair => square(pair, now.has(name(pair)), target.has(name(pair)))));
    })));
}

/* rows: Map of the table `members`. Both parts are drawn again when who is there, or what they hold, changed. */
let drawn = null;
export function draw(rows) {
  if (rows === drawn) return;
  drawn = rows;
  const found = arranged(rows.values());
  say($("[data-fact=hosts]"), String(new Set(found.map(m => m.host)).size));
  if (!$("#members")) return;
  const grid = matrix(found);
  $("#members").replaceChildren(...found.slice(0, MOST).map(tr));
  $("#matrix").replaceChildren(...(grid ? [grid] : []));
  say($("#members-of"), found.length > MOST ? `the first ${MOST} of ${found.length}` : "");
  $("#matrix-panel").hidden = !grid;
  $("#members-panel").hidden = !found.length;
  $("#no-members").hidden = found.length > 0;
}
