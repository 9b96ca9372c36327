/* Persistent queries: figures every two seconds, and what may be done with one. */
import { $, $$, h, say } from "../lib/dom.js";
import { count, grouped } from "../lib/format.js";

const root = $("#queries"), token = $("[name=csrfmiddlewaretoken]", root).value;
const rate = value => value == null ? "?" : `${count(value)}/s`;

function draw({ queries }) {
  for (const section of $$("[data-query]", root)) {
    const query = queries.find(({ id }) => id === section.dataset.query), fact = name => $(`[data-fact=${name}]`, section);
    if (!query) { say(fact("state"), "Terminated"); for (const button of $$("button", section)) button.hidden = true; continue; }
    say(fact("state"), query.state);
    say(fact("reason"), query.reason);
    say(fact("lag"), query.lag == null ? "?" : grouped(query.lag));
    say(fact("read_per_s"), rate(query.read_per_s));
    say(fact("written_per_s"), rate(query.written_per_s));
    say(fact("dropped"), query.dropped == null ? "?" : Object.entries(query.dropped).map(([kind, n]) => `${kind} ${grouped(n)}`).join(", ") || "0");
    if (query.log?.length) fact("log").replaceChildren(...query.log.map(([kind, text, cause, partition, offset]) => h("li", {}, `${kind} ${text} `, h("span", { class: "dim" }, `${cause}${partition == null ? "" : ` · partition ${partition}, offset ${offset}`}`))));
    $("[data-do=PAUSE]", section).hidden = query.wanted !== "RUNNING";
    $("[data-do=RESUME]", section).hidden = query.wanted === "RUNNING" && query.state !== "FAILED";
    $("[data-do=SKIP]", section).hidden = !query.stuck;
  }
}

async function ask(body) {
  const more = body ? { method: "POST", body: JSON.stringify(body), headers: { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "application/json" } } : { headers: { Accept: "application/json" } };
  const answer = await fetch(root.dataset.url, more).catch(() => null);
  const told = answer && await answer.json().catch(() => null);
  if (answer?.ok && told) draw(told);
  else if (body) $("toast-stack").show({ title: told?.what || "It could not be done", text: told?.hint, tone: "bad" });
}

root.addEventListener("click", e => {
  const button = e.target.closest("[data-do]");
  if (!button) return;
  const id = button.closest("[data-query]").dataset.query;
  if (button.dataset.do === "TERMINATE" && !button.classList.contains("sure")) { button.classList.add("sure"); button.lastChild.textContent = "Really terminate"; return; }
  ask({ id, action: button.dataset.do });
});
ask();
setInterval(() => document.hidden || ask(), 2000);
