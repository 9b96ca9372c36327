/* Theme and density: cookies, so that the server writes them into the first paint. */
import { forget, isDark, root } from "./lib/color.js";

const YEAR = 31536000;
const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`; };

export function turn() {
  root.dataset.theme = isDark() ? "light" : "dark";
  keep("theme", root.dataset.theme);
  forget();
  dispatchEvent(new Event("themechange"));
}

export function density(word) {
  if (word) root.dataset.density = word;
  else delete root.dataset.density;
  keep("density", word);
  dispatchEvent(new Event("densitychange"));
}
