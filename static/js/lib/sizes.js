/* The chart of each broker's size over time, on the overview and on the page of brokers: #sizes, its legend and its unit. */
import { $, h, say } from "./dom.js";
import { scale } from "./format.js";
import { follow } from "./history.js";

const TONES = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"], MOST = 12;        // series one question may ask for
let stop = null, followed = "";

/* Follows the brokers of these rows from now on; the same brokers again change nothing. */
export function sizes(rows) {
  const ids = rows.map(row => row.broker).sort((a, b) => a - b).slice(0, MOST);
  if (!$("#sizes") || !ids.length || followed === ids.join()) return;
  followed = ids.join();
  stop?.();
  $("#size-legend")?.replaceChildren(...ids.map((id, i) => h("span", {}, h("i", { class: TONES[i % 8] }), `broker ${id}`)));
  stop = follow(ids.map(id => `broker.size_bytes/${id}`), series => draw(ids, series), { everySeconds: 30, events: "brokers" });
}

function draw(ids, series) {
  const own = ids.map(id => series[`broker.size_bytes/${id}`]), [unit, size] = scale(own.flatMap(({ values }) => values));
  say($("#size-unit"), unit.trim());
  $("#sizes").show({
    unit, digits: size === 1 ? 0 : 1, span: series.span, marks: series.marks, left: 84,
    series: ids.map((id, i) => ({ name: `broker ${id}`, tone: `--${TONES[i % 8]}`, times: own[i].times, values: own[i].values.map(v => v == null ? null : v / size) })),
  });
}
