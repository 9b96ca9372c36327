"""Bytes of a case's topics: what a producer would have written, and what a reader of the sink sees.

AVRO, PROTOBUF and JSON_SR are kept in memory by the columns of the DDL: the cases ask what arrives, not how it is packed.
"""

import json
import pickle
import struct
from decimal import Decimal

from controlcenter.sql import types
from controlcenter.sql.java import doubles
from controlcenter.sql.wire import json as exact
from controlcenter.sql.wire.formats import FORMATS

NUMBERS = {types.INTEGER: ">i", types.BIGINT: ">q", types.DOUBLE: ">d"}


class InMemory:
    """A format with a schema. `is_wrapped`: a single column stands in a record, told nothing else; `nulls` False: as proto3."""

    def __init__(self, key_wrapped, nulls):
        self.key_wrapped, self.nulls = key_wrapped, nulls

    def wrapped(self, columns, options, is_key):
        if len(columns) != 1:
            return True
        if options.wrap is not None:
            return options.wrap
        return self.key_wrapped if is_key else True

    def reader(self, columns, options, is_key):
        if not self.wrapped(columns, options, is_key):
            return lambda data: None if (held := pickle.loads(data)) is None else [held]
        return lambda data: [pickle.loads(data).get(c.name) for c in columns]

    def writer(self, columns, options, is_key):
        fill = (lambda value, kind: value) if self.nulls else filled
        if not self.wrapped(columns, options, is_key):
            return lambda values: None if values[0] is None else pickle.dumps(fill(values[0], columns[0].type))
        return lambda values: pickle.dumps({c.name: fill(v, c.type) for c, v in zip(columns, values, strict=True)})


def filled(value, kind):
    """Return a value as proto3 gives it back: no null but of messages."""
    match kind:
        case types.Array(item):
            return [filled(one, item) for one in value or []]
        case types.Map(_, held):
            return {k: filled(v, held) for k, v in (value or {}).items()}
        case types.Struct(fields):
            return None if value is None else {name: filled(value.get(name), inner) for name, inner in fields}
    if value is None:
        return {types.STRING: "", types.BYTES: b"", types.BOOLEAN: False, types.INTEGER: 0, types.BIGINT: 0, types.DOUBLE: 0.0}.get(kind)
    return value


SCHEMAS = {
    "AVRO": InMemory(False, True),
    "JSON_SR": InMemory(False, True),
    "PROTOBUF": InMemory(True, False),
    "PROTOBUF_NOSR": InMemory(True, False),
}
ALL = {**FORMATS, **SCHEMAS}


def written(value, options, columns, is_key):
    """Return the bytes of a value as the case has it."""
    if value is None or options.name == "NONE":
        return None
    if options.name in SCHEMAS:
        return in_memory(value, options, columns, is_key)
    if options.name == "JSON":
        return text(value).encode()
    if options.name == "DELIMITED" or not columns or columns[0].type not in NUMBERS:
        return (value if isinstance(value, str) else text(value)).encode()
    number = float(value) if columns[0].type == types.DOUBLE else int(value)
    return struct.pack(NUMBERS[columns[0].type], number)


def in_memory(value, options, columns, is_key):
    wire = SCHEMAS[options.name]
    if not columns:
        return pickle.dumps({})
    if wire.wrapped(columns, options, is_key) and isinstance(value, dict):
        values = exact.fields_of(value, [(c.name, c.name.lower(), exact.coercer(c.type)) for c in columns])
    else:
        values = [exact.coercer(columns[0].type)(value)]
    return wire.writer(columns, options, is_key)(values)


def text(value):
    """Return JSON with every digit as it stands."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def input_record(record, source):
    """Return (key, value) bytes of an input under the source declared on its topic."""
    key = written(record.get("key"), source.key_format, source.schema.key, True)
    window = record.get("window")
    if window is not None and key is not None:
        span = (window["end"], window["start"]) if source.window and source.window.kind == "SESSION" else (window["start"],)
        key += struct.pack(f">{len(span)}q", *span)
    return key, written(record["value"], source.value_format, source.schema.value, False)


def read(data, options, columns, is_key):
    """Return what the rules look at, from the bytes alone and the columns' types."""
    if data is None or options.name == "NONE":
        return None
    if options.name in SCHEMAS:
        return pickle.loads(data)
    if options.name == "JSON":
        return json.loads(data, parse_float=Decimal, parse_constant=refuse)
    if options.name == "DELIMITED" or not columns or columns[0].type not in NUMBERS:
        return data.decode()
    number = struct.unpack(NUMBERS[columns[0].type], data)[0]
    return Decimal(doubles.text(number)) if isinstance(number, float) else number


def refuse(name):
    raise ValueError(f"{name} is not JSON")


def output_record(record, source):
    """Return an output as the rules look at it: key, value, window, timestamp, headers."""
    key, window = record.key_, None
    if source.window is not None and key is not None:
        if source.window.kind == "SESSION":
            end, start = struct.unpack(">qq", key[-16:])
            key, window = key[:-16], (start, end, "session")
        else:
            (start,) = struct.unpack(">q", key[-8:])
            key, window = key[:-8], (start, start + source.window.size_ms, "time")
    return {
        "key": read(key, source.key_format, source.schema.key, True),
        "value": read(record.value_, source.value_format, source.schema.value, False),
        "window": window,
        "timestamp": record.timestamp_ms,
        "headers": record.headers_,
    }
