/* Joins the live state with the page: the Live button, r (refresh now), and the mark on <html> that greys old figures. */
import { $ } from "../lib/dom.js";
import { pause, refresh, resume, watch } from "./state.js";

const toggle = $("live-toggle"), { cluster } = document.body.dataset;

watch(({ state, held }) => {
  document.documentElement.dataset.live = state;
  toggle?.setAttribute("held", held);
  toggle?.setAttribute("state", state);
});
toggle?.addEventListener("toggle", e => e.detail ? pause() : resume());
addEventListener("refreshnow", () => cluster && refresh(cluster));
