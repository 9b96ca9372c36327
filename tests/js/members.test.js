/* Members of a group, as their page draws them live. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { arranged, spans } from "../../static/js/lib/members.js";

const member = (client_id, member_id, assignment, target = []) => ({ client_id, member_id, assignment, target });

test("partitions are told as spans", () => assert.equal(spans([0, 1, 2, 7, 9, 10]), "0–2, 7, 9–10"));
test("nothing held is no span", () => assert.equal(spans([]), ""));

test("members stand by client and id, what they hold by topic and number", () => {
  const found = arranged([member("b", "2", []), member("a", "9", []), member("a", "1", [["t", 10], ["t", 9], ["s", 3]])]);
  assert.deepEqual(found.map(m => [m.client_id, m.member_id]), [["a", "1"], ["a", "9"], ["b", "2"]]);
  assert.deepEqual(found[0].now, [["s", 3], ["t", 9], ["t", 10]]);
});

test("a member moves while what it is to hold differs from what it holds", () => {
  const moving = (now, target) => arranged([member("a", "1", now, target)])[0].isMoving;
  assert.equal(moving([["t", 0], ["t", 1]], [["t", 1], ["t", 0]]), false);
  assert.equal(moving([["t", 0]], [["t", 0], ["t", 1]]), true);
  assert.equal(moving([["t", 0], ["t", 1]], [["t", 0]]), true);
  assert.equal(moving([["t", 0]], []), false);        // the protocol tells no target
});
