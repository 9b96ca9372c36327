/* The tree of sources: its filter, and the columns of topics that have no stream, asked for when one is opened. */
import { $, $$, h } from "../lib/dom.js";

export function grow(tree, insert) {
  $("#tree-filter").addEventListener("input", e => { const text = e.target.value.toLowerCase(); for (const entry of $$("[data-name]", tree)) entry.hidden = !entry.dataset.name.toLowerCase().includes(text); });
  tree.addEventListener("click", e => { const leaf = e.target.closest("[data-insert]"); if (leaf) insert(leaf.dataset.insert); });
  for (const topic of $$("[data-columns]", tree)) topic.addEventListener("toggle", () => open(topic));
}

// once opened, and again after it failed: what the newest records tell
async function open(topic) {
  if (!topic.open || topic.dataset.is) return;
  topic.dataset.is = "asked";
  const said = h("p", { class: "none", role: "status" }, "Reading its newest records …");
  topic.append(said);
  const answer = await fetch(topic.dataset.columns, { headers: { Accept: "application/json" } }).catch(() => null);
  const told = answer && await answer.json().catch(() => null);
  if (answer?.ok && told) said.replaceWith(...told.columns.map(leaf), h("p", { class: "none" }, words(told)));
  else { said.textContent = told?.what || "The server does not answer"; topic.dataset.is = ""; topic.addEventListener("toggle", () => said.remove(), { once: true }); }
}

const leaf = ({ name, type }) => h("button", { type: "button", class: "leaf", "data-insert": name }, h("span", { class: "cut" }, name), h("span", { class: "type" }, type));

export function words({ records, notes }) {
  if (!records) return "It has no records to tell by.";
  return [`As its newest ${records === 1 ? "record tells" : `${records} records tell`}.`, ...notes].join(" ");
}
