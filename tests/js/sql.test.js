/* Rows of a push query in the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, KEPT, lines, ndjson, Rows, statistics } from "../../static/js/sql/rows.js";

const columns = [{ name: "K", type: "STRING" }, { name: "N", type: "BIGINT" }];

test("a table shows the newest row of each key, changes show all", () => {
  const rows = new Rows(columns, ["K"]);
  rows.add([[["a", "1"], 1, "+"], [["b", "1"], 2, "+"], [["a", "2"], 3, "+"]]);
  assert.deepEqual(rows.shown(true).map(({ cells }) => cells), [["a", "2"], ["b", "1"]]);
  assert.equal(rows.shown(false).length, 3);
  assert.deepEqual(rows.shown(true)[0].was, ["a", "1"]);
});

test("the oldest rows leave and are counted", () => {
  const rows = new Rows(columns, []);
  rows.add(Array.from({ length: KEPT + 7 }, (_, i) => [["x", String(i)], i, "+"]));
  assert.equal(rows.changes.length, KEPT);
  assert.equal(rows.dropped, 7);
  assert.equal(rows.shown(false)[0].cells[1], String(KEPT + 6));
});

test("a download keeps numbers exact, and no cell becomes a formula", () => {
  const rows = [{ cells: ["=1+1", "9223372036854775807"] }, { cells: [null, "-5"] }, { cells: ['a "b", c', null] }];
  assert.equal(csv(columns, rows), 'K,N\r\n\'=1+1,9223372036854775807\r\n,-5\r\n"a ""b"", c",\r\n');
  assert.equal(ndjson(columns, rows), '{"K":"=1+1","N":9223372036854775807}\n{"K":null,"N":-5}\n{"K":"a \\"b\\", c","N":null}\n');
});

test("figures of a column count nulls apart", () => {
  const [, n] = statistics(columns, [{ cells: ["a", "1"] }, { cells: ["b", null] }, { cells: ["a", "3"] }]);
  assert.deepEqual([n.rows, n.nulls, n.different, n.least, n.greatest, n.mean], [3, 1, 2, 1, 3, 2]);
});

test("a chart draws the numbers by key over time", () => {
  const found = lines(columns, ["K"], [{ cells: ["a", "1"], at: 1 }, { cells: ["b", "5"], at: 2 }, { cells: ["a", "2"], at: 3 }]);
  assert.deepEqual(found.series.map(({ name, values }) => [name, values]), [["a", [1, 2]], ["b", [5]]]);
});

test("the statement under the cursor is found past comments, texts and names with semicolons", async () => {
  const { statements, statementAt, pairs } = await import("../../static/js/sql/script.js");
  const text = "-- a; b\nSELECT ';' FROM `x;y`; // c;\nSHOW STREAMS";
  assert.deepEqual(statements(text).map(span => text.slice(...span)), ["SELECT ';' FROM `x;y`;", "SHOW STREAMS"]);
  assert.equal(statementAt(text, text.length), "SHOW STREAMS");
  assert.equal(statementAt(text, 12), "SELECT ';' FROM `x;y`;");
  assert.equal(statementAt("", 0), "");
  assert.deepEqual(pairs("a=1\n b = x=y \nnothing"), { a: "1", b: "x=y" });
});
