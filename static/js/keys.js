/* The one table of shortcuts: the listener, the help and the palette all read it. A page adds its own with more(). */
export const KEYS = [
  ["Everywhere", [
    ["Mod K", "Search or run a command", "palette"],
    ["?", "Show these shortcuts", "help"],
    ["/", "Filter this page", "filter"],
    ["r", "Refresh now", "refresh"],
    ["Space", "Pause or resume live updates", "pause"],
    ["[", "Previous tab", "tab:-1"],
    ["]", "Next tab", "tab:1"],
    ["Shift D", "Switch theme", "theme"],
    ["Esc", "Close", null],
  ]],
  ["Go to", [
    ["g o", "Overview", "go:"],
    ["g t", "Topics", "go:topics/"],
    ["g c", "Groups", "go:groups/"],
    ["g b", "Brokers", "go:brokers/"],
    ["g l", "Timeline", "go:timeline/"],
  ]],
  ["In a table", [
    ["j", "Next row", "row:1"],
    ["k", "Previous row", "row:-1"],
    ["x", "Select row", "select"],
    ["Enter", "Open row", null],
    ["c", "Create a topic", "create"],
  ]],
  ["In a form", [
    ["Mod Enter", "Submit", "submit"],
  ]],
];

const mine = new Map();
const typing = el => el.matches?.("input:not([type=checkbox], [type=radio]), textarea, select") || el.isContentEditable;
const TABLE = () => new Map(KEYS.flatMap(([, rows]) => rows.filter(row => row[2]).map(([keys, , action]) => [keys, action])));

function spell(e) {
  const letter = e.key.length === 1, isWord = /^[a-z]$/i.test(e.key);
  const name = e.key === " " ? "Space" : letter ? (isWord && !e.shiftKey ? e.key.toLowerCase() : isWord ? e.key.toUpperCase() : e.key) : e.key;
  const mod = e.metaKey || e.ctrlKey;
  return [mod && "Mod", e.shiftKey && (isWord || !letter) && "Shift", mod && letter ? e.key.toUpperCase() : name].filter(Boolean).join(" ");
}

/* rows: [keys, what it does, function]. Shown in the help sheet under the page's own heading. */
export function more(heading, rows) {
  KEYS.push([heading, rows.map(([keys, what, run], i) => {
    const action = run ? `page:${heading}:${i}` : null;
    if (run) mine.set(action, run);
    return [keys, what, action];
  })]);
}

export function listen(run) {
  let first = "";
  addEventListener("keydown", e => {
    const key = spell(e);
    if (e.altKey || e.defaultPrevented) return;
    if (typing(e.target) && !key.startsWith("Mod")) return;
    if (e.target.closest?.("dialog[open]") && !key.startsWith("Mod")) return;
    if (key === "Space" && e.target !== document.body && !e.target.matches("main")) return;
    const action = TABLE().get(first ? `${first} ${key}` : key);
    first = !first && key === "g" ? "g" : "";
    if (!action) return;
    if ((mine.get(action) || (() => run(action)))(e) !== false) e.preventDefault();
  });
}
