/* The SQL editor: CodeMirror with our dialect around a plain <textarea>, which stays the form's field. `build.js` bundles it.
   Words come from our own lexer, completions and faults from the server: the editor itself knows no SQL. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { linter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, class: "cm-k" }, { tag: tags.string, class: "cm-s" }, { tag: tags.number, class: "cm-n" }, { tag: tags.comment, class: "cm-c" },
  { tag: tags.typeName, class: "cm-t" }, { tag: tags.function(tags.variableName), class: "cm-f" },
]);

function dialect({ keywords, functions, types }) {
  const known = [[new Set(keywords), "keyword"], [new Set(types), "typeName"], [new Set(functions), "variableName.function"]];
  return StreamLanguage.define({
    startState: () => ({ block: false }),
    token(stream, state) {
      if (state.block) { state.block = !stream.match(/.*?\*\//); if (state.block) stream.skipToEnd(); return "comment"; }
      if (stream.match(/^(--|\/\/)/)) { stream.skipToEnd(); return "comment"; }
      if (stream.match("/*")) { state.block = true; return "comment"; }
      if (stream.match(/^'(?:[^']|'')*'?/)) return "string";
      if (stream.match(/^\d+(\.\d+)?([eE][+-]?\d+)?/)) return "number";
      const word = stream.match(/^[A-Za-z_][\w$@]*/);
      if (word) return known.find(([set]) => set.has(word[0].toUpperCase()))?.[1] ?? null;
      if (stream.match(/^`(?:[^`]|``)*`?/)) return null;
      stream.next();
      return null;
    },
    languageData: { commentTokens: { line: "--", block: { open: "/*", close: "*/" } }, closeBrackets: { brackets: ["(", "[", "'", "`"] } },
  });
}

function source(complete) {
  return async context => {
    const before = context.matchBefore(/[\w$.>`-]*/);
    if (!context.explicit && (!before || before.from === before.to)) return null;
    const found = await complete(context.state.doc.toString(), context.pos);
    if (context.aborted || !found?.items.length) return null;
    return { from: found.from, options: found.items.map(({ label, type, detail, apply }) => ({ label, type, detail, apply })), validFor: /^[\w$]*$/ };
  };
}

/* mount(textarea, {words, complete(text, at), check(text), keys: [{key, run}], nonce}) → {text, selection(), focus(), set(text)} */
export function mount(textarea, { words, complete, check, keys = [], nonce, changed = () => {} }) {
  const view = new EditorView({
    parent: textarea.parentElement,
    state: EditorState.create({
      doc: textarea.value,
      extensions: [
        EditorView.cspNonce.of(nonce || ""), lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(),
        highlightSelectionMatches(), dialect(words), syntaxHighlighting(COLOURS), autocompletion({ override: [source(complete)], icons: false }),
        linter(async editor => (await check(editor.state.doc.toString())).map(fault => {
          const length = editor.state.doc.length, from = Math.min(fault.from, length);
          return { from, to: Math.max(from, Math.min(fault.to, length)), severity: "error", message: [fault.what, fault.hint].filter(Boolean).join(" ") };
        }), { delay: 500 }),
        Prec.highest(keymap.of(keys.map(({ key, run }) => ({ key, run: () => { run(); return true; }, preventDefault: true })))),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
        EditorView.lineWrapping, EditorView.contentAttributes.of({ "aria-label": textarea.getAttribute("aria-label") || "SQL" }),
        EditorView.updateListener.of(update => { if (update.docChanged) { textarea.value = update.state.doc.toString(); changed(textarea.value); } }),
      ],
    }),
  });
  textarea.hidden = true;
  return {
    get text() { return view.state.doc.toString(); },
    set text(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    get selection() { const { from, to, head } = view.state.selection.main; return { from, to, head, text: view.state.sliceDoc(from, to) }; },
    select(from, to) { view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true }); view.focus(); },
    insert(text) { view.dispatch(view.state.replaceSelection(text)); view.focus(); },
    focus() { view.focus(); },
  };
}
