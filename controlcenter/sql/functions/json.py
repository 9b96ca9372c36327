"""JSON that stands as text in a column."""

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions import json_text
from controlcenter.sql.functions.base import SEE, Call, Scalar
from controlcenter.sql.functions.json_text import MISSING
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import iso
from controlcenter.sql.types import SqlType

_STEP = re.compile(r'\.([\w:$\-/@|# ]+)|\[([\w]+)\]|\["((?:[^"\\]|\\.)*)"\]')


def extract(text: str, path: str) -> str | None:
    """Return what stands at a path: text as it is, the rest as JSON; None where nothing stands."""
    value = json_text.read(text)
    if value is MISSING:
        return None
    for step in steps(path):
        if isinstance(value, list):
            if not step.isascii() or not step.isdigit() or int(step) >= len(value):
                return None
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return None
    return value if isinstance(value, str) else json_text.write(value)


@lru_cache(maxsize=512)
def steps(path: str) -> tuple[str, ...]:
    """Return the names and indexes of a path `$.a[0]["c"]`."""
    if not path.startswith("$"):
        raise ValueError(f"Invalid JSON path: '{path}'")
    found, at = [], 1
    while at < len(path):
        step = _STEP.match(path, at)
        if not step:
            raise ValueError(f"Invalid JSON path: '{path}'")
        name, index, quoted = step.groups()
        found.append(name or index or re.sub(r"\\(.)", r"\1", quoted or ""))
        at = step.end()
    return tuple(found)


def is_json(text: str | None) -> bool:
    return text is not None and json_text.is_whole(text)


def array_contains(kinds: tuple[SqlType, ...], _returns: SqlType) -> Call:
    """Return the search of a value of one type in a JSON array; no other types mix."""
    wanted: Callable[[Any], bool] = {
        types.INTEGER: lambda item: isinstance(item, int) and not isinstance(item, bool),
        types.BIGINT: lambda item: isinstance(item, int) and not isinstance(item, bool),
        types.DOUBLE: lambda item: isinstance(item, Decimal),
        types.BOOLEAN: lambda item: isinstance(item, bool),
        types.STRING: lambda item: isinstance(item, str),
    }.get(kinds[1], lambda _item: False)  # type: ignore[call-overload]

    def contains(text: str, value: Any) -> bool:
        if text is None:
            raise ValueError("JSON_ARRAY_CONTAINS was given null.")
        try:
            array = json_text.read(text)
        except ValueError:
            return False
        if not isinstance(array, list):
            return False
        if value is None:
            return None in array
        return any(wanted(item) and (float(item) if isinstance(item, Decimal) else item) == value for item in array)

    return contains


def array_length(text: str) -> int | None:
    value = json_text.read(text)
    return len(value) if isinstance(value, list) else None


def concat(*texts: str) -> str | None:
    """Return all objects merged, or one array of everything."""
    values = [json_text.read(text) for text in texts]
    if not values or any(value is MISSING for value in values):
        return None
    if all(isinstance(value, dict) for value in values):
        merged: dict[str, Any] = {}
        for value in values:
            merged |= value
        return json_text.write(merged)
    return json_text.write([item for value in values for item in (value if isinstance(value, list) else [value])])


def items(text: str) -> list[str]:
    value = json_text.read(text)
    if not isinstance(value, list):
        raise ValueError("JSON_ITEMS needs a JSON array.")
    return list(map(json_text.write, value))


def keys(text: str) -> list[str] | None:
    value = json_text.read(text)
    return list(value) if isinstance(value, dict) else None


def records(text: str) -> dict[str, str] | None:
    value = json_text.read(text)
    if not isinstance(value, dict):
        return None
    return {name: item if isinstance(item, str) else json_text.write(item) for name, item in value.items()}


def to_json(kinds: tuple[SqlType, ...], _returns: SqlType) -> Call:
    plain = shape(kinds[0])
    return lambda value: json_text.write(None if value is None else plain(value))


def shape(kind: SqlType) -> Call:
    """Return the function that turns a value of a type into one that JSON knows; fields and keys sorted."""
    match kind:
        case types.BYTES:
            return lambda value: base64.b64encode(value).decode()
        case types.DATE:
            return iso.date_text
        case types.TIME:
            return iso.time_text
        case types.TIMESTAMP:
            return iso.timestamp_text
        case types.Array(item):
            inner = _or_null(shape(item))
            return lambda value: [inner(one) for one in value]
        case types.Map(_, item):
            inner = _or_null(shape(item))
            return lambda value: {str(key): inner(value[key]) for key in sorted(value, key=str)}
        case types.Struct(fields):
            shapes = {name: _or_null(shape(item)) for name, item in sorted(fields)}
            return lambda value: {name: of(value.get(name)) for name, of in shapes.items()}
    return lambda value: value


def _or_null(of: Call) -> Call:
    return lambda value: None if value is None else of(value)


def _one(name: str, description: str, parameters: str, returns: str, call: Call, nulls: str = "skip") -> Scalar:
    return Scalar(name, description, "JSON", (signature(parameters, returns, call, nulls=nulls),))


FUNCTIONS = (
    _one("EXTRACTJSONFIELD", "Returns what stands at a path of a JSON text.", "STRING input, STRING path", "STRING", extract),
    _one("IS_JSON_STRING", "Tells whether a text is JSON.", "STRING input", "BOOLEAN", is_json, SEE),
    Scalar("json_array_contains", "Tells whether a JSON array holds a value.", "JSON", (
        signature("STRING jsonArray, T val", "BOOLEAN", make=array_contains, nulls=SEE),
    )),
    _one("JSON_ARRAY_LENGTH", "Returns the number of elements of a JSON array.", "STRING jsonArray", "INTEGER", array_length),
    _one("JSON_CONCAT", "Merges JSON objects, or joins everything into one array.", "STRING... jsonStrings", "STRING", concat),
    _one("JSON_ITEMS", "Returns the elements of a JSON array as JSON texts.", "STRING jsonItems", "ARRAY<STRING>", items),
    _one("JSON_KEYS", "Returns the keys of a JSON object.", "STRING jsonObj", "ARRAY<STRING>", keys),
    _one("JSON_RECORDS", "Returns the fields of a JSON object as texts.", "STRING jsonObj", "MAP<STRING, STRING>", records),
    Scalar("to_json_string", "Writes a value as JSON.", "JSON", (signature("T val", "STRING", make=to_json, nulls=SEE),)),
)  # fmt: skip
