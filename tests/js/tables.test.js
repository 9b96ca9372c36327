/* The browser's copy of the delta law, on the same case files as pytest. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { apply, whole } from "../../static/js/live/tables.js";

const cases = new URL("../cases/delta/", import.meta.url);
const mapped = tables => Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, new Map(Object.entries(rows))]).filter(([, rows]) => rows.size));

for (const file of readdirSync(cases).sort())
  for (const { name, old, new: after, delta } of JSON.parse(readFileSync(new URL(file, cases), "utf8")))
    test(`${file}: ${name}`, () => assert.deepEqual(apply(mapped(old), delta.tables), mapped(after)));

test("a change leaves the tables it came from alone, and unchanged rows the same", () => {
  const old = mapped({ topics: { a: { n: 1 }, b: { n: 1 } }, groups: { g: { n: 1 } } });
  const after = apply(old, { topics: { set: { a: { n: 2 } } } });
  assert.equal(old.topics.get("a").n, 1);
  assert.equal(after.topics.get("b"), old.topics.get("b"));
  assert.equal(after.groups, old.groups);
});

test("a whole table comes back from columns, keys and rows", () => {
  const tables = whole({ topics: { columns: ["name", "records"], keys: ["a", "__proto__"], rows: [["a", null], ["__proto__", 3]] } });
  assert.deepEqual([...tables.topics], [["a", { name: "a", records: null }], ["__proto__", { name: "__proto__", records: 3 }]]);
});
