/* j, k and x in whichever table is on the page: the place is the focus itself, on the row's link, so Enter opens natively. */
import { $, $$ } from "./dom.js";

const links = () => $$(":is(.data-table, data-table) tbody tr :is(a.name, td > a)").filter((a, i, all) => a.closest("tr") !== all[i - 1]?.closest("tr"));

export function move(step) {
  const all = links(), at = all.findIndex(a => a.closest("tr") === document.activeElement?.closest("tr"));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

export const select = () => $("input[type=checkbox]", document.activeElement?.closest("tbody tr") || document.createElement("i"))?.click();
