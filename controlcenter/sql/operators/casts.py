"""CAST, chosen once by both types: `caster(from, to)` returns value → value; null stays null.

Law: a value that has no counterpart raises (ValueError, ArithmeticError); a pair of types without a way is refused by
`types.can_cast` before anything comes here.
"""

import base64
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.java import decimals, doubles, integers, iso
from controlcenter.sql.java.text import trim
from controlcenter.sql.types import SqlType

Cast = Callable[[Any], Any]
DAY_MS = 86_400_000


def caster(given: SqlType, wanted: SqlType) -> Cast:
    """Return the cast of one type to another."""
    if given == wanted or given == types.NULL:
        return lambda x: x
    work = _nested(given, wanted) or _simple(given, wanted)
    return lambda x: None if x is None else work(x)


def _nested(given: SqlType, wanted: SqlType) -> Cast | None:
    match given, wanted:
        case types.Array(one), types.Array(other):
            item = caster(one, other)
            return lambda x: [item(y) for y in x]
        case types.Map(key, value), types.Map(key2, value2):
            name, held = caster(key, key2), caster(value, value2)
            return lambda x: {name(k): held(v) for k, v in x.items()}
        case types.Struct(), types.Struct(fields):
            parts = [(name, caster(given.field(name) or types.NULL, kind)) for name, kind in fields]
            return lambda x: {name: cast(x.get(name)) for name, cast in parts}
    return None


def _simple(given: SqlType, wanted: SqlType) -> Cast:
    if isinstance(wanted, types.Decimal):
        return _to_decimal(given, wanted)
    if wanted == types.STRING:
        return texter(given)
    if isinstance(given, types.Decimal):
        return _OF_DECIMAL[wanted]
    return _PAIRS[given, wanted]


_OF_DECIMAL: dict[SqlType, Cast] = {
    types.INTEGER: lambda x: integers.wrap32(int(x.to_integral_value(ROUND_DOWN))),
    types.BIGINT: lambda x: integers.wrap64(int(x.to_integral_value(ROUND_DOWN))),
    types.DOUBLE: float,
}


def _to_decimal(given: SqlType, wanted: types.Decimal) -> Cast:
    precision, scale = wanted.precision, wanted.scale
    if given == types.DOUBLE:
        return lambda x: decimals.from_double(x, precision, scale)
    if given == types.STRING:
        return lambda x: decimals.fit(_number(x), precision, scale)
    return lambda x: decimals.fit(Decimal(x), precision, scale)


def _number(text: str) -> Decimal:
    text = trim(text)
    if not text or not set(text) <= set("0123456789+-.eE"):
        raise ValueError(f"Cannot cast '{text}' to a number.")
    return Decimal(text)


def texter(kind: SqlType) -> Cast:
    """Return value → the text that CAST AS STRING gives; it is never asked about null itself."""
    match kind:
        case types.Decimal():
            return decimals.plain
        case types.Array(item):
            inner = _or_null(texter(item))
            return lambda x: "[" + ", ".join(map(inner, x)) + "]"
        case types.Map(key, value):
            name, held = _or_null(texter(key)), _or_null(texter(value))
            return lambda x: "{" + ", ".join(f"{name(k)}={held(v)}" for k, v in x.items()) + "}"
        case types.Struct(fields):
            parts = [(name, texter(inner)) for name, inner in fields]
            return lambda x: "Struct{" + ",".join(f"{n}={text(x[n])}" for n, text in parts if x.get(n) is not None) + "}"
    return _TEXTS[kind]


def _or_null(text: Cast) -> Cast:
    return lambda x: "null" if x is None else text(x)


_TEXTS: dict[SqlType, Cast] = {
    types.BOOLEAN: lambda x: "true" if x else "false",
    types.INTEGER: str,
    types.BIGINT: str,
    types.DOUBLE: doubles.text,
    types.STRING: lambda x: x,
    types.BYTES: lambda x: base64.b64encode(x).decode(),
    types.DATE: iso.date_text,
    types.TIME: iso.time_text,
    types.TIMESTAMP: iso.timestamp_text,
    types.NULL: lambda _: "null",
}


def _truth(text: str) -> bool:
    folded = trim(text).lower()
    return bool(folded) and ("true".startswith(folded) or "yes".startswith(folded))


_PAIRS: dict[tuple[SqlType, SqlType], Cast] = {
    (types.INTEGER, types.BIGINT): lambda x: x,
    (types.BIGINT, types.INTEGER): integers.wrap32,
    (types.INTEGER, types.DOUBLE): float,
    (types.BIGINT, types.DOUBLE): float,
    (types.DOUBLE, types.INTEGER): doubles.to_int,
    (types.DOUBLE, types.BIGINT): doubles.to_long,
    (types.STRING, types.BOOLEAN): _truth,
    (types.STRING, types.INTEGER): lambda x: integers.parse_int(trim(x)),
    (types.STRING, types.BIGINT): lambda x: integers.parse_long(trim(x)),
    (types.STRING, types.DOUBLE): doubles.parse,
    (types.STRING, types.DATE): iso.parse_date,
    (types.STRING, types.TIME): iso.parse_time,
    (types.STRING, types.TIMESTAMP): iso.parse_timestamp,
    (types.STRING, types.BYTES): lambda x: base64.b64decode(x, validate=True),
    (types.TIMESTAMP, types.DATE): lambda x: x // DAY_MS,
    (types.TIMESTAMP, types.TIME): lambda x: x % DAY_MS,
    (types.DATE, types.TIMESTAMP): lambda x: x * DAY_MS,
}
