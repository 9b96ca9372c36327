/* A part of the page that only the server can draw: fetched again every few seconds while in sight, and put in when it differs. */
import { $ } from "./dom.js";

export function renew(selector, everyMs, mayRenew = () => true) {
  let seen = null;
  setInterval(async () => {
    if (document.hidden || document.documentElement.dataset.live === "paused" || !mayRenew()) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = $(selector, new DOMParser().parseFromString(await answer.text(), "text/html")), text = fresh?.textContent;
    if (!fresh || text === seen || !$(selector)) return;
    seen = text;
    $(selector).replaceWith(document.adoptNode(fresh));
  }, everyMs);
}
