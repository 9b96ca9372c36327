/* One broker: its state lives; its settings are asked for while the page is open, and drawn when they come. */
import { state, used } from "../lib/brokers.js";
import * as cells from "../lib/cells.js";
import { $, $$, say } from "../lib/dom.js";
import { grouped, rate } from "../lib/format.js";
import { subscribe } from "../live/state.js";

const { cluster, view } = document.body.dataset, id = view.split("/")[1];

function figure(name, value) { say($(`[data-figure=${name}] .value span`), value); }

function head(row) {
  $("#state").replaceChildren(cells.pill(state(row)));
  say($("[data-fact=latency]"), row.latency_ms == null ? "?" : `${row.latency_ms.toFixed(1)} ms`);
  if (row.seen_at_ms) $("#seen data-age")?.setAttribute("at", row.seen_at_ms);
  figure("leaders", grouped(row.leaders));
  figure("replicas", grouped(row.replicas));
  figure("under_replicated", grouped(row.under_replicated));
  figure("in", rate(row.records_per_s));
  figure("used", used(row) == null ? "?" : String(used(row)));
}

subscribe(`${cluster}/${view}`, ({ tables }) => {
  const row = tables.brokers?.get(id);
  if (row) head(row);
  if ($("#waiting") && tables.configs?.size) location.reload();   // the settings have come: the server draws them with their documentation
});

const find = $("#find-config");
find?.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase();
  for (const tr of $$("#configs tr")) tr.hidden = !tr.dataset.name.includes(wanted);
});
