/* What a search tells while it runs. Pure: words, bars of the histogram, sums. */
import { age, bytes, count, grouped } from "./format.js";

export const PHASES = { waiting: "Waiting for a free place", planning: "Asking where to begin and end", reading: "Reading", sifting: "Looking through older records" };
const BARS = 90;

// the line under the form: what was read of what, how fast, how long it takes
export function words(progress, phase) {
  const parts = [`${grouped(progress.matched)} match of ${count(progress.records)} scanned`, bytes(progress.bytes).join(" ")];
  if (phase) parts.push(`${Math.floor(progress.share * 1000) / 10} % of the range`, `${count(progress.records_per_s)} records/s`);
  else parts.push(progress.share >= 1 ? "100 % of the range read" : `${Math.floor(progress.share * 1000) / 10} % of the range read`);
  if (phase && progress.eta_s != null) parts.push(`${age(progress.eta_s * 1000)} left`);
  if (progress.undecodable) parts.push(`${grouped(progress.undecodable)} cannot be decoded`);
  if (progress.holes) parts.push(`${grouped(progress.holes)} offsets without a record`);
  if (progress.behind) parts.push(`${grouped(progress.behind)} behind an open transaction`);
  return parts.join(" · ");
}

// counts over time: {counts, from, to} of epoch ms; null for fewer than two instants
export function histogram(stamps, bars = BARS) {
  const known = stamps.filter(ms => ms != null && ms >= 0);
  if (known.length < 2) return null;
  const from = known.reduce((a, b) => Math.min(a, b)), to = known.reduce((a, b) => Math.max(a, b));
  if (from === to) return null;
  const counts = new Array(bars).fill(0);
  for (const ms of known) counts[Math.min(bars - 1, Math.floor((ms - from) / (to - from) * bars))]++;
  return { counts, from: new Date(from), to: new Date(to) };
}

// the sums under the table: how many, their bytes, how many different keys
export function sums(messages) {
  const keys = new Set();
  let size = 0, withKey = 0;
  for (const { key, value } of messages) {
    size += (key?.size_bytes || 0) + (value?.size_bytes || 0);
    if (key && key.format !== "null") { withKey++; keys.add(`${key.format} ${key.text}`); }
  }
  return `${grouped(messages.length)} shown · ${bytes(size).join(" ")} · ${grouped(keys.size)} different key${keys.size === 1 ? "" : "s"}${withKey < messages.length ? ` · ${grouped(messages.length - withKey)} without a key` : ""}`;
}

export const ZONES = { utc: "UTC", local: "local", ago: "ago", epoch: "epoch ms" };

export function instant(ms, zone, now) {
  if (ms == null || ms < 0) return "–";
  if (zone === "epoch") return String(ms);
  if (zone === "ago") return now < ms ? `in ${age(ms - now)}` : `${age(now - ms)} ago`;
  if (Math.abs(ms) > 8.64e15) return String(ms);
  if (zone === "utc") return new Date(ms).toISOString().slice(11, 23);
  const at = new Date(ms);
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

export function stamp(ms) {
  if (ms == null) return "no timestamp";
  return Math.abs(ms) > 8.64e15 ? `${ms} ms` : `${new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC")} · ${ms} ms`;
}
