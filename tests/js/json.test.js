/* JSON without loss. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, parse, path, paths, steps, text } from "../../static/js/lib/json.js";

test("a number keeps its letters", () => {
  for (const number of ["9223372036854775807", "1.10", "1e400", "-0", "0.1000000000000000055"]) assert.equal(at(parse(`{"a": [${number}]}`), ["a", 0]).text, number);
});

test("a path is what its steps say, and back", () => {
  for (const [written, parts] of [["a.b", ["a", "b"]], ["a[0].b", ["a", 0, "b"]], ['["odd name"].x', ["odd name", "x"]], ['a["b.c"]', ["a", "b.c"]]]) {
    assert.deepEqual(steps(written), parts);
    assert.equal(path(parts), written);
  }
  assert.equal(steps("a..b"), null);
  assert.equal(steps("a b"), null);
});

test("a doubled key counts with its last value and both are shown", () => {
  const node = parse('{"a": 1, "a": 2}');
  assert.equal(at(node, ["a"]).text, "2");
  assert.equal(text(node), '{"a": 1, "a": 2}');
});

test("what is not there is null, not an error", () => {
  const node = parse('{"a": [1]}');
  for (const parts of [["b"], ["a", 1], ["a", "x"], ["a", 0, "y"]]) assert.equal(at(node, parts), null);
});

test("a cut text gives what is whole of it", () => {
  const node = parse('{"a": 1, "b": {"c": "x", "d": "unfin');
  assert.equal(at(node, ["a"]).text, "1");
  assert.equal(at(node, ["b", "c"]).text, "x");
  assert.equal(at(node, ["b", "d"]), null);
});

test("no text makes it fail", () => {
  for (const odd of ["", "}", "[", "{", '{"a"', "\u0000", "[".repeat(100000), '"\\u12', "nul", "1 2 3"]) parse(odd);
});

test("paths lead to leaves", () => {
  assert.deepEqual(paths(parse('{"a": 1, "b": {"c": [{"d": null}]}, "e": []}')), ["a", "b.c[0].d"]);
});
