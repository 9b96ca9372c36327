"""Text: places and lengths count UTF-16 units, from 1."""

import re
from typing import TypeVar

from controlcenter.sql.functions.base import SEE, Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import integers, text

V = TypeVar("V", str, bytes)
_WORD = re.compile(r"[^ \t\n\x0b\f\r]+[ \t\n\x0b\f\r]*")
_CODE = re.compile(r"\\u+([0-9A-Fa-f]{4})")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b", "\\f": "\f", "\\\\": "\\", "\\'": "'", '\\"': '"'}
_ESCAPED = re.compile(r"\\u+[0-9A-Fa-f]{4}|\\[ntrbf\\'\"]")


def concat(*items: str | None) -> str:
    return "".join([item for item in items if item is not None])


def concat_ws(separator: str | None, *items: str | None) -> str | None:
    if not items:
        raise ValueError("Function Concat_WS expects at least two input arguments.")
    return None if separator is None else separator.join([item for item in items if item is not None])


def length(value: str) -> int:
    return text.length(value)


def character(code: int) -> str | None:
    return chr(code) if 0 <= code <= 0x10FFFF else None


def character_of_escape(code: str) -> str | None:
    """Return the text of Java's `\\uXXXX`; None for a text that does not begin with one."""
    if not _CODE.match(code):
        return None
    return text.joined(_ESCAPED.sub(_unescaped, code))


def _unescaped(found: re.Match[str]) -> str:
    code = _CODE.fullmatch(found.group())
    return chr(int(code.group(1), 16)) if code else _ESCAPES[found.group()]


def elt(place: int | None, *items: str | None) -> str | None:
    if place is None:
        raise ValueError("ELT needs a place")
    return items[place - 1] if 1 <= place <= len(items) else None


def field(wanted: str | None, *items: str | None) -> int:
    return 0 if wanted is None or wanted not in items else items.index(wanted) + 1


def instr(value: str | None, part: str | None, start: int | None = 1, occurrence: int | None = 1) -> int:
    """Return the place of the n-th occurrence, 0 if there is none; from the end backward for a negative start."""
    if value is None or part is None:
        return 0
    if start is None or occurrence is None:
        raise ValueError("INSTR needs a place and an occurrence")
    value, part = text.units(value), text.units(part)
    if abs(start) > len(value) or start == 0:
        return 0
    at, found = (start - 1 if start > 0 else len(value) + start), -1
    for _ in range(occurrence):
        found = value.find(part, at) if start > 0 else value.rfind(part, 0, at + len(part)) if at >= 0 else -1
        if found < 0:
            return 0
        at = found + 1 if start > 0 else found - 1
    return found + 1


def substring(value: str, start: int, size: int | None = None) -> str:
    return text.by_unit(lambda units: cut(units, start, size), value)


def cut(value: V, start: int, size: int | None) -> V:
    """Return the part from a place, from the end for a negative one; both ends stay within the value."""
    first = max(len(value) + start, 0) if start < 0 else max(min(start - 1, len(value)), 0)
    last = len(value) if size is None else max(min(integers.wrap32(first + size), len(value)), first)
    return value[first:last]


def lpad(value: str, size: int, pad: str) -> str | None:
    return _padded(value, size, pad, left=True)


def rpad(value: str, size: int, pad: str) -> str | None:
    return _padded(value, size, pad, left=False)


def _padded(value: str, size: int, pad: str, *, left: bool) -> str | None:
    if not pad or size < 0:
        return None
    padded = fill(text.units(value), size, text.units(pad), left)
    return text.joined(padded)


def fill(value: V, size: int, pad: V, left: bool) -> V:
    """Return the value filled up, or cut, to a size."""
    missing = max(size - len(value), 0)
    filling = (pad * (missing // len(pad) + 1))[:missing]
    return (filling + value if left else value + filling)[:size]


def initcap(value: str) -> str:
    """Return every word with a capital, the rest small; blanks before the first word are lost, as upstream."""
    return "".join(word[0].upper() + word[1:] for word in _WORD.findall(value.lower()))


def split(value: str, delimiter: str) -> list[str]:
    return value.split(delimiter) if delimiter else list(text.units(value)) or [""]


def split_to_map(value: str, entries: str, pairs: str) -> dict[str, str] | None:
    if not entries or not pairs or entries == pairs:
        return None
    return {part.split(pairs)[0]: part.split(pairs)[1] for part in value.split(entries) if pairs in part}


def replace(value: str, old: str, new: str) -> str:
    return value.replace(old, new)


def _one(name: str, description: str, *signatures: tuple[object, ...], nulls: str = "skip") -> Scalar:
    return Scalar(name, description, "STRING", tuple(signature(*parts, nulls=nulls) for parts in signatures))  # type: ignore[arg-type]


FUNCTIONS = (
    _one("lcase", "Returns the text in small letters.", ("STRING input", "STRING", str.lower)),
    _one("ucase", "Returns the text in capitals.", ("STRING input", "STRING", str.upper)),
    _one("trim", "Returns the text without blanks and control characters at both ends.", ("STRING input", "STRING", text.trim)),
    _one("initcap", "Returns the text with every word capitalised.", ("STRING str", "STRING", initcap)),
    _one("replace", "Replaces every occurrence of a text by another.", ("STRING str, STRING oldStr, STRING newStr", "STRING", replace)),
    _one(
        "Chr", "Returns the character of a code point, or of Java's \\uXXXX.",
        ("INTEGER decimalCode", "STRING", character), ("STRING utf16Code", "STRING", character_of_escape),
    ),
    _one("ELT", "Returns the n-th of the texts, from 1.", ("INTEGER n, STRING... args", "STRING", elt), nulls=SEE),
    _one("FIELD", "Returns the place of a text among others, or 0.", ("STRING str, STRING... args", "INTEGER", field), nulls=SEE),
    _one(
        "instr", "Returns the place of a text in another, 0 if it is not there.",
        ("STRING str, STRING substring", "INTEGER", instr), ("STRING str, STRING substring, INTEGER position", "INTEGER", instr),
        ("STRING str, STRING substring, INTEGER position, INTEGER occurrence", "INTEGER", instr), nulls=SEE,
    ),
    _one(
        "split_to_map", "Splits a text into entries, and each entry into a key and a value.",
        ("STRING input, STRING entryDelimiter, STRING kvDelimiter", "MAP<STRING, STRING>", split_to_map),
    ),
)  # fmt: skip
