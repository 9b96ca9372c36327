import assert from "node:assert/strict";
import { test } from "node:test";
import { Rate, words } from "../../static/js/lib/tail.js";

test("a rate counts what was shown and what there was, over two seconds", () => {
  const rate = new Rate();
  rate.add(25, 1000, 0);
  rate.add(25, 1000, 1000);
  assert.deepEqual(rate.at(1500), { shown: 25, seen: 1000 });
  assert.deepEqual(rate.at(2500), { shown: 13, seen: 500 });
  assert.deepEqual(rate.at(9000), { shown: 0, seen: 0 });
});

test("sampling is said only when there is some", () => {
  assert.equal(words({ shown: 50, seen: 212431 }), "showing 50 of 212,431 messages a second");
  assert.equal(words({ shown: 3, seen: 3 }), "3 messages a second");
  assert.equal(words({ shown: 0, seen: 0 }, 12), "0 messages a second · 12 dropped while paused");
});
