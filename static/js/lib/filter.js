/* The filter line in the browser: the same grammar and the same sentences as controlcenter/observe/filters.py.
   tests/cases/filters holds both to the same answers. fields: {name: {column, kind, words}}, as the server sends them. */
const UNITS = { number: { "": 1, k: 1e3, M: 1e6, G: 1e9 },
  bytes: { "": 1, B: 1, k: 1e3, M: 1e6, G: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  duration: { "": 1, ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 } };
UNITS.age = UNITS.duration;
const EXAMPLES = { number: ">1k, 10..50", bytes: ">1GiB, 1MiB..1GiB", duration: ">7d, 1h..24h", age: ">7d, <10m" };
const FLAGS = { yes: true, true: true, no: false, false: false };
const SIGNS = { ">": (n, b) => n > b, ">=": (n, b) => n >= b, "<": (n, b) => n < b, "<=": (n, b) => n <= b };

class Unreadable extends Error {
  constructor(what, hint) { super(what); this.hint = hint; }
}

/* → {matches(row), faults: [{what, hint, start, end}]}; a term that cannot be read is left out. */
export function read(text, fields, now = Date.now()) {
  const terms = [], faults = [];
  for (const match of text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) {
    try { terms.push(term(match[0], fields, now)); } catch (fault) {
      if (!(fault instanceof Unreadable)) throw fault;
      faults.push({ what: fault.message, hint: fault.hint, start: match.index, end: match.index + match[0].length });
    }
  }
  const matches = row => terms.every(({ column, tests, negated }) => tests.some(test => test(row[column] ?? null)) !== negated);
  return { matches, faults };
}

function term(text, fields, now) {
  const head = /^(-?)([A-Za-z_]+):([\s\S]*)$/.exec(text);
  if (!head) {
    const negated = text.startsWith("-") && text.length > 1;
    return { column: Object.values(fields)[0].column, tests: [contains(unquoted(negated ? text.slice(1) : text))], negated };
  }
  const [, minus, name, value] = head;
  if (!Object.hasOwn(fields, name)) throw new Unreadable(`There is no field ${name}.`, `Use one of ${shortNames(fields).join(", ")}.`);
  const field = fields[name];
  if (!value) throw new Unreadable(`${name}: needs a value.`, `Write one after the colon, as in ${name}:${example(field)}.`);
  return { column: field.column, tests: tests(name, field, value, now), negated: Boolean(minus) };
}

export function shortNames(fields) {
  const seen = new Map();
  for (const [name, { column }] of Object.entries(fields)) if (!seen.has(column)) seen.set(column, name);
  return [...seen.values()];
}

function tests(name, field, value, now) {
  if (field.kind === "text" && value.startsWith("re:")) return [pattern(value.slice(3))];
  if (field.kind === "text" && value.startsWith("glob:")) return [glob(value.slice(5))];
  return value.split(",").filter(Boolean).map(part => test(name, field, unquoted(part), now));
}

function test(name, field, value, now) {
  if (value === "?") return known => known === null;
  if (field.kind === "text") return contains(value);
  if (field.kind === "list") return known => known !== null && known.some(each => String(each).toLowerCase().includes(value.toLowerCase()));
  if (field.kind === "flag") {
    const word = value.toLowerCase();
    if (!Object.hasOwn(FLAGS, word)) throw new Unreadable(`${name} is yes or no, not ${value}.`, `Write ${name}:yes or ${name}:no.`);
    return known => known !== null && Boolean(known) === FLAGS[word];
  }
  if (field.kind === "word") {
    const word = value.toLowerCase().replaceAll("-", "_");
    if (!field.words.includes(word)) throw new Unreadable(`${name} is never ${value}.`, `Use one of ${field.words.join(", ")}.`);
    return known => known === word;
  }
  return quantity(name, field.kind, value, now);
}

const contains = word => known => known !== null && String(known).toLowerCase().includes(word.toLowerCase());

function pattern(text) {
  let compiled;
  try { compiled = new RegExp(`^(?:${text})$`, "s"); } catch { throw new Unreadable(`The pattern ${text} cannot be read.`, "Use RE2's syntax, as in name:re:pay.*"); }
  return known => known !== null && compiled.test(String(known));
}

function glob(text) {
  const source = text.replace(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".").replace(/\[!/g, "[^");
  return pattern(source);
}

function quantity(name, kind, value, now) {
  const known = compare => n => n !== null && compare(kind === "age" ? now - n : n);
  if (value.includes("..")) {
    const [low, high] = [value.slice(0, value.indexOf("..")), value.slice(value.indexOf("..") + 2)];
    const first = low ? number(name, kind, low) : -Infinity, last = high ? number(name, kind, high) : Infinity;
    return known(n => first <= n && n <= last);
  }
  const [, sign, rest] = /^(>=|<=|>|<|=)?([\s\S]+)$/.exec(value), bound = number(name, kind, rest);
  return known(n => (SIGNS[sign] || ((a, b) => a === b))(n, bound));
}

function number(name, kind, text) {
  const match = /^(-?\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text), units = UNITS[kind];
  if (!match) throw new Unreadable(`${name} wants a number, not ${text}.`, `Write it as in ${name}:${EXAMPLES[kind]}.`);
  if (!Object.hasOwn(units, match[2])) throw new Unreadable(`${name} has no unit ${match[2]}.`, `Use one of ${Object.keys(units).filter(Boolean).join(", ")}.`);
  return Number(match[1]) * units[match[2]];
}

const example = field => field.kind === "flag" ? "yes" : field.words?.[0] || (EXAMPLES[field.kind] || "text").split(",")[0];
const unquoted = text => text.replaceAll('"', "");
