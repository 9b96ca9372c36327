/* States and lags of groups, as controlcenter/web/groups.py draws them; and the name of a group inside a series. */
import { h } from "./dom.js";
import * as cells from "./cells.js";
import { count, grouped } from "./format.js";

const MOVING = ["info", "loader"];
const STATES = { Stable: ["ok", "check"], Empty: ["", ""], Dead: ["", "ban"], PreparingRebalance: MOVING, CompletingRebalance: MOVING, Assigning: MOVING, Reconciling: MOVING, NotReady: ["warn", "triangle-alert"] };

export function state(word) {
  const [tone, picture] = STATES[word] || ["", "circle-help"];
  return cells.pill([tone, word || "Unknown", picture]);
}

export const whyUnknown = ({ type }) => type === "share" ? "it has taken nothing yet, or this cluster does not tell where share groups stand" : "its offsets are not read yet";

export function lag({ lag: n, unknown_partitions: missing, type }, top) {
  if (n == null) return h("td", { class: "num", title: whyUnknown({ type }) }, "?");
  return h("td", { title: missing ? `${grouped(missing)} partitions unknown` : null }, h("micro-bar", { value: n, max: top, tone: n ? "late" : "" }, `${missing ? "≥ " : ""}${count(n)}`));
}

/* observe.snapshot.key: percent-encoded, nothing left out but letters, digits and _.-~ */
export const key = name => encodeURIComponent(name).replace(/[!'()*]/g, c => "%" + c.charCodeAt(0).toString(16).toUpperCase());
