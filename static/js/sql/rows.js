/* Rows of a push query, kept in the browser: a ring of changes, and for tables the newest row of each key. Pure. */
export const KEPT = 10_000;

export class Rows {
  #byKey = new Map();
  changes = [];
  dropped = 0;
  constructor(columns, key) {
    this.columns = columns;
    this.places = key.map(name => columns.findIndex(column => column.name === name)).filter(at => at >= 0);
  }
  // row: [cells, at_ms, "+" or "-"]
  add(rows) {
    for (const [cells, at, op] of rows) {
      const change = { cells, at, op, was: null };
      if (this.places.length) {
        const key = JSON.stringify(this.places.map(place => cells[place]));
        change.was = this.#byKey.get(key)?.cells ?? null;
        this.#byKey.delete(key);
        this.#byKey.set(key, change);
        if (this.#byKey.size > KEPT) { this.#byKey.delete(this.#byKey.keys().next().value); this.dropped++; }
      }
      this.changes.push(change);
    }
    const over = this.changes.length - KEPT;
    if (over > 0) { this.changes.splice(0, over); this.dropped += this.places.length ? 0 : over; }
  }
  // newest first; table: one row a key
  shown(asTable, filter = "") {
    const rows = asTable && this.places.length ? [...this.#byKey.values()] : this.changes;
    const text = filter.toLowerCase();
    const fitting = text ? rows.filter(({ cells }) => cells.some(cell => cell != null && cell.toLowerCase().includes(text))) : rows;
    return fitting.slice().reverse();
  }
}

export const isNumber = type => /^(INTEGER|INT|BIGINT|DOUBLE|DECIMAL)/.test(type);

// per column: how many values, how many null, different ones, least and greatest
export function statistics(columns, rows) {
  return columns.map(({ name, type }, at) => {
    const values = rows.map(({ cells }) => cells[at]), known = values.filter(value => value != null);
    const numbers = isNumber(type) ? known.map(Number).filter(Number.isFinite) : [];
    const sum = numbers.reduce((a, b) => a + b, 0);
    return {
      name, type, rows: values.length, nulls: values.length - known.length, different: new Set(known).size,
      least: numbers.length ? numbers.reduce((a, b) => Math.min(a, b)) : null, greatest: numbers.length ? numbers.reduce((a, b) => Math.max(a, b)) : null,
      mean: numbers.length ? sum / numbers.length : null,
    };
  });
}

// lines over time: the last numeric column, one line for each value of the columns before that are keys (at most eight)
export function lines(columns, key, changes) {
  const at = columns.findLastIndex(({ name, type }) => isNumber(type) && !key.includes(name));
  if (at < 0) return { column: null, series: [] };
  const places = key.map(name => columns.findIndex(column => column.name === name)), found = new Map();
  for (const { cells, at: time } of changes) {
    const name = places.map(place => cells[place] ?? "null").join(", ") || columns[at].name;
    if (!found.has(name) && found.size >= 8) continue;
    const line = found.get(name) || { name, times: [], values: [] };
    found.set(name, line);
    line.times.push(time);
    line.values.push(cells[at] == null ? null : Number(cells[at]));
  }
  return { column: columns[at].name, series: [...found.values()] };
}

const quoted = value => /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
const guarded = value => /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;

export function csv(columns, rows) {
  const line = cells => cells.map(cell => cell == null ? "" : quoted(guarded(cell))).join(",");
  return [line(columns.map(({ name }) => name)), ...rows.map(({ cells }) => line(cells))].join("\r\n") + "\r\n";
}

export function ndjson(columns, rows) {
  const value = (cell, type) => cell == null ? "null" : isNumber(type) && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(cell) ? cell : /^(ARRAY|MAP|STRUCT)/.test(type) && !cell.endsWith("…") ? cell : type === "BOOLEAN" ? cell : JSON.stringify(cell);
  return rows.map(({ cells }) => `{${columns.map(({ name, type }, i) => `${JSON.stringify(name)}:${value(cells[i], type)}`).join(",")}}`).join("\n") + "\n";
}
