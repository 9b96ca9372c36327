"""Frames of a schema id, with schemas and payloads that readers die of. Every schema here has the id 7."""
# ruff: noqa: E501  (tables of bytes)

import json
import struct
from typing import Any

from tests.poison.poison import Poison, of

HEAD = b"\x00\x00\x00\x00\x07"
NODE = '{"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}'
LOOP = '{"type": "record", "name": "Loop", "fields": [{"name": "self", "type": "Loop"}]}'
TREE = '{"type": "record", "name": "Tree", "fields": [{"name": "in", "type": {"type": "array", "items": "Tree"}}]}'


def avro(text: Any) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return "AVRO", text if isinstance(text, str) else json.dumps(text), ()


def proto(text: str, *references: tuple[str, str]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return "PROTOBUF", text, references


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def zigzag(number: int) -> bytes:
    return varint((number << 1) ^ (number >> 63))


def logical(kind: str, word: str, **more: Any) -> Any:
    return avro({"type": kind, "logicalType": word, **more})


def deep_schema(levels: int) -> Any:
    return avro('{"type": "array", "items": ' * levels + '"null"' + "}" * levels)


AVRO = {
    "recursive-1000": (avro(NODE), b"\x02" * 1000 + b"\x00", "nest deeper"),
    "recursive-5000": (avro(NODE), b"\x02" * 5000 + b"\x00", "nest deeper"),
    "recursive-100000": (avro(NODE), b"\x02" * 100_000 + b"\x00", "nest deeper"),
    "recursive-never-ends": (avro(LOOP), b"", "nest deeper"),
    "tree-deep": (avro(TREE), b"\x02" * 50_000, "nest deeper"),
    "null-array-5-bytes": (avro({"type": "array", "items": "null"}), zigzag(1 << 33) + b"\x00", "more than 1,000,000 values"),
    "null-array-negative": (avro({"type": "array", "items": "null"}), zigzag(-(1 << 33)) + zigzag(0) + b"\x00", "more than 1,000,000 values"),
    "null-array-blocks": (avro({"type": "array", "items": "null"}), (zigzag(900_000)) * 50 + b"\x00", "more than 1,000,000 values"),
    "empty-record-array": (avro({"type": "array", "items": {"type": "record", "name": "E", "fields": []}}), zigzag(1 << 40), "more than 1,000,000"),
    "empty-fixed-array": (avro({"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}), zigzag(1 << 40), "more than 1,000,000"),
    "map-count": (avro({"type": "map", "values": "null"}), zigzag(1 << 40), "more than 1,000,000 values"),
    "length-2-40": (avro("string"), zigzag(1 << 40), "0 bytes are there"),
    "length-negative": (avro("bytes"), zigzag(-1) + b"abc", "a length at byte 0"),
    "length-min": (avro("string"), b"\xff" * 9 + b"\x01", "a length at byte 0"),
    "varint-endless": (avro("long"), b"\xff" * 200, "more than 64 bits"),
    "int-too-large": (avro("int"), zigzag(1 << 31), "more than 32 bits"),
    "cut": (avro("double"), b"\x00\x00\x00", "end within a value"),
    "empty": (avro("string"), b"", "end within a value"),
    "left-over": (avro("int"), b"\x02\x02\x02\x02", "3 bytes are left over"),
    "wrong-writer": (avro({"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "long"}]}), struct.pack("<d", 5.5), "schema 7"),
    "union-index": (avro(["null", "string"]), zigzag(2), "a union at byte 0 says 2"),
    "union-index-negative": (avro(["null", "string"]), zigzag(-1), "a union at byte 0 says -1"),
    "enum-index": (avro({"type": "enum", "name": "E", "symbols": ["A"]}), zigzag(1 << 40), "the enum E"),
    "enum-empty": (avro({"type": "enum", "name": "E", "symbols": []}), zigzag(0), "it has 0 symbols"),
    "boolean-2": (avro("boolean"), b"\x02", "a boolean at byte 0 is 2"),
    "utf8": (avro("string"), zigzag(2) + b"\xc3\x28", "no UTF-8"),
    "double-nan": (avro("double"), struct.pack("<d", float("nan")), "NaN"),
    "float-infinity": (avro("float"), struct.pack("<f", float("-inf")), "Infinity"),
    "long-max": (avro("long"), zigzag((1 << 63) - 1), "9223372036854775807"),
    "long-min": (avro("long"), zigzag(-(1 << 63)), "-9223372036854775808"),
    "decimal-huge": (logical("bytes", "decimal", precision=5000, scale=2), zigzag(2000) + b"\x7f" * 2000, "avro"),
    "decimal-1400-bytes": (logical("bytes", "decimal", precision=5000, scale=2), zigzag(1400) + b"\x7f" * 1400, "avro"),
    "decimal-scale-negative": (logical("bytes", "decimal", precision=4, scale=-3), zigzag(1) + b"\x05", "avro"),
    "decimal-scale-huge": (logical("bytes", "decimal", precision=4, scale=10**9), zigzag(1) + b"\x05", "avro"),
    "decimal-empty": (logical("bytes", "decimal", precision=4, scale=2), zigzag(0), "avro"),
    "uuid-that-is-none": (logical("string", "uuid"), zigzag(2) + b"no", "no"),
    "timestamp-millis-max": (logical("long", "timestamp-millis"), zigzag((1 << 63) - 1), "9223372036854775807"),
    "timestamp-micros-min": (logical("long", "timestamp-micros"), zigzag(-(1 << 63)), "-9223372036854775808"),
    "date-max": (logical("int", "date"), zigzag((1 << 31) - 1), "2147483647"),
    "time-negative": (logical("int", "time-millis"), zigzag(-1), "-1"),
    "map-key-twice": (avro({"type": "map", "values": "int"}), zigzag(2) + (zigzag(1) + b"a" + zigzag(1)) * 2 + b"\x00", "same key twice"),
    "schema-deep": (deep_schema(1000), b"\x00", "schema nests deeper than 256"),
    "schema-deep-100000": (deep_schema(100_000), b"\x00", "schema nests deeper than 256"),
    "schema-no-json": (avro("{{{"), b"\x00", "schema is no JSON"),
    "schema-unknown-name": (avro({"type": "array", "items": "Gone"}), b"\x00", "defined nowhere"),
    "schema-null": (avro("null "), b"\x00", "left over"),
    "schema-number": (avro("5"), b"\x00", "neither name, object nor array"),
    "schema-no-fields": (avro({"type": "record", "name": "R"}), b"\x00", "lacks a list of fields"),
    "schema-size-negative": (avro({"type": "fixed", "name": "F", "size": -5}), b"\x00", "has no size"),
    "schema-default-cycle": (avro({"type": "record", "name": "R", "fields": [{"name": "r", "type": "R", "default": {}}]}), b"\x00" * 5, "nest deeper"),
    "schema-wide": (avro({"type": "record", "name": "R", "fields": [{"name": f"f{n}", "type": "int"} for n in range(20_000)]}), b"\x02" * 20_000, "avro"),
}  # fmt: skip

NESTED = 'syntax = "proto3"; message N { N n = 1; map<string, N> m = 2; repeated int32 r = 3; string s = 4; }'


def deep_message(levels: int) -> bytes:
    payload = b""
    for _ in range(levels):
        payload = b"\x0a" + varint(len(payload)) + payload
    return payload


PROTOBUF = {
    "deep-101": (proto(NESTED), b"\x00" + deep_message(101), "schema 7"),
    "deep-5000": (proto(NESTED), b"\x00" + deep_message(5000), "it is no N"),
    "groups-100000": (proto(NESTED), b"\x00" + b"\x2b" * 100_000, "it is no N"),
    "group-end-alone": (proto(NESTED), b"\x00\x2c", "it is no N"),
    "unknown-fields": (proto(NESTED), b"\x00" + b"\xf8\x07\x01" * 10_000, "10,000 fields in it are not in its schema"),
    "length-beyond": (proto(NESTED), b"\x00\x22\xff\xff\xff\x7f", "it is no N"),
    "bad-utf8": (proto(NESTED), b"\x00\x22\x02\xc3\x28", "it is no N"),
    "tag-zero": (proto(NESTED), b"\x00\x00\x00\x00", "it is no N"),
    "wire-type-7": (proto(NESTED), b"\x00\x0f\x01\x01", "it is no N"),
    "varint-11": (proto(NESTED), b"\x00\x18" + b"\xff" * 11, "it is no N"),
    "packed-million": (proto(NESTED), b"\x00\x1a" + varint(2_000_000) + b"\x01" * 2_000_000, "more than 1,000,000 values"),
    "list-2-31": (proto(NESTED), b"\xfe\xff\xff\xff\x0f", "list of places"),
    "list-negative": (proto(NESTED), b"\x01\x00\x00\x00", "list of places"),
    "list-endless": (proto(NESTED), b"\xff" * 50, "list of places"),
    "list-bomb": (proto(NESTED), zigzag(100) + b"\x00" * 100, "list of places says 0; there are"),
    "list-cut": (proto(NESTED), b"\x06\x00", "end within its list of places"),
    "index-beyond": (proto(NESTED), b"\x02\x64\x00\x00", "there are 1 messages"),
    "empty": (proto(NESTED), b"", "end within its list of places"),
    "any-of-nothing": (proto('syntax = "proto3"; import "google/protobuf/any.proto"; message M { google.protobuf.Any a = 1; }'),
                       b"\x00\x0a\x06\x0a\x01x\x12\x01y", "type_url"),
    "enum-unknown": (proto('syntax = "proto3"; enum E { A = 0; } message M { E e = 1; }'), b"\x00\x08\x63", "99"),
    "float-nan": (proto('syntax = "proto3"; message M { float f = 1; }'), b"\x00\x0d\x00\x00\xc0\x7f", "NaN"),
    "uint64-max": (proto('syntax = "proto3"; message M { uint64 u = 1; }'), b"\x00\x08" + varint((1 << 64) - 1), "18446744073709551615"),
    "schema-deep": (proto("message M {" * 100_000), b"\x00\x00\x00\x00", "nest deeper than 100"),
    "schema-comment": (proto("/*" * 100_000), b"\x00\x00\x00\x00", "schema 7"),
    "schema-imports-itself": (proto('import "a"; message M {}', ("a", 'import "a"; message A {}')), b"\x00\x00\x00\x00", "imports itself"),
    "schema-imports-gone": (proto('import "gone"; message M { optional Gone g = 1; }'), b"\x00\x00\x00\x00", "nobody gave gone"),
    "schema-twice": (proto("message M {} message M {}"), b"\x00\x00\x00\x00", "the schema itself is wrong"),
    "schema-no-message": (proto('syntax = "proto3";'), b"\x00\x00\x00\x00", "there are 0 messages"),
    "schema-is-avro": (proto(NODE), b"\x00\x00\x00\x00", "line 1 of its schema"),
    "schema-base64-of-noise": (proto("AAAAAAAA"), b"\x00\x00\x00\x00", "schema 7"),
    "schema-strings": (proto('syntax = "proto3"; message M { string s = 1 [json_name = "' + "\\x41" * 100_000 + '"]; }'), b"\x00\x0a\x01x", "protobuf"),
    "schema-fields-million": (proto('syntax = "proto2"; message M {' + "optional int32 a=1;" * 40_000 + "}"), b"\x00\x00\x00\x00", "the schema itself is wrong"),
}  # fmt: skip
JSON = {
    "cut": ("{}", b'{"a": ', "it is no JSON"),
    "deep": ("{}", b"[" * 5000, "nested deeper"),
    "not-fitting": ('{"type": "object"}', b"[1]", "does not fit its schema"),
    "schema-no-json": ("{", b"[1]", "the schema itself is wrong"),
    "schema-wrong-type": ('{"type": "nonsense"}', b"[1]", "the schema itself is wrong"),
    "schema-ref-outside": ('{"$ref": "http://127.0.0.1:9/x.json"}', b"[1]", "not among the schema's references"),
    "schema-ref-file": ('{"$ref": "file:///etc/passwd"}', b"[1]", "not among the schema's references"),
    "schema-ref-round": ('{"$ref": "#"}', b"[1]", ""),
    "schema-ref-round-two": ('{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}', b"[1]", ""),
    "schema-regex-bomb": ('{"pattern": "^(a+)+$"}', b'"' + b"a" * 50_000 + b'!"', "does not fit its schema"),
    "schema-regex-large": ('{"pattern": "(a{1000}){1000}"}', b'"a"', ""),
    "schema-regex-look": ('{"pattern": "(?=a)b"}', b'"a"', "the schema itself is wrong"),
    "schema-deep": ('{"not":' * 1000 + "{}" + "}" * 1000, b"[1]", "nests deeper than 256"),
    "schema-unique": ('{"uniqueItems": true}', b"[" + b",".join(b"%d" % n for n in range(100_000)) + b"]", "jsonschema"),
    "schema-anyof-wide": (json.dumps({"anyOf": [{"const": n} for n in range(10_000)]}), b'"x"', "does not fit its schema"),
    "number-huge": ('{"type": "number"}', b"1e999", "larger than usual"),
    "integer-5000-digits": ('{"type": "integer"}', b"9" * 5000, "jsonschema"),
}  # fmt: skip


def all() -> list[Poison]:
    return [
        *(of(f"avro-{name}", HEAD + data, said, schema=schema) for name, (schema, data, said) in AVRO.items()),
        *(of(f"protobuf-{name}", HEAD + data, said, schema=schema) for name, (schema, data, said) in PROTOBUF.items()),
        *(of(f"jsonschema-{n}", HEAD + data, said, schema=("JSON", text, ()), may_die=not said) for n, (text, data, said) in JSON.items()),
        *(of(f"frame-id-{number}", b"\x00" + struct.pack(">I", number) + b"ab", f"schema {number}: not in the registry", schema=avro("int"))
          for number in (0, 1, 41, 1 << 31, (1 << 32) - 1)),
        of("frame-other-type", HEAD + b"ab", "schema 7 is Protobuf", schema=proto(NESTED)),
        of("frame-cut", b"\x00\x00\x00", "a frame has at least 5 bytes", schema=avro("int")),
        of("frame-magic-1", b"\x01\x00\x00\x00\x07\x02", "the first byte is 0x01", schema=avro("int")),
        of("frame-in-frame", HEAD + HEAD + b"\x02", "left over", schema=avro("int")),
        of("frame-without-registry", HEAD + b"\x02", "no schema registry is set"),
    ]  # fmt: skip
