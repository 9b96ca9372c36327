"""JSON objects and arrays, kept letter by letter.

Law: the text shown is the text that came. The document is parsed only to know that it is one, and what a usual parser
would lose: integers beyond 2^53, doubled keys, NaN, lone surrogates. A bare number or word is text.
"""

import json
import math
import re
from typing import Any

from controlcenter.serde import values
from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "json"
CHECKED_BYTES = 16 << 20  # a bigger document is not parsed, and so not called JSON
DIGITS = 4000  # of one integer; Python itself refuses beyond 4300
SAFE = 1 << 53  # beyond it a browser's number is another number
# Possessive, and content with a string that never ends: else a megabyte of quotes is tried from each of them again.
STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
ESCAPE = re.compile(r"\\\\|\\u([0-9a-fA-F]{4})")


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the document's own text; declines what is no object or array."""
    data = data or b""
    if data.lstrip()[:1] not in (b"{", b"["):
        raise Declined("does not begin with { or [")
    if len(data) > CHECKED_BYTES:
        raise Declined(f"larger than {CHECKED_BYTES:,} bytes")
    return document(data, asked.shown)


def document(data: bytes, shown: int) -> Decoded:
    """Return any JSON document, of one number or word too; raises Declined."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Declined(f"byte {data[fault.start]:#04x} at {fault.start:,} is no UTF-8") from None
    if is_deeper(whole, values.DEPTH):
        raise Declined(f"nested deeper than {values.DEPTH}")
    odd = _odd(whole)
    text, missing = values.cut(data, shown)
    lossy = any(fault in odd for fault in (DOUBLED, NOT_NUMBERS, TOO_LARGE))
    return Decoded(NAME, text, len(data), (*missing, *odd), is_exact=not lossy and not missing, is_cut=bool(missing))


BEYOND = "Integers beyond 2^53 are shown as they came; many programs round them."
DOUBLED = "An object holds the same key twice; many programs keep only the last."
TOO_LARGE = "A number in it is larger than usual parsers can hold; it is shown as it came."
NOT_NUMBERS = "NaN or Infinity stands in it, which JSON does not know."
LONE = "A lone surrogate stands in a string: half a character."


def is_deeper(text: str, limit: int) -> bool:
    """Return whether brackets nest deeper than a limit. Nearly no text has even as many brackets, which takes a moment to see."""
    return text.count("[") + text.count("{") > limit and depth(text) > limit


def depth(text: str) -> int:
    """Return how deep brackets nest, without recursion; brackets in strings do not count."""
    deepest = now = 0
    for found in STRING_OR_BRACKET.finditer(text):
        sign = found.group()
        if sign in "[{":
            now += 1
            deepest = max(deepest, now)
        elif sign in "]}":
            now -= 1
    return deepest


def _odd(text: str) -> tuple[str, ...]:
    """Return what usual parsers would change; raises Declined when it is no JSON."""
    seen: dict[str, None] = {}

    def whole(digits: str) -> int:
        if len(digits) > DIGITS:
            seen[TOO_LARGE] = None
        elif len(digits) > 15 and (len(digits) > 20 or abs(int(digits)) > SAFE):
            seen[BEYOND] = None
        return 0

    def broken(text: str) -> None:
        if math.isinf(float(text)):
            seen[TOO_LARGE] = None

    def constant(_: str) -> None:
        seen[NOT_NUMBERS] = None

    def pairs(found: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in found}) < len(found):
            seen[DOUBLED] = None

    try:
        json.loads(text, parse_int=whole, parse_float=broken, parse_constant=constant, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as fault:
        raise Declined(str(fault).partition(":")[0].lower() + _where(fault)) from None
    if _has_lone_surrogate(text):
        seen[LONE] = None
    return tuple(seen)


def _has_lone_surrogate(text: str) -> bool:
    """Whether an escape names half a character whose other half does not follow at once."""
    halves = [(found.start(), int(found[1], 16)) for found in ESCAPE.finditer(text) if found[1] and found[1][0] in "dD"]
    high: int | None = None  # where the second half must stand
    for at, code in halves:
        is_second = 0xDC00 <= code <= 0xDFFF
        if (is_second and at != high) or (high is not None and not (is_second and at == high)):
            return True
        high = at + 6 if 0xD800 <= code <= 0xDBFF else None
    return high is not None


def _where(fault: Exception) -> str:
    return f" at character {fault.pos:,}" if isinstance(fault, json.JSONDecodeError) else ""
