/* The live tail: new rows from the top, sampled honestly; paused, the server keeps the newest ten thousand. */
import { row } from "../elements/message-list.js";
import { $, say } from "./dom.js";
import { Rate, words } from "./tail.js";
import { follow, say as tell, watch } from "../live/state.js";

const KEPT = 1000;

export function live({ view, body, options, add }) {
  const { cluster } = document.body.dataset, { topic, partitions, query } = view.dataset, ch = `tail/${cluster}/${topic}`;
  const line = $("#account"), rate = new Rate(), list = $(".data-table", view);
  const begin = { do: "tail", ch, cluster, topic, partitions: numbers(partitions), query };
  let dropped = 0, problem = "";
  const strip = () => say(line, problem || `Live · ${words(rate.at(performance.now()), dropped)}`);
  const hear = frame => {
    if (frame.kind === "closed") problem = frame.reason === "absent" ? "This topic may not be read." : `Live ended: ${frame.reason}`;
    if (frame.kind === "following") problem = "";
    if (frame.kind === "rows") {
      rate.add(frame.rows.length, frame.seen, performance.now());
      dropped += frame.dropped;
      const fresh = [...frame.rows].reverse(), now = Date.now();
      add(fresh);
      const drawn = fresh.map(message => row(message, { ...options, now }));
      for (const tr of drawn) tr.classList.add("is-new");
      body.prepend(...drawn);
      while (body.rows.length > KEPT) body.lastElementChild.remove();
      if (frame.rows.length) $("#nothing").hidden = true;
      list.dataset.received = Number(list.dataset.received || 0) + frame.seen;
    }
    strip();
  };
  follow(ch, begin, { do: "untail", ch }, hear);
  setInterval(strip, 1000);
  let was = "";
  watch(({ state }) => {
    if (was && state !== was && state !== "offline") tell({ do: state === "paused" ? "pause" : "resume", ch });
    was = state;
  });
}

function numbers(text) {
  if (!text.trim()) return null;
  return text.split(",").flatMap(word => {
    const [low, high = low] = word.split("-").map(Number);
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);
  });
}
