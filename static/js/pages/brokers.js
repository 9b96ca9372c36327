/* The list of brokers, live, and the size of each over time. */
import "../elements/time-chart.js";
import { draw } from "../lib/brokers.js";
import { $, h, say } from "../lib/dom.js";
import { scale } from "../lib/format.js";
import { follow } from "../lib/history.js";
import { subscribe } from "../live/state.js";

const TONES = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
let stop = null, followed = "";

function sizes(ids) {
  if (!$("#sizes") || followed === ids.join()) return;
  followed = ids.join();
  stop?.();
  $("#size-legend").replaceChildren(...ids.map((id, i) => h("span", {}, h("i", { class: TONES[i % 8] }), `broker ${id}`)));
  stop = follow(ids.map(id => `broker.size_bytes/${id}`), series => {
    const own = ids.map(id => series[`broker.size_bytes/${id}`]), [unit, size] = scale(own.flatMap(({ values }) => values));
    say($("#size-unit"), unit.trim());
    $("#sizes").show({
      unit, digits: unit === " B" ? 0 : 1, span: series.span, marks: series.marks, left: 84,
      series: ids.map((id, i) => ({ name: `broker ${id}`, tone: `--${TONES[i % 8]}`, times: own[i].times, values: own[i].values.map(v => v == null ? null : v / size) })),
    });
  }, { everySeconds: 30, events: "brokers" });
}

subscribe(`${document.body.dataset.cluster}/brokers`, ({ tables }) => {
  const rows = [...(tables.brokers?.values() || [])], cluster = tables.cluster?.get("cluster");
  if (!rows.length) return;
  if (!$("#brokers")) return location.reload();              // the first broker has just become known
  draw(tables.brokers);
  say($("[data-fact=up]"), `${rows.filter(row => row.is_reachable).length} of ${rows.length}`);
  if (cluster) say($("[data-fact=controller]"), cluster.controller == null ? "?" : `broker ${cluster.controller}`);
  sizes(rows.map(row => row.broker).sort((a, b) => a - b).slice(0, 12));
});
