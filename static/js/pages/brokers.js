/* The list of brokers, live, and the size of each over time. */
import "../elements/time-chart.js";
import { draw } from "../lib/brokers.js";
import { $, say } from "../lib/dom.js";
import { sizes } from "../lib/sizes.js";
import { subscribe } from "../live/state.js";

subscribe(`${document.body.dataset.cluster}/brokers`, ({ tables }) => {
  const rows = [...(tables.brokers?.values() || [])], cluster = tables.cluster?.get("cluster");
  if (!rows.length) return;
  if (!$("#brokers")) return location.reload();              // the first broker has just become known
  draw(tables.brokers);
  say($("[data-fact=up]"), `${rows.filter(row => row.is_reachable).length} of ${rows.length}`);
  if (cluster) say($("[data-fact=controller]"), cluster.controller == null ? "?" : `broker ${cluster.controller}`);
  sizes(rows);
});
