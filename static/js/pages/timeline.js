/* The newest page of the timeline renews itself: every 5 s while in sight, and never under an open filter. */
import { $$ } from "../lib/dom.js";
import { renew } from "../lib/renew.js";

const isFirst = !new URLSearchParams(location.search).has("before");
renew("#events", 5000, () => isFirst && !document.activeElement?.closest("#filter-form"));
for (const select of $$("#filter-form select")) select.addEventListener("change", () => select.form.requestSubmit());
