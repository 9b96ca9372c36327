/* Where statements stand in a script. Pure; the server parses, this only finds the one under the cursor. */
const TOKEN = /--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|`(?:[^`]|``)*(?:`|$)|;|\s+|[^\s;'`/-]+|./g;

// [[from, to]…], each with its semicolon
export function statements(text) {
  const found = [];
  let from = null, end = 0;
  for (const { 0: word, index } of text.matchAll(TOKEN)) {
    if (/^\s/.test(word) || /^(--|\/\/|\/\*)/.test(word)) continue;
    from ??= index;
    end = index + word.length;
    if (word === ";") { found.push([from, end]); from = null; }
  }
  if (from !== null) found.push([from, end]);
  return found;
}

// the statement at the cursor, or the one before it
export function statementAt(text, at) {
  const all = statements(text), here = all.find(([from, to]) => at >= from && at <= to) || all.findLast(([, to]) => to <= at) || all[0];
  return here ? text.slice(...here) : "";
}

// "a=1\nb = 2" → {a: "1", b: "2"}
export const pairs = text => Object.fromEntries(text.split("\n").map(line => line.split("=")).filter(([name, ...rest]) => name.trim() && rest.length).map(([name, ...rest]) => [name.trim(), rest.join("=").trim()]));
