/* A part of a histogram: which bars, what time they are, and the address that reads only that. Pure. */

const LAST_ISO = 253_402_300_799_999; // 9999-12-31: no clock of the server goes beyond

/* The bars a key chooses next. picked: {anchor, head} or null for none; null back: the key says nothing here. */
export function step(picked, key, isWider, bars) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key], ends = { Home: 0, End: bars - 1 };
  if (by === undefined && !(key in ends)) return null;
  const first = by === -1 ? bars - 1 : 0;
  const head = key in ends ? ends[key] : picked ? Math.min(bars - 1, Math.max(0, picked.head + by)) : first;
  return { anchor: isWider && picked ? picked.anchor : head, head };
}

/* The time of some bars, [from, to) in epoch ms, every record of theirs within. */
export function times({ counts, from, to }, { anchor, head }) {
  const width = (to - from) / counts.length, first = Math.min(anchor, head), last = Math.max(anchor, head);
  return { from: Math.ceil(+from + first * width), to: last === counts.length - 1 ? +to + 1 : Math.ceil(+from + (last + 1) * width) };
}

export const found = ({ counts }, { anchor, head }) => counts.slice(Math.min(anchor, head), Math.max(anchor, head) + 1).reduce((a, b) => a + b, 0);

const written = ms => ms >= 0 && ms <= LAST_ISO ? new Date(ms).toISOString() : String(ms);

/* The same question about that time alone. It is the beginning that goes, not the key or the filter; the order stays as it was. */
export function narrowed(query, { from, to }) {
  const asked = new URLSearchParams(query);
  if (["newest", "key", ""].includes(asked.get("from") || "") && !asked.get("order")) asked.set("order", "newest");
  for (const name of ["search", "cursor", "offset", "group", "zone", "plain"]) asked.delete(name);
  asked.set("from", "time");
  asked.set("at", written(from));
  asked.set("until", "time");
  asked.set("to", written(to));
  return `?${asked}`;
}

/* An instant as a mark under the bars: as fine as the span needs. zone: "local", or UTC for any other. */
export function mark(ms, span, zone) {
  const at = new Date(ms);
  if (Number.isNaN(+at)) return String(ms);
  const whole = zone === "local" ? new Date(ms - at.getTimezoneOffset() * 60_000).toISOString() : at.toISOString();
  const time = whole.slice(-13, -1), day = whole.slice(-19, -14);
  if (span > 2 * 86_400_000) return `${day} ${time.slice(0, 5)}`;
  if (span > 600_000) return time.slice(0, 5);
  return span > 10_000 ? time.slice(0, 8) : time;
}
