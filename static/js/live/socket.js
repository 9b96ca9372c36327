/* One websocket a tab: hello with a fresh ticket, back after a loss with jitter, down after 5 s without any frame.
   Says by onUp that it is welcome (ask again for what you had), by onDown(reason) that it is not. */
const SILENCE_MS = 5000, FIRST_MS = 500, LONGEST_MS = 30000;

export class Socket {
  #given; #socket = null; #tries = 0; #silence = 0; #retry = 0; #isWelcome = false; #isOver = false;

  // open(): a WebSocket. ticket(): a promise of a ticket; a rejection with .isFinal ends the trying
  constructor({ open, ticket, tab, onFrame, onUp, onDown, wait = setTimeout, stop = clearTimeout, random = Math.random }) {
    this.#given = { open, ticket, tab, onFrame, onUp, onDown, wait: (...a) => wait(...a), stop: id => stop(id), random };
  }

  async start() {
    const { ticket, open, tab } = this.#given;
    this.#silence = this.#given.wait(() => this.#lose("silent"), SILENCE_MS);
    try {
      const given = await ticket(), socket = this.#socket = open();
      socket.onopen = () => { if (socket === this.#socket) socket.send(JSON.stringify({ do: "hello", ticket: given, tab })); };
      socket.onmessage = e => { if (socket === this.#socket) this.#take(JSON.parse(e.data)); };
      socket.onclose = () => { if (socket === this.#socket) this.#lose("closed"); };
    } catch (problem) {
      this.#isOver = Boolean(problem.isFinal);
      this.#lose(problem.isFinal ? "signed_out" : "unreachable");
    }
  }

  send(frame) {
    if (this.#isWelcome) this.#socket.send(JSON.stringify(frame));
    return this.#isWelcome;
  }

  // Try at once instead of after the wait: the page came back to the front, or the network did
  hurry() {
    if (!this.#retry) return;
    this.#given.stop(this.#retry);
    this.#again();
  }

  #take(frame) {
    const { stop, wait, onUp, onFrame } = this.#given;
    stop(this.#silence);
    this.#silence = wait(() => this.#lose("silent"), SILENCE_MS);
    if (frame.kind !== "welcome") return onFrame(frame);
    this.#isWelcome = true;
    this.#tries = 0;
    onUp();
  }

  #lose(reason) {
    const { stop, wait, random, onDown } = this.#given, lost = this.#socket;
    stop(this.#silence);
    this.#socket = null;
    this.#isWelcome = false;
    lost?.close();
    onDown(reason);
    if (this.#isOver || this.#retry) return;
    const most = Math.min(LONGEST_MS, 2000 * 2 ** this.#tries++);   // spread, or a restarted server meets all tabs at once
    this.#retry = wait(() => this.#again(), FIRST_MS + random() * (most - FIRST_MS));
  }

  #again() {
    this.#retry = 0;
    this.start();
  }
}
