import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../../static/js/lib/filter.js";

const NUMBER = "number";
const TOPICS = Object.fromEntries(Object.entries({
  name: ["name", "text"], health: ["health", "word", ["ok", "under_replicated", "under_min_isr", "offline", "unknown"]], internal: ["is_internal", "flag"],
  partitions: ["partitions", NUMBER], replication: ["replication_factor", NUMBER], records: ["records", NUMBER], size: ["size_bytes", "bytes"], size_bytes: ["size_bytes", "bytes"],
  in: ["records_per_s", NUMBER], groups: ["groups", NUMBER], lag: ["max_lag", NUMBER], idle: ["last_record_at_ms", "age"], cleanup: ["cleanup_policy", "text"],
  retention: ["retention_ms", "duration"], set: ["overridden", "list"],
}).map(([name, [column, kind, words = []]]) => [name, { column, kind, words }]));

const folder = new URL("../cases/filters/", import.meta.url);
for (const file of readdirSync(folder)) {
  const { rows, cases, now_ms: now } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  for (const { text, names, faults = [] } of cases) test(`${file}: ${text || "(empty)"}`, () => {
    const found = read(text, TOPICS, now);
    assert.deepEqual(rows.filter(found.matches).map(row => row.name), names);
    assert.deepEqual(found.faults.map(({ start, end, what }) => ({ start, end, what })), faults);
  });
}
