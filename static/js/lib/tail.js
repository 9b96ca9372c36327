/* A live tail's figures and its rows while paused. Pure: time is an argument. */
const SPAN_MS = 2000;

export class Rate {
  #marks = [];
  add(shown, seen, now) { this.#marks.push({ shown, seen, now }); }
  // records a second over the last two seconds: how many were shown, how many there were
  at(now) {
    while (this.#marks.length && now - this.#marks[0].now > SPAN_MS) this.#marks.shift();
    const sum = name => Math.round(this.#marks.reduce((all, mark) => all + mark[name], 0) * 1000 / SPAN_MS);
    return { shown: sum("shown"), seen: sum("seen") };
  }
}

/* What the strip says: every record is shown, or which share of them. */
export function words({ shown, seen }, dropped = 0) {
  const rate = shown < seen ? `showing ${shown.toLocaleString("en")} of ${seen.toLocaleString("en")} messages a second` : `${seen.toLocaleString("en")} messages a second`;
  return dropped ? `${rate} · ${dropped.toLocaleString("en")} dropped while paused` : rate;
}
