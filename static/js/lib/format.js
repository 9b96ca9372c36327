/* Numbers as the product writes them; controlcenter/web/numbers.py is the same on the server, tests/cases/format holds both.
   Could not be read is "?", does not apply is "–"; neither is ever 0. Offsets beyond 2^53 arrive as text and stay text. */
const GAP = "\u202f";      // narrow no-break space between a number and its prefix
export const UNKNOWN = "?";
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SPANS = [[86400000, "day", "days"], [3600000, "h", "h"], [60000, "min", "min"], [1000, "s", "s"]];

export const grouped = n => n == null ? UNKNOWN : String(typeof n === "number" ? Math.round(n) : n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

export function count(n) {
  if (n == null) return UNKNOWN;
  if (n >= 1e9) return (n / 1e9).toFixed(2) + GAP + "G";
  if (n >= 1e6) return (n / 1e6).toFixed(1) + GAP + "M";
  if (n >= 1e4) return (n / 1e3).toFixed(1) + GAP + "k";
  return grouped(n);
}

export const rate = n => n == null || n === 0 || n >= 100 ? count(n) : n.toFixed(1);

export function bytes(n) {
  if (n == null) return [UNKNOWN, ""];
  let unit = 0;
  while (n >= 1024 && unit < UNITS.length - 1) { n /= 1024; unit++; }
  return [unit === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1), UNITS[unit]];
}

export function duration(ms) {
  if (ms == null) return UNKNOWN;
  if (ms < 0) return "forever";
  for (const [size, one, many] of SPANS) if (ms >= size && ms % size === 0) return `${ms / size} ${ms === size ? one : many}`;
  return `${ms} ms`;
}

export function age(ms) {
  const s = Math.max(0, ms / 1000);
  if (s < 10) return s.toFixed(1) + " s";
  if (s < 120) return Math.round(s) + " s";
  if (s < 7200) return Math.round(s / 60) + " min";
  if (s < 172800) return Math.round(s / 3600) + " h";
  return Math.round(s / 86400) + " d";
}

export const clock = ms => ms == null ? UNKNOWN : new Date(ms).toLocaleTimeString("en-GB");
export const full = ms => ms == null ? UNKNOWN : new Date(ms).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });

/* The unit in which a chart of bytes reads best, by its largest value: [" MiB", 1048576]. */
export function scale(values) {
  const top = Math.max(0, ...values.filter(n => n != null)), unit = top < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(top) / 10));
  return [` ${UNITS[unit]}`, 1024 ** unit];
}
