/* Wraps a plain <textarea>: that is the form's field and the fallback. The editor is loaded once and enhances it in place. */
import { $ } from "../lib/dom.js";

export class SqlEditor extends HTMLElement {
  async start(url, options) {
    const nonce = document.querySelector("script[nonce]")?.nonce;
    try { this.editor = (await import(url)).mount($("textarea", this), { ...options, nonce }); }
    catch { $("textarea", this).addEventListener("input", e => options.changed(e.target.value)); }
  }
  get text() { return this.editor?.text ?? $("textarea", this).value; }
  set text(text) { if (this.editor) this.editor.text = text; else $("textarea", this).value = text; }
  get selection() {
    const { selectionStart: from, selectionEnd: to, value } = $("textarea", this);
    return this.editor?.selection ?? { from, to, head: from, text: value.slice(from, to) };
  }
  insert(text) { if (this.editor) this.editor.insert(text); else $("textarea", this).setRangeText(text); }
  select(from, to) { this.editor?.select(from, to); }
}
customElements.define("sql-editor", SqlEditor);
