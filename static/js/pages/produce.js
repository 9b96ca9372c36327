/* Produce: fields that fit the chosen form, more headers, and a run's progress while it lasts. */
import { $, $$, h, say } from "../lib/dom.js";
import { grouped } from "../lib/format.js";

const BY_SCHEMA = ["avro", "protobuf", "jsonschema"], form = $("#record-form");

function fit(part) {
  const chosen = $("select", part).value, text = $("textarea", part), schema = $(".by-schema", part);
  schema.hidden = !BY_SCHEMA.includes(chosen);
  for (const button of $$("[data-sample]", part)) button.hidden = false;
  text.readOnly = chosen === "null";
}

async function sample(part) {
  const name = part.dataset.part, subject = $(`[name=${name}_subject]`, part), text = $("textarea", part);
  const asked = new URLSearchParams({ subject: subject.value || subject.placeholder, version: $(`[name=${name}_version]`, part).value });
  const answer = await fetch(`${form.dataset.sample}?${asked}`, { headers: { Accept: "application/json" } }).catch(() => null);
  const told = answer && await answer.json().catch(() => null);
  if (answer?.ok && told) text.value = told.text;
  else $("toast-stack").show({ title: told?.what || "There is no sample for this schema", text: told?.hint, tone: "bad" });
}

function row(result, root) {
  const place = result.state === "ok" ? h("a", { href: `${root}${result.partition}/${result.offset}/` }, `${result.partition}@${result.offset}`)
    : h("span", { class: result.state === "unknown" ? "warn-text" : "bad-text" }, `${result.state}: ${result.error} ${result.hint}`);
  return h("tr", {}, h("td", { class: "num dim" }, String(result.index + 1)), h("td", { class: "mono" }, place), h("td", { class: "num" }, result.latency_ms == null ? "–" : `${result.latency_ms} ms`));
}

function words(run) {
  const more = [run.failed && `${grouped(run.failed)} failed`, run.unknown && `${grouped(run.unknown)} unknown`].filter(Boolean).map(word => `, ${word}`).join("");
  return `${grouped(run.ok)}${run.total ? ` of ${grouped(run.total)}` : ""} written${more}${run.state === "running" || run.state === "waiting" ? " so far" : run.state === "done" ? "" : ` (${run.state})`}`;
}

async function follow(panel) {
  const stop = $("#stop-run"), token = $("[name=csrfmiddlewaretoken]").value;
  stop.hidden = false;
  stop.addEventListener("click", () => { stop.disabled = true; fetch(panel.dataset.run, { method: "POST", headers: { "X-CSRFToken": token } }); });
  for (;;) {
    const answer = await fetch(panel.dataset.run, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      const run = await answer.json();
      say($("#run-status"), words(run));
      $("#run-results").replaceChildren(...run.results.map(result => row(result, panel.dataset.records)));
      if (!["running", "waiting"].includes(run.state)) break;
    } else if (answer) break;
    await new Promise(done => setTimeout(done, 500));
  }
  stop.hidden = true;
  say($("#result-title"), "Ended");
}

for (const part of $$(".part")) {
  $("select", part).addEventListener("change", () => fit(part));
  $("[data-sample]", part).addEventListener("click", () => sample(part));
  fit(part);
}
const more = $("#more-headers");
more.hidden = false;
more.addEventListener("click", () => {
  const last = $("#headers").lastElementChild, next = last.cloneNode(true);
  for (const input of $$("input", next)) input.value = "";
  $("#headers").append(next);
  $("input", next).focus();
});
const result = $("#result");
if (result?.dataset.state === "running") follow(result);
