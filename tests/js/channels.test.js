/* What a tab shows when frames are lost, doubled, late, held or refused. */
import assert from "node:assert/strict";
import test from "node:test";
import { Channels } from "../../static/js/live/channels.js";

const CH = "demo/topics";
const snapshot = (seq, records, stream = "s1") =>
  ({ ch: CH, kind: "snapshot", seq, version: 100 + seq, stream, tables: { topics: { columns: ["records"], keys: ["rides"], rows: [[records]] } } });
const delta = (seq, records, more = {}) =>
  ({ ch: CH, kind: "delta", seq, version: 100 + seq, tables: { topics: { set: { rides: { records } } } }, ...more });

function setUp() {
  const sent = [], frames = [], seen = [];
  const channels = new Channels(frame => sent.push(frame), draw => frames.push(draw));
  const stop = channels.subscribe(CH, ({ tables, closed }) => seen.push(closed ?? tables.topics.get("rides").records));
  return { channels, sent, seen, stop, draw: () => frames.splice(0).forEach(frame => frame()), waiting: frames };
}

test("a channel is asked for once and shown after a frame of the screen", () => {
  const { channels, sent, seen, draw } = setUp();
  channels.subscribe(CH, () => {});
  channels.take(snapshot(0, 1));
  assert.deepEqual(seen, []);
  draw();
  assert.deepEqual(sent, [{ do: "subscribe", ch: CH, version: null, stream: null }]);
  assert.deepEqual(seen, [1]);
});

test("many changes within one frame of the screen are drawn once", () => {
  const { channels, seen, draw, waiting } = setUp();
  channels.take(snapshot(0, 1));
  for (let seq = 1; seq <= 50; seq++) channels.take(delta(seq, seq));
  assert.equal(waiting.length, 1);
  draw();
  assert.deepEqual(seen, [50]);
});

test("a change that came twice counts once", () => {
  const { channels, seen, draw } = setUp();
  [snapshot(0, 1), delta(1, 2), delta(2, 3), delta(1, 2)].forEach(frame => channels.take(frame));
  draw();
  assert.deepEqual(seen, [3]);
});

test("a merged change that covers what was seen leads on", () => {
  const { channels, seen, draw } = setUp();
  [snapshot(0, 1), delta(1, 2), delta(4, 5, { after: 0 })].forEach(frame => channels.take(frame));
  draw();
  assert.deepEqual(seen, [5]);
});

for (const [name, frame] of [["a lost change", delta(2, 9)], ["a merged change that starts too late", delta(5, 9, { after: 2 })], ["a gap told by the server", { ch: CH, kind: "gap", seq: 7, version: 107 }]])
  test(`${name} asks for the whole, and the old rows stay until it comes`, () => {
    const { channels, sent, seen, draw } = setUp();
    channels.take(snapshot(0, 1));
    channels.take(frame);
    channels.take(delta(8, 8));   // leads on from what we do not have
    draw();
    assert.deepEqual(seen, [1]);
    assert.deepEqual(sent.at(-1), { do: "subscribe", ch: CH, version: null, stream: null });
    assert.equal(sent.length, 2);
    channels.take(snapshot(8, 8));
    draw();
    assert.deepEqual(seen, [1, 8]);
  });

test("a new socket takes up the stream where it was", () => {
  const { channels, sent, seen, draw } = setUp();
  channels.take(snapshot(0, 1));
  channels.take(delta(1, 2));
  channels.again();
  assert.deepEqual(sent.at(-1), { do: "subscribe", ch: CH, version: 101, stream: "s1" });
  channels.take(delta(2, 3));
  draw();
  assert.deepEqual(seen, [3]);
});

test("another server's stream starts over with its snapshot", () => {
  const { channels, seen, draw } = setUp();
  channels.take(snapshot(40, 1));
  channels.again();
  channels.take(snapshot(0, 7, "s2"));
  channels.take(delta(1, 8));
  draw();
  assert.deepEqual(seen, [8]);
});

test("while paused frames are applied and counted, and shown at once on resume", () => {
  const { channels, seen, draw } = setUp();
  channels.take(snapshot(0, 1));
  draw();
  channels.pause();
  for (let seq = 1; seq <= 3; seq++) channels.take(delta(seq, seq * 10));
  draw();
  assert.deepEqual([seen, channels.held], [[1], 3]);
  channels.resume();
  draw();
  assert.deepEqual([seen, channels.held], [[1, 30], 0]);
});

test("pausing between a frame and its drawing holds the drawing", () => {
  const { channels, seen, draw } = setUp();
  channels.take(snapshot(0, 1));
  channels.pause();
  draw();
  assert.deepEqual(seen, []);
  channels.resume();
  draw();
  assert.deepEqual(seen, [1]);
});

test("a closed channel says why, empties, and is not asked for again", () => {
  const { channels, sent, seen, draw } = setUp();
  channels.take(snapshot(0, 1));
  channels.take({ ch: CH, kind: "closed", reason: "absent" });
  draw();
  channels.again();
  assert.deepEqual([seen, sent.length], [["absent"], 1]);
});

test("the last listener's end leaves the channel; frames on the way are dropped", () => {
  const { channels, sent, seen, stop, draw } = setUp();
  channels.take(snapshot(0, 1));
  stop();
  channels.take(delta(1, 2));
  draw();
  assert.deepEqual(sent.at(-1), { do: "unsubscribe", ch: CH });
  assert.deepEqual(seen, []);
});

test("a followed stream begins again on a new socket and gets its own frames", () => {
  const { channels, sent } = setUp(), got = [];
  const end = channels.follow("tail:1", { do: "tail", ch: "tail:1" }, { do: "untail", ch: "tail:1" }, frame => got.push(frame.kind));
  channels.again();
  channels.take({ ch: "tail:1", kind: "rows" });
  end();
  channels.take({ ch: "tail:1", kind: "rows" });
  assert.deepEqual(sent.filter(frame => frame.ch === "tail:1").map(frame => frame.do), ["tail", "tail", "untail"]);
  assert.deepEqual(got, ["rows"]);
});
