"""JSON, the exact way: the whole tree with `Decimal`, then ksqlDB's coercions column by column.

Law: a record is read wholly or not at all; a wrong kind in one column is `Malformed` for the record.

Which field a column takes: the one of exactly its name, else the one written in lower case, else the last whose upper
case is the name. (Upstream knows only the first and the last rule; they differ from ours for a record that spells one
name in several ways.)
"""

import base64
import binascii
import json as text_json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire import encode
from controlcenter.sql.wire.base import Malformed, Reader, Values, Writer, is_wrapped
from controlcenter.sql.wire.plain import fit, parse_double, plain_decimal, time_of_day

MAX_DEPTH = 100
Coerce = Callable[[Any], Any]


def _no_constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON")


_scan = text_json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant).raw_decode


def reader(columns: Sequence[Column], options: Format, is_key: bool) -> Reader:
    """Return bytes → values in the order of `columns`."""
    if not is_wrapped(columns, options, is_key):
        return _bare(coercer(columns[0].type), columns[0].type)
    wanted = [(c.name, c.name.lower(), coercer(c.type)) for c in columns]

    def read(data: bytes) -> Values | None:
        tree = parse(data)
        if tree is None:
            return None
        if not isinstance(tree, dict):
            raise Malformed("Can't convert type. type: " + _kind(tree))
        return fields_of(tree, wanted)

    return read


def writer(columns: Sequence[Column], options: Format, is_key: bool) -> Writer:
    """Return values → bytes. A bare value that is null gives null bytes; an object keeps its nulls."""
    encoders = [encode.encoder(c.type) for c in columns]
    if not is_wrapped(columns, options, is_key):
        only = encoders[0]
        return lambda values: None if values[0] is None else only(values[0])
    frame = encode.template(columns)
    return lambda values: frame % tuple([write(value) for write, value in zip(encoders, values, strict=True)])


def _bare(coerce: Coerce, kind: SqlType) -> Reader:
    def read(data: bytes) -> Values | None:
        if not data and kind == types.STRING:
            return [""]
        value = coerce(parse(data))
        return None if value is None else [value]

    return read


def fields_of(tree: dict[str, Any], wanted: list[tuple[str, str, Coerce]]) -> Values:
    folded: dict[str, Any] | None = None
    values = []
    for name, lower, coerce in wanted:
        if name in tree:
            value = tree[name]
        elif lower in tree and lower.upper() == name:
            value = tree[lower]
        else:
            folded = folded if folded is not None else {known.upper(): held for known, held in tree.items()}
            value = folded.get(name)
        values.append(None if value is None else coerce(value))
    return values


def parse(data: bytes) -> Any:
    """Return the first JSON value of some bytes; what follows it is ignored. Raises `Malformed`."""
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _check_depth(data)
    try:
        # bad UTF-8 matters only in a column that is read: `_string` looks for what is left of it
        return _scan(data.decode("utf-8", "surrogateescape").lstrip(" \t\r\n"))[0]
    except (ValueError, RecursionError) as error:
        raise Malformed(f"invalid JSON: {error}") from None


def _check_depth(data: bytes) -> None:
    depth = 0
    for byte in data:  # brackets inside strings count too: only a record with more than 100 of them comes here
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > MAX_DEPTH:
            raise Malformed(f"nested deeper than {MAX_DEPTH}")


def coercer(kind: SqlType) -> Coerce:
    """Return tree value → column value for one type; None stays None."""
    match kind:
        case types.Decimal(precision, scale):
            return lambda x: None if x is None else fit(_number(x), precision, scale)
        case types.Array(item):
            return _array(coercer(item))
        case types.Map(_, value):
            return _map(coercer(value))
        case types.Struct(fields):
            wanted = [(name, name.lower(), coercer(inner)) for name, inner in fields]
            return lambda x: None if x is None else _struct(x, wanted)
    simple = _SIMPLE[kind]
    return lambda x: None if x is None else simple(x)


def _array(item: Coerce) -> Coerce:
    def coerce(x: Any) -> Any:
        if x is None:
            return None
        if not isinstance(x, list):
            raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: ARRAY")
        return [item(y) for y in x]

    return coerce


def _map(value: Coerce) -> Coerce:
    def coerce(x: Any) -> Any:
        if x is None:
            return None
        if not isinstance(x, dict):
            raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: MAP")
        return {_string(name): value(y) for name, y in x.items()}

    return coerce


def _struct(x: Any, wanted: list[tuple[str, str, Coerce]]) -> Any:
    if not isinstance(x, dict):
        raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: STRUCT")
    return dict(zip((name for name, _, _ in wanted), fields_of(x, wanted), strict=True))


def _boolean(x: Any) -> bool:
    if isinstance(x, bool):
        return x
    raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: BOOLEAN")


def _whole(bits: int, name: str) -> Coerce:
    half, all_ = 1 << (bits - 1), 1 << bits

    def coerce(x: Any) -> int:
        if isinstance(x, str):
            if not (digits := x[1:] if x[:1] in ("+", "-") else x).isdecimal() or not -half <= int(x) < half:
                raise Malformed(f"Failed to parse as {name}: {x!r}")
            return int(x) if digits else 0
        if isinstance(x, bool) or not isinstance(x, int | Decimal):
            raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: {name}")
        if isinstance(x, Decimal) and x.adjusted() > 400:  # 1E999999999 would be written out digit by digit
            return 0  # its low bits: such a number is a multiple of 2⁶⁴
        return (int(x) + half) % all_ - half

    return coerce


def _double(x: Any) -> float:
    if isinstance(x, bool) or not isinstance(x, int | Decimal | str):
        raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: DOUBLE")
    try:
        return parse_double(x) if isinstance(x, str) else float(x)
    except OverflowError:
        return float("inf") if Decimal(x) > 0 else float("-inf")
    except ValueError as error:
        raise Malformed(str(error)) from None


def _number(x: Any) -> Decimal:
    if isinstance(x, bool) or not isinstance(x, int | Decimal | str):
        raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: DECIMAL")
    return plain_decimal(x) if isinstance(x, str) else Decimal(x)


def _string(x: Any) -> str:
    if isinstance(x, str):
        if not x.isascii() and any("\udc80" <= c <= "\udcff" for c in x):
            raise Malformed("invalid UTF-8")
        return x
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, list):
        return "[" + ", ".join("null" if y is None else _string(y) for y in x) + "]"
    return compact(x) if isinstance(x, dict) else str(x)


def compact(x: Any) -> str:
    """Return a tree as JSON text without blanks, its numbers digit by digit as they were."""
    if isinstance(x, dict):
        return "{" + ",".join(f"{_quote(_string(name))}:{compact(y)}" for name, y in x.items()) + "}"
    if isinstance(x, list):
        return "[" + ",".join(map(compact, x)) + "]"
    if isinstance(x, Decimal):
        return str(x)
    return _quote(_string(x)) if isinstance(x, str) else text_json.dumps(x)


def _quote(text: str) -> str:
    return encode.encode_text(text).decode()


def _bytes(x: Any) -> bytes:
    if isinstance(x, str):
        try:
            return base64.b64decode(x, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise Malformed(f"Can't convert type. type: {_kind(x)}, wanted: BYTES")


def _time(x: Any) -> int:
    return time_of_day(_LONG(x))


def _kind(x: Any) -> str:
    return {dict: "ObjectNode", list: "ArrayNode", str: "TextNode", bool: "BooleanNode"}.get(type(x), "NumericNode")


_LONG = _whole(64, "BIGINT")
_INT = _whole(32, "INTEGER")
_SIMPLE: dict[SqlType, Coerce] = {
    types.BOOLEAN: _boolean,
    types.INTEGER: _INT,
    types.BIGINT: _LONG,
    types.DOUBLE: _double,
    types.STRING: _string,
    types.BYTES: _bytes,
    types.DATE: _INT,
    types.TIME: _time,
    types.TIMESTAMP: _LONG,
}
