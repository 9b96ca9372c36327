"""Decoded values as a JSON document that loses nothing: whole integers, exact decimals, NaN named.

Bytes become text of one character a byte, as Avro's own JSON does: "\\u00ff" is the byte 0xff.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from controlcenter.serde import values
from controlcenter.serde.json import BEYOND, DIGITS, LONE, NOT_NUMBERS, SAFE
from controlcenter.serde.values import Decoded, Unreadable


class Slow(Exception):
    """The quick writer cannot write this exactly."""


def document(name: str, value: Any, size_bytes: int, shown: int, odd: tuple[str, ...] = ()) -> Decoded:
    """Return a value as a field decoded; raises Unreadable when it nests too deep."""
    notes = list(odd)
    try:
        whole = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "), default=_plain)
    except (Slow, ValueError, TypeError, RecursionError):
        whole = "".join(_parts(value, 0))
    data = whole.encode("utf-8", "surrogatepass")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        notes.append(LONE)
        data = whole.encode("utf-8", "backslashreplace")
    if _has_beyond(value):
        notes.append(BEYOND)
    is_nan = ("NaN" in whole or "Infinity" in whole) and _has_nan(value)
    if is_nan:
        notes.append(NOT_NUMBERS)
    text, missing = values.cut(data, shown)
    missing = (f"The first {shown:,} of {len(data):,} characters of the document are shown.",) if missing else ()
    return Decoded(name, text, size_bytes, (*missing, *notes), is_exact=not missing and not is_nan, is_cut=bool(missing))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    raise Slow


def _parts(value: Any, depth: int) -> Iterator[str]:
    if depth > values.DEPTH:
        raise Unreadable(f"its data nest deeper than {values.DEPTH}")
    if isinstance(value, dict):
        yield "{"
        for place, (key, inner) in enumerate(value.items()):
            yield (", " if place else "") + encode_basestring(key if isinstance(key, str) else "".join(_parts(key, depth + 1))) + ": "
            yield from _parts(inner, depth + 1)
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for place, inner in enumerate(value):
            yield ", " if place else ""
            yield from _parts(inner, depth + 1)
        yield "]"
    else:
        yield _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str | bytes):
        return encode_basestring(value if isinstance(value, str) else value.decode("latin-1"))
    if isinstance(value, int) and value.bit_length() > DIGITS * 3:  # Python itself writes no more than 4300 digits
        return f'"0x{value:x}"'
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 400 else str(value)
    return encode_basestring(str(value))


def _has_beyond(value: Any) -> bool:
    return any(isinstance(each, int) and not -SAFE <= each <= SAFE for each in _leaves(value))


def _has_nan(value: Any) -> bool:
    return any(isinstance(each, float | Decimal) and (each != each or each in (float("inf"), float("-inf"))) for each in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
        else:
            yield each


def found(document: Decoded, why: str, schema_id: int | None) -> Decoded:
    """Return a field decoded, with how it was found."""
    return replace(document, why=why, schema_id=schema_id)
