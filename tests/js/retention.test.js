/* How full retention is: the same cases as tests/web/test_topic.py reads. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { filled } from "../../static/js/lib/retention.js";

for (const { name, row, time, size } of JSON.parse(readFileSync(new URL("../cases/retention/cases.json", import.meta.url), "utf8")))
  test(name, () => assert.deepEqual(filled(row, 10000), { time, size }));
