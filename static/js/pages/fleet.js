/* The fleet: read again every 15 s while it is in sight; its tiles and its table are the server's own, the lines of the last hour are fetched. */
import { $ } from "../lib/dom.js";
import { fill } from "../lib/sparks.js";

const EVERY_MS = 15000;
async function renew() {
  if (document.hidden || !$("#fleet") || document.activeElement?.closest("#fleet")) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["#fleet", ".page-head .facts"]) if ($(part, fresh)) $(part).replaceWith(document.adoptNode($(part, fresh)));
  fill();
}
setInterval(renew, EVERY_MS);
document.addEventListener("visibilitychange", renew);
fill();
