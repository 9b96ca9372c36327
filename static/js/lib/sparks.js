/* Fills every <spark-line data-spark="series"> on the page with the last hour, many at a time, and again when it is old.
   data-root: the cluster's address, where it is not the page's own. An element that is drawn anew takes what is known: values(series). */
import { $$ } from "./dom.js";
import { sparks } from "./history.js";

const FRESH_MS = 30000, AT_ONCE = 60, known = new Map();
const root = el => el.dataset.root || document.body.dataset.root, name = el => `${root(el)} ${el.dataset.spark}`;
export const values = series => known.get(`${document.body.dataset.root} ${series}`)?.values ?? "";

function put() {
  for (const el of $$("spark-line[data-spark]")) {
    const told = known.get(name(el))?.values;
    if (told != null && el.getAttribute("values") !== told) el.setAttribute("values", told);
  }
}

let isAsking = false, isStarted = false;
/* Call it whenever lines may have come into sight; from the first call on it also runs by itself. */
export async function fill() {
  if (!isStarted) {
    isStarted = true;
    setInterval(fill, FRESH_MS);
    document.addEventListener("visibilitychange", fill);
  }
  if (isAsking || document.hidden) return;
  put();
  const now = Date.now(), old = $$("spark-line[data-spark]").filter(el => !(known.get(name(el))?.at > now - FRESH_MS));
  if (!old.length) return;
  const place = root(old[0]), wanted = [...new Set(old.filter(el => root(el) === place).map(el => el.dataset.spark))].slice(0, AT_ONCE);
  isAsking = true;
  const found = await sparks(wanted, { root: place }).catch(() => ({}));        // the connection chip tells it
  for (const series of wanted) known.set(`${place} ${series}`, { at: now, values: found[series] ?? known.get(`${place} ${series}`)?.values ?? "" });
  isAsking = false;
  put();
  setTimeout(fill, 50);
}
