/* What this tab looks at. Frames are applied as they come; listeners are called at most once a frame of the screen, and
   not while paused. Anything lost shows as a gap in seq: the channel is asked for whole again. */
import { apply, whole } from "./tables.js";

export class Channels {
  #send; #draw; #onChange; #all = new Map(); #streams = new Map(); #dirty = new Set(); #isDrawing = false;
  isPaused = false;
  held = 0;

  // send(frame): false while there is no socket. draw: requestAnimationFrame. onChange(): paused, resumed or held moved
  constructor(send, draw, onChange = () => {}) {
    this.#send = send;
    this.#draw = draw;
    this.#onChange = onChange;
  }

  // listener({tables, version, closed}) is called at each change; tables: name → Map(key → row); closed: why it ended, or null
  subscribe(ch, listener) {
    let channel = this.#all.get(ch);
    if (!channel) {
      this.#all.set(ch, channel = { ch, listeners: new Set(), tables: {}, seq: -1, version: null, stream: null, closed: null });
      this.#ask(channel);
    } else if (channel.seq >= 0) this.#mark(channel);
    channel.listeners.add(listener);
    return () => {
      channel.listeners.delete(listener);
      if (channel.listeners.size || this.#all.get(ch) !== channel) return;
      this.#all.delete(ch);
      this.#send({ do: "unsubscribe", ch });
    };
  }

  // A conversation of its own, as a live tail: `begin` is sent now and after each reconnect, `end` when stopped
  follow(ch, begin, end, listener) {
    this.#streams.set(ch, { begin, listener });
    this.#send(begin);
    return () => {
      if (this.#streams.delete(ch)) this.#send(end);
    };
  }

  // A new socket: take up every channel where it was
  again() {
    for (const channel of this.#all.values()) if (!channel.closed || channel.closed === "rights_changed") this.#ask(channel);
    for (const { begin } of this.#streams.values()) this.#send(begin);
  }

  take(frame) {
    if (this.#streams.has(frame.ch)) return this.#streams.get(frame.ch).listener(frame);
    const channel = this.#all.get(frame.ch);
    if (!channel) return;
    if (frame.kind === "snapshot") Object.assign(channel, { tables: whole(frame.tables), seq: frame.seq, version: frame.version, stream: frame.stream, closed: null });
    else if (frame.kind === "closed") Object.assign(channel, { tables: {}, seq: -1, version: null, stream: null, closed: frame.reason });
    else if (frame.kind === "gap") return this.#lost(channel);
    else if (frame.kind !== "delta" || channel.seq < 0 || frame.seq <= channel.seq) return;   // not ours, waiting for a snapshot, or twice
    else if ((frame.after ?? frame.seq - 1) > channel.seq) return this.#lost(channel);
    else Object.assign(channel, { tables: apply(channel.tables, frame.tables), seq: frame.seq, version: frame.version });
    this.#mark(channel);
  }

  pause() {
    this.isPaused = true;
    this.#onChange();
  }

  resume() {
    this.isPaused = false;
    this.held = 0;
    this.#onChange();
    this.#plan();
  }

  #ask({ ch, version, stream }) {
    this.#send({ do: "subscribe", ch, version, stream });
  }

  #lost(channel) {
    Object.assign(channel, { seq: -1, version: null, stream: null });   // the rows stay in sight until the snapshot comes
    this.#ask(channel);
  }

  #mark(channel) {
    this.#dirty.add(channel);
    if (!this.isPaused) return this.#plan();
    this.held++;
    this.#onChange();
  }

  #plan() {
    if (this.#isDrawing || !this.#dirty.size) return;
    this.#isDrawing = true;
    this.#draw(() => this.#show());
  }

  #show() {
    this.#isDrawing = false;
    if (this.isPaused) return;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const { listeners, tables, version, closed } of dirty) for (const listener of listeners) listener({ tables, version, closed });
  }
}
