/* Beside the filter's line: one's saved filters, and three fields that make a condition. */
import { literal } from "../elements/leaf-menu.js";
import { $, h, icon } from "./dom.js";

const CALLS = new Set(["contains", "startsWith", "matches"]);

// three fields → a condition of the filter language; "" when something is missing
export function condition(path, operator, value) {
  if (!path) return "";
  if (operator === "has") return `has(${path})`;
  const given = /^-?\d+(\.\d+)?$/.test(value) || /^(true|false|null)$/.test(value) ? value : literal(JSON.stringify(value));
  return CALLS.has(operator) ? `${path}.${operator}(${JSON.stringify(value)})` : `${path} ${operator} ${given}`;
}

export function builder(add) {
  const box = $("#builder");
  box.hidden = false;
  $("#b-add").addEventListener("click", () => {
    const made = condition($("#b-path").value.trim(), $("#b-operator").value, $("#b-value").value);
    if (!made) return $("#b-path").focus();
    add(made);
    box.open = false;
    $("#filter").focus();
  });
}

export function savedFilters(input, mode, run) {
  const box = $("#saved"), menu = $(".drop-menu", box), { url } = menu.dataset;
  const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] || $("[name=csrfmiddlewaretoken]")?.value || "";
  box.hidden = false;
  const post = fields => fetch(url, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" }, body: new URLSearchParams(fields) });
  const ask = async answer => {
    const told = await (await answer).json().catch(() => null);
    if (!told?.filters) return $("toast-stack").show({ title: told?.what || "The saved filters cannot be read", text: told?.hint, tone: "bad" });
    menu.replaceChildren(...told.filters.map(filter => h("div", { class: "saved-filter" },
      h("button", { type: "button", on: { click: () => { input.value = filter.text; mode.value = filter.mode; run(); } } }, h("span", {}, filter.name, h("small", { class: "mono" }, filter.text))),
      h("button", { type: "button", "aria-label": `Remove ${filter.name}`, on: { click: () => ask(post({ do: "remove", name: filter.name })) } }, icon("trash-2")))),
    h("form", { class: "save-filter", on: { submit: e => { e.preventDefault(); const name = $("input", e.target); ask(post({ do: "save", name: name.value, text: input.value, mode: mode.value })); } } },
      h("input", { class: "input", "aria-label": "Name of this filter", placeholder: "Name of this filter" }), h("button", { class: "button" }, "Save")));
  };
  box.addEventListener("toggle", () => { if (box.open) ask(fetch(url, { headers: { Accept: "application/json" } })); });
}
