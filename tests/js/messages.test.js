/* What a search tells, and what a filter's line offers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { histogram, instant, sums, words } from "../../static/js/lib/scan.js";

const progress = { records: 41_800_000, bytes: 1 << 20, matched: 1284, undecodable: 0, share: 0.5, records_per_s: 1_000_000, eta_s: 12, holes: 0, behind: 0 };

test("a running search says how far it is, and a complete one that all was read", () => {
  assert.equal(words(progress, "reading").replace(/\s/g, " "), "1,284 match of 41.8 M scanned · 1.0 MiB · 50 % of the range · 1.0 M records/s · 12 s left");
  assert.match(words({ ...progress, share: 1 }, null), /100 % of the range read$/);
  assert.match(words({ ...progress, behind: 4 }, null), /4 behind an open transaction/);
});

test("a search that is not complete never says 100 %", () => assert.match(words({ ...progress, share: 0.99999 }, null), /99\.9 %/));

test("bars hold every record with a time", () => {
  const found = histogram([0, 5, 10, null, -1, 10], 2);
  assert.deepEqual(found.counts, [1, 3]);
  assert.equal(histogram([5, 5]), null);
});

test("ten thousand stamps do not overflow the stack", () => assert.equal(histogram(Array.from({ length: 300_000 }, (_, i) => i), 3).counts.length, 3));

test("an instant is told in the chosen way, and an impossible one as its number", () => {
  assert.equal(instant(1_700_000_000_123, "utc", 0), "22:13:20.123");
  assert.equal(instant(1_700_000_000_123, "epoch", 0), "1700000000123");
  assert.equal(instant(9_000_000_000_000_000, "utc", 0), "9000000000000000");
  assert.equal(instant(-1, "utc", 0), "–");
});

test("keys are counted apart, null ones too", () => {
  const key = text => ({ format: "text", text, size_bytes: 1 });
  assert.match(sums([{ key: key("a"), value: null }, { key: key("a"), value: null }, { key: { format: "null", text: "", size_bytes: 0 }, value: null }]), /^3 shown · 2 B · 1 different key · 1 without a key$/);
});
