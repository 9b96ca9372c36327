/* The samples behind a chart, as /history answers: {name: {times: [Date], values: [number | null]}}; null is a gap.
   `.span` is the whole range that was asked for, so that a young history does not fill the chart.
   events: what the marks are about (cluster, brokers, topic/…, group/…); `.marks` has them as lib/marks.js bundles them. */
import { bundle } from "./marks.js";

export async function read(series, { range = new URLSearchParams(location.search).get("range") || "1h", events = "" } = {}) {
  const query = new URLSearchParams([["range", range], ...series.map(name => ["series", name]), ...(events ? [["events", events]] : [])]);
  const answer = await fetch(`${document.body.dataset.root}history/?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`history answered ${answer.status}`);
  const found = await answer.json();
  for (const one of Object.values(found.series)) one.times = one.times.map(ms => new Date(ms));
  return Object.defineProperties(found.series, {
    span: { value: [new Date(found.since_ms), new Date(found.until_ms)] },
    marks: { value: bundle(found.events, found.until_ms - found.since_ms) },
  });
}

/* Asks now and then every few seconds, none in a hidden tab; a failed question leaves the last answer standing. */
export function follow(series, draw, { everySeconds = 10, events = "" } = {}) {
  const ask = async () => {
    if (document.hidden) return;
    let found;
    try { found = await read(series, { events }); } catch { return; }      // the connection chip tells it
    draw(found);
  };
  ask();
  const timer = setInterval(ask, everySeconds * 1000);
  document.addEventListener("visibilitychange", ask);
  return () => { clearInterval(timer); document.removeEventListener("visibilitychange", ask); };
}

/* Many series over the last hour, each thinned to a few points, as <spark-line> takes them: {name: "1.5,,2"}; a gap stays empty. */
export async function sparks(series, { root = document.body.dataset.root, points = 60 } = {}) {
  const query = new URLSearchParams([["range", "1h"], ["points", points], ...series.map(name => ["series", name])]);
  const answer = await fetch(`${root}history/?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`history answered ${answer.status}`);
  const { series: found } = await answer.json();
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, values.map(value => value ?? "").join()]));
}
