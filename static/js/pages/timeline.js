/* The newest page of the timeline renews itself: every 5 s while in sight, and never under an open filter. */
import { $ } from "../lib/dom.js";

const EVERY_MS = 5000, isFirst = !new URLSearchParams(location.search).has("before");
async function renew() {
  if (!isFirst || document.hidden || document.documentElement.dataset.live === "paused") return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html"), part = $("#events", fresh);
  if (part && part.textContent !== $("#events").dataset.seen) {
    const seen = part.textContent;
    $("#events").replaceWith(document.adoptNode(part));
    $("#events").dataset.seen = seen;
  }
}
setInterval(renew, EVERY_MS);
for (const select of document.querySelectorAll("#filter-form select")) select.addEventListener("change", () => select.form.requestSubmit());
