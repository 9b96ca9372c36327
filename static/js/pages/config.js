/* The settings of one topic: found by name or text; asked for while the page is open, and drawn by the server when they come. */
import { $, $$ } from "../lib/dom.js";
import * as topic from "../lib/topic.js";

topic.follow(tables => { if ($("#waiting") && tables.configs?.size) location.reload(); });

const find = $("#find-config");
find?.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase(), rows = $$("#configs tr");
  for (const tr of rows) tr.hidden = !tr.textContent.toLowerCase().includes(wanted);
  if (rows.length) $("#no-config").hidden = rows.some(tr => !tr.hidden);
});
