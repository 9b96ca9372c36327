/* One record: one view of a JSON field at a time; without JavaScript the tree and the bytes are simply there. */
import "../elements/json-view.js";
import { $, $$ } from "./dom.js";

export function choose(within) {
  for (const segment of $$(".field-view", within)) {
    segment.hidden = false;
    const parts = { tree: $(".as-tree", segment.parentElement), text: $(".as-text", segment.parentElement), hex: $(".as-hex", segment.parentElement) };
    segment.addEventListener("click", e => {
      const chosen = e.target.closest("button")?.dataset.show;
      if (!chosen) return;
      for (const button of $$("button", segment)) button.setAttribute("aria-pressed", button.dataset.show === chosen);
      parts.tree.hidden = chosen !== "tree";
      parts.text.hidden = chosen !== "text";
      parts.hex.open = chosen === "hex";
    });
  }
}
