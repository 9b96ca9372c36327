/* Events as marks of a chart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bundle } from "../../static/js/lib/marks.js";

const HOUR = 3600000, event = (at_ms, kind, text = kind) => ({ at_ms, kind, text });

test("each event that stands alone is a mark", () => {
  const found = bundle([event(HOUR / 2, "topic_created", "Topic b was created."), event(0, "config_changed")], HOUR);
  assert.deepEqual(found.map(({ at, label, text }) => [at.getTime(), label, text]), [[0, "config changed", "config_changed"], [HOUR / 2, "topic created", "Topic b was created."]]);
});

test("what falls together is one mark, named by the weightiest, at the time of the first", () => {
  const found = bundle([event(1000, "leader_moved"), event(1500, "broker_gone", "Broker 2 stopped answering us."), event(9000, "isr_shrank")], HOUR);
  assert.deepEqual(found.map(({ at, text }) => [at.getTime(), text]), [[1000, "Broker 2 stopped answering us. And 2 more."]]);
});

test("the same events are apart on a shorter span", () => assert.equal(bundle([event(0, "leader_moved"), event(9000, "leader_moved")], 60000).length, 2));

test("a kind of our own is the lightest and told in words", () => {
  assert.equal(bundle([event(0, "create-topic")], HOUR)[0].label, "create topic");
  assert.equal(bundle([event(0, "create-topic"), event(1, "topic_created")], HOUR)[0].label, "topic created");
});

test("no event, no mark", () => assert.deepEqual(bundle([], HOUR), []));
