/* JSON without loss: a number stays its letters, doubled keys stay two, a cut or broken text gives what is whole of it.
   A node is {kind: "object", fields: [[name, node]…]}, {kind: "list", items: [node…]} or {kind: "text"|"number"|"word", text}. */
const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|[a-zA-Z]+|[{}[\],:]/gs, DEEPEST = 100;

// the node of a text; null when it does not begin as JSON
export function parse(text) {
  const words = text.match(TOKEN) || [];
  let at = 0;
  const value = depth => {
    const word = words[at++];
    if (word === undefined || depth > DEEPEST) return null;
    if (word === "{") return object(depth);
    if (word === "[") return list(depth);
    if (word[0] === '"') return word.length > 1 && word.endsWith('"') ? { kind: "text", text: unquote(word) } : null;   // cut off
    if (/^[-\d]/.test(word)) return { kind: "number", text: word };
    return /^[a-zA-Z]/.test(word) ? { kind: "word", text: word } : null;
  };
  const object = depth => {
    const fields = [];
    while (at < words.length && words[at] !== "}") {
      const name = words[at++];
      if (name === ",") continue;
      if (name[0] !== '"' || words[at] !== ":") break;
      at++;
      const node = value(depth + 1);
      if (!node) break;
      fields.push([unquote(name), node]);
    }
    if (words[at] === "}") at++;
    return { kind: "object", fields };
  };
  const list = depth => {
    const items = [];
    while (at < words.length && words[at] !== "]") {
      if (words[at] === ",") { at++; continue; }
      const node = value(depth + 1);
      if (!node) break;
      items.push(node);
    }
    if (words[at] === "]") at++;
    return { kind: "list", items };
  };
  return value(0);
}

function unquote(word) {
  try { return JSON.parse(word); } catch { return word.slice(1, -1); }
}

// "a.b[0]" or `a["odd name"]` → ["a", "b", 0]; null for what is no path
export function steps(path) {
  const found = [];
  const word = /^\.?([A-Za-z_$][\w$]*)|^\[(\d+)\]|^\[("(?:[^"\\]|\\.)*")\]/;
  for (let rest = path.trim(); rest;) {
    const match = word.exec(rest);
    if (!match) return null;
    found.push(match[1] ?? (match[2] !== undefined ? Number(match[2]) : unquote(match[3])));
    rest = rest.slice(match[0].length);
  }
  return found;
}

// ["a", "odd name", 0] → `a["odd name"][0]`
export const path = parts => parts.reduce((all, part) =>
  all + (typeof part === "number" ? `[${part}]` : /^[A-Za-z_$][\w$]*$/.test(part) ? `${all && "."}${part}` : `[${JSON.stringify(part)}]`), "");

// the node at some steps; null where there is none. A doubled key counts with its last value, as parsers take it.
export function at(node, parts) {
  for (const part of parts) {
    if (node?.kind === "object") node = node.fields.findLast(([name]) => name === part)?.[1] ?? null;
    else if (node?.kind === "list" && typeof part === "number") node = node.items[part] ?? null;
    else return null;
  }
  return node ?? null;
}

// a node in one line, as it was written but for the blanks
export function text(node) {
  if (node.kind === "object") return `{${node.fields.map(([name, part]) => `${JSON.stringify(name)}: ${text(part)}`).join(", ")}}`;
  if (node.kind === "list") return `[${node.items.map(text).join(", ")}]`;
  return node.kind === "text" ? JSON.stringify(node.text) : node.text;
}

// every path to a leaf, at most `most`; lists are entered at their first item
export function paths(node, most = 200, parts = [], found = []) {
  if (found.length >= most || !node) return found;
  if (node.kind === "object") for (const [name, part] of node.fields) paths(part, most, [...parts, name], found);
  else if (node.kind === "list") paths(node.items[0], most, [...parts, 0], found);
  else if (parts.length) found.push(path(parts));
  return found;
}
