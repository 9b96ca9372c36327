"""Decoded values as a JSON document that loses nothing: whole integers, exact decimals, NaN named.

Bytes become text of one character a byte, as Avro's own JSON does: "\\u00ff" is the byte 0xff.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from controlcenter.serde import values
from controlcenter.serde.json import BEYOND, DIGITS, LONE, NOT_NUMBERS, SAFE
from controlcenter.serde.values import Decoded, Unreadable

SIXTEEN = re.compile(r"[0-9]{16}")  # digits that a number beyond 2^53 has; cheaper than to look at every value


class Slow(Exception):
    """The quick writer cannot write this exactly."""


def document(name: str, value: Any, size_bytes: int, shown: int, odd: tuple[str, ...] = ()) -> Decoded:
    """Return a value as a field decoded; raises Unreadable when it nests too deep."""
    notes = list(odd)
    try:
        whole = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "), default=_plain)
    except (Slow, ValueError, TypeError, RecursionError):
        whole = _text(value)
    data = whole.encode("utf-8", "surrogatepass")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        notes.append(LONE)
        data = whole.encode("utf-8", "backslashreplace")
    if SIXTEEN.search(whole) and _has_beyond(value):
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


def _write(value: Any, depth: int, out: list[str]) -> None:
    if depth > values.DEPTH:
        raise Unreadable(f"its data nest deeper than {values.DEPTH}")
    if isinstance(value, dict):
        sign = "{"
        for key, inner in value.items():
            out += (sign, encode_basestring(key) if isinstance(key, str) else encode_basestring(_text(key, depth)), ": ")
            _write(inner, depth + 1, out)
            sign = ", "
        out.append("}" if value else "{}")
    elif isinstance(value, list | tuple):
        sign = "["
        for inner in value:
            out.append(sign)
            _write(inner, depth + 1, out)
            sign = ", "
        out.append("]" if value else "[]")
    else:
        out.append(_scalar(value))


def _text(value: Any, depth: int = 0) -> str:
    out: list[str] = []
    _write(value, depth, out)
    return "".join(out)


def _scalar(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if value is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if kind is int:  # Python itself writes no more than 4300 digits
        return repr(value) if value.bit_length() < DIGITS * 3 else f'"0x{value:x}"'
    if kind is float:
        return repr(value) if math.isfinite(value) else json.dumps(value)
    if kind is Decimal:
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 400 else str(value)
    return encode_basestring(value.decode("latin-1") if kind is bytes else str(value))


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
