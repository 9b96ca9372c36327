/* Events as the marks of a chart. Those that fall together stand as one mark, named by the weightiest of them:
   a broker that goes moves the leaders of many topics at once. → [{at: Date, label, text}], oldest first. */
const WEIGHTS = ["cluster_replaced", "broker_gone", "broker_fenced", "broker_left", "broker_back", "broker_unfenced", "controller_moved",
  "topic_deleted", "topic_recreated", "topic_created", "partitions_added", "config_changed", "group_state_changed", "leader_moved", "isr_shrank", "isr_grew"];
const MARKS = 60;        // of the width of a chart: two closer than a sixtieth cannot be told apart

const weight = ({ kind }) => { const at = WEIGHTS.indexOf(kind); return at < 0 ? WEIGHTS.length : at; };

export function bundle(events, spanMs) {
  const bundles = [];
  for (const event of [...events].sort((a, b) => a.at_ms - b.at_ms)) {
    if (bundles.length && event.at_ms - bundles.at(-1)[0].at_ms <= spanMs / MARKS) bundles.at(-1).push(event);
    else bundles.push([event]);
  }
  return bundles.map(all => {
    const first = all.reduce((best, event) => weight(event) < weight(best) ? event : best);
    return { at: new Date(all[0].at_ms), label: first.kind.replace(/[_-]/g, " "), text: all.length > 1 ? `${first.text} And ${all.length - 1} more.` : first.text };
  });
}
