/* Messages: a click shows a record beside the list; Live lets new rows in from the top. */
import "../elements/json-view.js";
import { row } from "../elements/message-list.js";
import { $, $$, say } from "../lib/dom.js";
import { Rate, words } from "../lib/tail.js";
import { more } from "../keys.js";
import { follow, say as tell, watch } from "../live/state.js";

const view = $("#message-view"), body = $("#messages"), pane = $("#record"), KEPT = 1000;
let asked = 0;

/* One view of a JSON field at a time; without JavaScript the tree and the bytes are simply there. */
function choose(within) {
  for (const segment of $$(".field-view", within)) {
    segment.hidden = false;
    const parts = { tree: $(".as-tree", segment.parentElement), text: $(".as-text", segment.parentElement), hex: $(".as-hex", segment.parentElement) };
    segment.addEventListener("click", e => {
      const chosen = e.target.closest("button")?.dataset.show;
      if (!chosen) return;
      for (const button of $$("button", segment)) button.setAttribute("aria-pressed", button.dataset.show === chosen);
      parts.tree.hidden = chosen !== "tree";
      parts.text.hidden = chosen !== "text";
      parts.hex.open = chosen === "hex";
    });
  }
}

async function show(tr) {
  const mine = ++asked;
  for (const other of $$("tr[aria-selected=true]", body)) other.removeAttribute("aria-selected");
  tr.setAttribute("aria-selected", "true");
  tr.scrollIntoView({ block: "nearest" });
  const answer = await fetch(`${tr.dataset.href}?pane=1`, { headers: { Accept: "text/html" } }).catch(() => null);
  if (mine !== asked) return;
  if (!answer) return $("toast-stack").show({ title: "The server does not answer", tone: "bad" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  pane.replaceChildren(...page.body.childNodes);
  choose(pane);
}

function step(by) {
  const all = $$("tr[data-href]", body), at = all.findIndex(tr => tr.hasAttribute("aria-selected")), next = all[Math.max(0, at + by)];
  if (next) show(next);
  return Boolean(next);
}

function live() {
  const { cluster } = document.body.dataset, { topic, partitions } = view.dataset;
  const ch = `tail/${cluster}/${topic}`, records = view.dataset.records.replace(/messages\/$/, "records/");
  const line = $("#account"), rate = new Rate(), list = $(".data-table", view);
  const begin = { do: "tail", ch, cluster, topic, partitions: numbers(partitions) };
  let dropped = 0, problem = "";
  const strip = () => say(line, problem || `Live · ${words(rate.at(performance.now()), dropped)}`);
  const hear = frame => {
    if (frame.kind === "closed") problem = frame.reason === "absent" ? "This topic may not be read." : `Live ended: ${frame.reason}`;
    if (frame.kind === "following") problem = "";
    if (frame.kind === "rows") {
      rate.add(frame.rows.length, frame.seen, performance.now());
      dropped += frame.dropped;
      body.prepend(...frame.rows.map(message => row(message, records)).reverse());
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

choose(document);
if (view) {
  body.addEventListener("click", e => {
    const tr = e.target.closest("tr[data-href]");
    if (!tr || e.ctrlKey || e.metaKey || e.shiftKey || matchMedia("(max-width: 860px)").matches) return;
    e.preventDefault();
    show(tr);
  });
  pane.addEventListener("click", e => {
    const button = e.target.closest("[data-step]");
    if (button) step(Number(button.dataset.step));
  });
  more("Messages", [["ArrowDown", "Next message", () => step(1)], ["ArrowUp", "Previous message", () => step(-1)], ["y", "Copy the value", () => $("[data-target=value-text]")?.click()]]);
  if (view.dataset.start === "live") live();
}
