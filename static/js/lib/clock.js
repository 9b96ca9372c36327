/* The server's time, as the page was told it: ages are right on a machine whose clock is not. */
const html = document.documentElement;
const told = Number(html.dataset.now) || Date.now();
const started = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart || 0);
let offset = told - started;

export const now = () => Date.now() + offset;
export function set(ms) { offset = ms - Date.now(); }
