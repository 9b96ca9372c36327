"""JSON text as Jackson reads and writes it for ksqlDB: exact fractions, no exponents, no blanks, non-ASCII as it is.

`read` gives Python's values with Decimal for fractions; MISSING stands for a text that holds nothing.
"""

import json
import re
from decimal import Decimal
from typing import Any

from controlcenter.sql.java import doubles

MISSING = object()
_SPECIAL = re.compile(r'["\\\x00-\x1f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _refuse(word: str) -> Any:
    raise ValueError(f"Non-standard token '{word}'")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def read(text: str) -> Any:
    """Return the first JSON value of a text (what follows it is not looked at), MISSING for blanks; ValueError for anything else."""
    trimmed = text.lstrip(" \t\n\r")
    if not trimmed:
        return MISSING
    try:
        return _DECODER.raw_decode(trimmed)[0]
    except RecursionError:
        raise ValueError("JSON is nested too deep") from None


def is_whole(text: str) -> bool:
    """Tell whether a text is one JSON value and nothing else."""
    try:
        _, end = _DECODER.raw_decode(trimmed := text.strip(" \t\n\r"))
    except (ValueError, RecursionError):
        return False
    return end == len(trimmed)


def write(value: Any) -> str:
    """Return the JSON text of a value: objects in the order of their fields."""
    if isinstance(value, str):
        return string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        text = doubles.text(value)
        return text if value - value == 0 else f'"{text}"'
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{string(name)}:{write(item)}" for name, item in value.items()) + "}"
    return str(value)


def string(value: str) -> str:
    """Return a text in quotes, control characters escaped as Jackson does."""
    return f'"{_SPECIAL.sub(_escaped, value)}"'


def _escaped(found: re.Match[str]) -> str:
    char = found.group()
    return _SHORT.get(char) or f"\\u{ord(char):04X}"
