/* The socket against a WebSocket and a clock of our own. */
import assert from "node:assert/strict";
import test from "node:test";
import { Socket } from "../../static/js/live/socket.js";

class Wire {
  sent = []; isClosed = false;
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.isClosed = true; }
  say(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
}

class Clock {
  now = 0; #timers = new Map(); #next = 1;
  wait = (what, ms) => { this.#timers.set(this.#next, { what, at: this.now + ms }); return this.#next++; };
  stop = id => this.#timers.delete(id);
  due() { return Math.min(...[...this.#timers.values()].map(timer => timer.at)); }
  async pass(ms) {
    for (const end = this.now + ms; ;) {
      const at = this.due();
      this.now = Math.min(at, end);
      if (at > end) break;
      for (const [id, timer] of this.#timers) if (timer.at <= this.now) { this.#timers.delete(id); timer.what(); }
      await settled();
    }
    await settled();
  }
}

const settled = () => new Promise(setImmediate);

async function setUp({ random = () => 0, ticket = async () => "t" } = {}) {
  const wires = [], told = [], frames = [], clock = new Clock();
  const open = () => { const wire = new Wire(); wires.push(wire); return wire; };
  const socket = new Socket({
    open, ticket, tab: "tab", random, wait: clock.wait, stop: clock.stop,
    onFrame: frame => frames.push(frame), onUp: () => told.push("up"), onDown: reason => told.push(reason),
  });
  await socket.start();
  return { socket, wires, told, frames, clock, welcome: (wire = wires.at(-1)) => { wire.onopen(); wire.say({ kind: "welcome" }); } };
}

test("the first frame is the hello, and nothing else goes before the welcome", async () => {
  const { socket, wires, told, welcome } = await setUp();
  assert.equal(socket.send({ do: "subscribe" }), false);
  welcome();
  assert.equal(socket.send({ do: "subscribe" }), true);
  assert.deepEqual(wires[0].sent, [{ do: "hello", ticket: "t", tab: "tab" }, { do: "subscribe" }]);
  assert.deepEqual(told, ["up"]);
});

test("five seconds without any frame are a loss; a beat in time is none", async () => {
  const { wires, told, clock, welcome } = await setUp();
  welcome();
  await clock.pass(4900);
  wires[0].say({ kind: "beat" });
  await clock.pass(4900);
  assert.deepEqual(told, ["up"]);
  await clock.pass(200);
  assert.deepEqual(told, ["up", "silent"]);
  assert.equal(wires[0].isClosed, true);
});

test("after a loss it comes back with a new ticket, and hears nothing from the old wire", async () => {
  const tickets = ["one", "two"];
  const { wires, told, frames, clock, welcome } = await setUp({ ticket: async () => tickets.shift() });
  welcome();
  wires[0].onclose();
  await clock.pass(500);
  welcome();
  wires[0].say({ kind: "delta" });
  wires[0].onclose();
  assert.deepEqual(wires[1].sent[0].ticket, "two");
  assert.deepEqual([told, frames], [["up", "closed", "up"], []]);
});

test("waits grow, are spread, and never pass thirty seconds", async () => {
  const spread = async random => {
    const { wires, clock } = await setUp({ random: () => random }), waits = [];
    for (let i = 0; i < 8; i++) {
      const before = clock.now, many = wires.length;
      wires.at(-1).onclose();
      while (wires.length === many) await clock.pass(clock.due() - clock.now);
      waits.push(clock.now - before);
    }
    return waits;
  };
  assert.deepEqual(await spread(1), [2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]);
  assert.deepEqual(await spread(0), Array(8).fill(500));
});

test("a welcome makes the next wait short again", async () => {
  const { wires, clock, welcome } = await setUp({ random: () => 1 });
  wires[0].onclose();
  await clock.pass(2000);
  wires[1].onclose();
  await clock.pass(4000);
  welcome();
  wires[2].onclose();
  await clock.pass(2000);
  assert.equal(wires.length, 4);
});

test("without a session it stops trying and says so", async () => {
  const { wires, told, clock } = await setUp({ ticket: async () => { throw Object.assign(new Error("401"), { isFinal: true }); } });
  await settled();
  assert.equal(clock.due(), Infinity);
  assert.deepEqual([wires, told], [[], ["signed_out"]]);
});

test("a server that is away is tried again, at once when hurried", async () => {
  let isAway = true;
  const { socket, wires, told, clock } = await setUp({ random: () => 1, ticket: async () => { if (isAway) throw new Error("502"); return "t"; } });
  assert.deepEqual(told, ["unreachable"]);
  isAway = false;
  socket.hurry();
  await settled();
  assert.equal(wires.length, 1);
  await clock.pass(2000);
  assert.equal(wires.length, 1);
});
