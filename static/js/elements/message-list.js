/* Rows of messages as the server draws them, for those that arrive live or by a search, and for every column one adds.
   Text is text: no key or value becomes HTML. A message is the row of the socket: {partition, offset, timestamp_ms, key, value, headers, flags, fault}. */
import { h } from "../lib/dom.js";
import { grouped } from "../lib/format.js";
import { at, parse, steps, text as written } from "../lib/json.js";
import { instant, stamp } from "../lib/scan.js";
import "./json-view.js";

const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|\s+|./gs, PREVIEW = 400;
const DOCUMENTS = new Set(["json", "avro", "protobuf", "jsonschema", "msgpack", "cbor", "consumer_offsets", "transaction_state", "share_group_state"]);

export const isDocument = field => Boolean(field) && DOCUMENTS.has(field.format);

function coloured(text) {
  const words = text.match(TOKEN) || [], after = i => words.slice(i + 1, i + 3).find(word => word.trim());
  return words.map((word, i) => h("span", { class: word[0] === '"' ? (after(i) === ":" ? "f" : "s") : /^-?\d/.test(word) && "n" }, word.trim() ? word : " "));
}

const node = field => isDocument(field) ? field.node ??= parse(field.text) : null;

// "value.a.b" or "key.id" → the node there; null where there is none
export function reach(message, path) {
  const [root, ...rest] = steps(path) || [];
  if (root !== "key" && root !== "value") return null;
  return at(node(message[root]), rest);
}

function leaf(found) {
  if (!found) return h("span", { class: "nothing" }, "–");
  return h("span", { class: found.kind === "text" ? "s" : found.kind === "number" && "n" }, found.kind === "text" ? found.text : written(found).slice(0, PREVIEW));
}

// the fields a filter names come first, each with its name
function first(message, field, paths) {
  return paths.filter(path => path.startsWith("value.") || path.startsWith("value[")).map(path => [path, reach(message, path)]).filter(([, found]) => found)
    .map(([path, found]) => [h("span", { class: "f" }, `${path.replace(/^value\.?/, "")} `), leaf(found), " "]);
}

export function preview(field, message = null, paths = []) {
  if (!field) return h("span", { class: "preview" });
  if (field.format === "null" || field.format === "empty") return h("span", { class: "preview" }, h("span", { class: "nothing" }, field.format));
  const text = field.text.slice(0, PREVIEW);
  return h("span", { class: "preview" }, message && first(message, field, paths), isDocument(field) ? coloured(text) : text.replace(/\s+/g, " "));
}

function whole(field, look) {
  if (!field || field.format === "null" || field.format === "empty") return preview(field);
  if (look === "cards" && isDocument(field)) {
    const view = h("json-view", { class: "as-tree" });
    view.text = field.text;
    return view;
  }
  return h("pre", { class: "mono" }, field.text, field.is_cut && h("span", { class: "dimmer" }, ` … ${grouped(field.size_bytes)} bytes`));
}

const FLAGS = { control: "control", commit: "commit", abort: "abort", aborted: "aborted", open: "open transaction" };

export function flags(message) {
  const found = (message.flags || []).map(name => FLAGS[name] || name);
  if (message.value?.format === "null" && message.key && message.key.format !== "null" && !found.length) found.push("tombstone");
  for (const part of [message.key, message.value]) if (part?.fault) found.push("undecodable");
  if (message.value?.is_cut) found.push("cut");
  return found.map(word => h("span", { class: `flag ${word.split(" ")[0]}` }, word));
}

// options: root (address of records), zone, now, paths (fields first), columns (paths), look (table, cards, raw)
export function row(message, options) {
  const { root, zone = "utc", now = 0, paths = [], columns = [], look = "table" } = options;
  const href = `${root}${message.partition}/${message.offset}/`;
  return h("tr", { "data-href": href, "data-offset": message.offset },
    h("td", { class: "mono dim", title: stamp(message.timestamp_ms) }, instant(message.timestamp_ms, zone, now)), h("td", { class: "num" }, String(message.partition)),
    h("td", { class: "num mono" }, h("a", { href }, grouped(message.offset))),
    message.fault ? h("td", { colspan: 2 + columns.length }, h("span", { class: "preview" }, h("span", { class: "odd" }, message.fault)))
      : [columns.map(path => h("td", { class: "mono" }, h("span", { class: "preview" }, leaf(reach(message, path))))), h("td", { class: "mono" }, preview(message.key)),
        h("td", {}, flags(message), look === "table" ? preview(message.value, message, paths) : whole(message.value, look))]);
}
