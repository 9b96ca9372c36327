/* Cells of tables, the same as controlcenter/web/cells.py draws them on the server. */
import { h, icon } from "./dom.js";
import * as format from "./format.js";
import { values } from "./sparks.js";

export const STATES = {
  ok: ["ok", "OK", "check"], in_sync: ["ok", "In sync", "check"], under_replicated: ["warn", "Under-replicated", "triangle-alert"],
  under_min_isr: ["bad", "Under min-ISR", "circle-x"], offline: ["bad", "Offline", "circle-x"], healthy: ["ok", "Healthy", "check"],
  degraded: ["warn", "Degraded", "triangle-alert"], unreachable: ["bad", "Unreachable", "plug-zap"], unknown: ["", "Unknown", "circle-help"],
};

export const pill = ([tone, word, picture]) => h("span", { class: `status ${tone}` }, picture && icon(picture, ""), word);
export const status = state => pill(STATES[state || "unknown"] || ["", String(state), ""]);
export const none = () => h("span", { class: "dimmer" }, "–");
export const dim = text => h("span", { class: "dimmer" }, text);

export const name = (href, text, ...more) => h("td", { title: text }, h("a", { class: "name", href }, text), more);
export const state = word => h("td", {}, status(word));
export const text = (value, cls = "dim") => h("td", { class: cls }, value == null ? "?" : String(value));
export const number = (words, cls = "") => h("td", { class: `num ${cls}` }, words);
export const count = (n, cls = "") => number(format.count(n), cls);
export const rate = n => number(format.rate(n));
export function bytes(n) {
  const [value, unit] = format.bytes(n);
  return [value, " ", dim(unit)];
}
export const size = (n, top, tone = "") => h("td", {}, h("micro-bar", { value: n ?? 0, max: top || 1, tone }, h("span", {}, bytes(n))));
export const age = (at, otherwise = none()) => at == null ? h("td", { class: "num dim" }, otherwise)
  : h("td", { class: "num dim" }, h("data-age", { at, limit: "1e12" }));
export const since = (at, limit = "1e12") => h("data-age", { at, limit });
export const spark = (series, tone = "") => h("td", {}, h("spark-line", { "data-spark": series, tone, values: values(series) }));
