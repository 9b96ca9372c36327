"""A registry's schema → the columns of one side of a record, by ksqlDB's mapping of types.

Names are written in capitals, as SQL reads a name without quotes; those of a schema that was asked for by its id keep their case.
A bare value becomes ROWVAL, a bare key ROWKEY. What SQL has no type for is a Problem, never a column left out.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.schemas.model import Schema
from controlcenter.serde import avro_schema, protobuf
from controlcenter.serde.avro_schema import Node
from controlcenter.serde.values import Wrong
from controlcenter.sql import types
from controlcenter.sql.catalog import Column
from controlcenter.sql.types import SqlType

DEPTH = 50
PRECISION = 64  # of a decimal whose schema tells none, as Connect has it
Named = Callable[[str], str]
_AVRO: dict[str, SqlType] = {
    "boolean": types.BOOLEAN, "int": types.INTEGER, "long": types.BIGINT, "float": types.DOUBLE, "double": types.DOUBLE,
    "bytes": types.BYTES, "fixed": types.BYTES, "string": types.STRING, "enum": types.STRING,
}  # fmt: skip
_AVRO_LOGICAL: dict[tuple[str, str], SqlType] = {
    ("int", "date"): types.DATE, ("int", "time-millis"): types.TIME, ("long", "timestamp-millis"): types.TIMESTAMP,
}  # fmt: skip
_MESSAGES: dict[str, SqlType] = {
    "google.protobuf.Timestamp": types.TIMESTAMP, "google.type.Date": types.DATE, "google.type.TimeOfDay": types.TIME,
    "google.protobuf.BoolValue": types.BOOLEAN, "google.protobuf.Int32Value": types.INTEGER, "google.protobuf.Int64Value": types.BIGINT,
    "google.protobuf.UInt32Value": types.BIGINT, "google.protobuf.UInt64Value": types.BIGINT, "google.protobuf.FloatValue": types.DOUBLE,
    "google.protobuf.DoubleValue": types.DOUBLE, "google.protobuf.StringValue": types.STRING, "google.protobuf.BytesValue": types.BYTES,
}  # fmt: skip
_PROTOBUF: dict[int, SqlType] = {  # by the number of a field's type in descriptor.proto
    1: types.DOUBLE, 2: types.DOUBLE, 3: types.BIGINT, 4: types.BIGINT, 5: types.INTEGER, 6: types.BIGINT, 7: types.BIGINT,
    8: types.BOOLEAN, 9: types.STRING, 12: types.BYTES, 13: types.BIGINT, 14: types.STRING, 15: types.INTEGER, 16: types.BIGINT,
    17: types.INTEGER, 18: types.BIGINT,
}  # fmt: skip
_JSON: dict[str, SqlType] = {"boolean": types.BOOLEAN, "integer": types.BIGINT, "number": types.DOUBLE, "string": types.STRING}
_JSON_CONNECT: dict[str, SqlType] = {
    "int8": types.INTEGER, "int16": types.INTEGER, "int32": types.INTEGER, "int64": types.BIGINT, "float32": types.DOUBLE,
    "float64": types.DOUBLE, "bytes": types.BYTES,
}  # fmt: skip


def columns(schema: Schema, *, is_key: bool, is_by_id: bool, name: str = "") -> tuple[Column, ...]:
    """Return the columns that a schema describes; raises Problem for what SQL has no type for.

    name  the full name of the message meant, of a Protobuf file with several; "" for the first

    A key is bare in Avro and JSON Schema, so that a record there is one column, ROWKEY.
    """
    named: Named = str if is_by_id else str.upper
    try:
        if schema.type == "PROTOBUF":
            found = _of_protobuf(schema, named, name)
        else:
            found = _of_avro(schema, named) if schema.type == "AVRO" else _of_json(schema, named)
    except Wrong as fault:
        raise Problem(Kind.INVALID, f"Schema {schema.id} cannot be read: {fault}.", "") from None
    place: Any = "KEY" if is_key else "VALUE"
    if isinstance(found, types.Struct) and (not is_key or schema.type == "PROTOBUF"):
        return tuple(Column(field, kind, place) for field, kind in found.fields)
    return (Column("ROWKEY" if is_key else "ROWVAL", found, place),)


def _no_type(what: str) -> Problem:
    return Problem(Kind.UNSUPPORTED, f"SQL has no type for {what}.", "Declare the other columns in the statement.")


def _deeper(depth: int) -> int:
    if depth >= DEPTH:
        raise _no_type(f"what nests deeper than {DEPTH} or contains itself")
    return depth + 1


def _of_avro(schema: Schema, named: Named) -> SqlType:
    return _avro(avro_schema.parse(schema), named, 0)


def _avro(node: Node, named: Named, depth: int) -> SqlType:
    depth = _deeper(depth)
    if node.scale is not None:
        return types.Decimal(node.precision or PRECISION, node.scale)
    if (logical := _AVRO_LOGICAL.get((node.kind, node.logical))) is not None:
        return logical
    if node.kind in _AVRO:
        return _AVRO[node.kind]
    if node.kind == "array":
        return types.Array(_avro(node.inner[0], named, depth))
    if node.kind == "map":
        return types.Map(types.STRING, _avro(node.inner[0], named, depth))
    if node.kind == "union":
        branches = [inner for inner in node.inner if inner.kind != "null"]
        if len(branches) == 1:
            return _avro(branches[0], named, depth)
        raise _no_type("an Avro union of several types")
    if node.kind == "record":
        return types.Struct(tuple((named(name), _avro(inner, named, depth)) for name, inner, _ in node.fields))
    raise _no_type(f"Avro's {node.kind}")


def _of_protobuf(schema: Schema, named: Named, name: str) -> SqlType:
    if not name:
        return _message(protobuf.message(schema, [0]), named, 0)
    for kind in protobuf.file(schema).message_types_by_name.values():
        if name in (kind.name, kind.full_name):
            return _message(kind, named, 0)
    raise Wrong(f"it has no message {name[:100]}")


def _message(kind: Any, named: Named, depth: int) -> SqlType:
    depth = _deeper(depth)
    return types.Struct(tuple((named(field.name), _field(field, named, depth)) for field in kind.fields))


def _field(field: Any, named: Named, depth: int) -> SqlType:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return types.Map(types.STRING, _single(message.fields_by_name["value"], named, depth))
    found = _single(field, named, depth)
    return types.Array(found) if field.is_repeated else found


def _single(field: Any, named: Named, depth: int) -> SqlType:
    message = field.message_type
    if message is None:
        return _PROTOBUF[field.type]
    if message.full_name == "confluent.type.Decimal":
        raise _no_type("confluent.type.Decimal without its precision, which its schema keeps in options")
    return _MESSAGES.get(message.full_name) or _message(message, named, depth)


def _of_json(schema: Schema, named: Named) -> SqlType:
    try:
        told = json.loads(schema.text)
    except (ValueError, RecursionError):
        raise Wrong("it is no JSON") from None
    return _json(told, named, 0)


def _json(told: Any, named: Named, depth: int) -> SqlType:
    depth = _deeper(depth)
    if not isinstance(told, Mapping):
        raise _no_type("a JSON Schema that allows anything")
    for word in ("oneOf", "anyOf"):
        if isinstance(told.get(word), list):
            branches = [each for each in told[word] if not (isinstance(each, Mapping) and each.get("type") == "null")]
            if len(branches) == 1:
                return _json(branches[0], named, depth)
            raise _no_type(f"{word} of several types in JSON Schema")
    given = told.get("type")
    kinds = [kind for kind in (given if isinstance(given, list) else [given]) if kind != "null"]
    kind = kinds[0] if len(kinds) == 1 else None
    if kind == "array":
        return types.Array(_json(told.get("items"), named, depth))
    if kind == "object":
        return _object(told, named, depth)
    if not isinstance(kind, str) or kind not in _JSON:
        raise _no_type("a part of the JSON Schema that names no single type")
    return _logical(told) or _JSON_CONNECT.get(str(told.get("connect.type"))) or _JSON[kind]


def _object(told: Mapping[str, Any], named: Named, depth: int) -> SqlType:
    fields, others = told.get("properties"), told.get("additionalProperties")
    if isinstance(others, Mapping) and not fields:
        return types.Map(types.STRING, _json(others, named, depth))
    if not isinstance(fields, Mapping) or not all(isinstance(inner, Mapping) for inner in fields.values()):
        raise _no_type("a JSON object without properties")
    ordered = sorted(fields.items(), key=lambda pair: _index(pair[1]))
    return types.Struct(tuple((named(name), _json(inner, named, depth)) for name, inner in ordered))


def _index(told: Mapping[str, Any]) -> int:
    found = told.get("connect.index")
    return found if isinstance(found, int) else 0


def _logical(told: Mapping[str, Any]) -> SqlType | None:
    """Return the type that Connect's title gives a number."""
    title, given = str(told.get("title")), told.get("connect.parameters")
    given = given if isinstance(given, Mapping) else {}
    if title == "org.apache.kafka.connect.data.Decimal":
        try:
            return types.Decimal(int(given.get("connect.decimal.precision", PRECISION)), int(given.get("scale", 0)))
        except (TypeError, ValueError):
            raise Wrong("a decimal's scale is no number") from None
    word = title.removeprefix("org.apache.kafka.connect.data.")
    return {"Timestamp": types.TIMESTAMP, "Date": types.DATE, "Time": types.TIME}.get(word) if word != title else None
