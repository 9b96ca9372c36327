/* A part of a histogram: what keys choose, and what address reads it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { found, mark, narrowed, step, times } from "../../static/js/lib/brush.js";
import { histogram } from "../../static/js/lib/scan.js";

test("arrow keys choose a bar, Shift makes it more, and nothing leaves the picture", () => {
  let picked = step(null, "ArrowRight", false, 4);
  assert.deepEqual(picked, { anchor: 0, head: 0 });
  picked = step(step(picked, "ArrowRight", false, 4), "ArrowRight", true, 4);
  assert.deepEqual(picked, { anchor: 1, head: 2 });
  assert.deepEqual(step(step(picked, "ArrowRight", true, 4), "ArrowRight", true, 4), { anchor: 1, head: 3 });
  assert.deepEqual(step(picked, "Home", true, 4), { anchor: 1, head: 0 });
  assert.deepEqual(step(null, "ArrowLeft", false, 4), { anchor: 3, head: 3 });
  assert.equal(step(picked, "x", false, 4), null);
});

test("the time of bars holds exactly the records they show", () => {
  const stamps = Array.from({ length: 997 }, (_, i) => 1_700_000_000_000 + (i * 7919) % 100_003);
  const bars = histogram(stamps, 13);
  for (let anchor = 0; anchor < 13; anchor++) for (let head = 0; head < 13; head++) {
    const { from, to } = times(bars, { anchor, head });
    assert.equal(stamps.filter(ms => ms >= from && ms < to).length, found(bars, { anchor, head }), `${anchor} to ${head}`);
  }
});

test("the address asks the same of that time alone, and keeps the order", () => {
  const range = { from: 1_700_000_000_000, to: 1_700_000_060_001 };
  const told = new URLSearchParams(narrowed("filter=a%26b&mode=expression&search=abc&n=50&column=value.x", range));
  assert.deepEqual(Object.fromEntries(told), {
    filter: "a&b", mode: "expression", n: "50", column: "value.x", order: "newest",
    from: "time", at: "2023-11-14T22:13:20.000Z", until: "time", to: "2023-11-14T22:14:20.001Z",
  });
  assert.equal(new URLSearchParams(narrowed("from=oldest", range)).get("order"), null);
  const key = new URLSearchParams(narrowed("from=key&key=k1&key_as=hex", range));
  assert.deepEqual([key.get("key"), key.get("key_as"), key.get("from"), key.get("order")], ["k1", "hex", "time", "newest"]);
  assert.equal(new URLSearchParams(narrowed("", { from: 0, to: 400_000_000_000_000 })).get("to"), "400000000000000");
});

test("marks are as fine as the span needs", () => {
  const at = Date.UTC(2026, 10, 22, 14, 29, 58, 412);
  assert.equal(mark(at, 3 * 86_400_000, "utc"), "11-22 14:29");
  assert.equal(mark(at, 3_600_000, "utc"), "14:29");
  assert.equal(mark(at, 60_000, "utc"), "14:29:58");
  assert.equal(mark(at, 900, "utc"), "14:29:58.412");
  assert.equal(mark(9e15, 900, "utc"), "9000000000000000");
});
