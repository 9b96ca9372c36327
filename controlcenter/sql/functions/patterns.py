"""REGEXP_*: Java's regular expressions. All are slow in the sense of `Scalar.is_slow`: a pattern may run away."""

import re

from controlcenter.sql.functions.base import Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import regex


def extract(pattern: str, value: str, group: int = 0) -> str | None:
    """Return a group of the first match; None without a match or without such a group."""
    found = next(regex.find_all(compiled := regex.compile(pattern), value), None)
    return found.group(group) if found and _has(compiled, group) else None


def extract_all(pattern: str, value: str, group: int = 0) -> list[str | None] | None:
    compiled = regex.compile(pattern)
    return [found.group(group) for found in regex.find_all(compiled, value)] if _has(compiled, group) else None


def replace(value: str, pattern: str, new: str) -> str:
    return regex.replace_all(regex.compile(pattern), value, new)


def split(value: str, pattern: str) -> list[str]:
    compiled = regex.compile(pattern)
    return regex.java_split(compiled, value) if compiled.fullmatch("") else regex.split(compiled, value)


def _has(pattern: re.Pattern[str], group: int) -> bool:
    if group < 0:
        raise ValueError(f"No group {group}")
    return group <= pattern.groups


_SHAPES = ("STRING pattern, STRING input", "STRING pattern, STRING input, INTEGER group")


def _one(name: str, description: str, *signatures: tuple[object, ...]) -> Scalar:
    made = tuple(signature(*parts) for parts in signatures)  # type: ignore[arg-type]
    return Scalar(name, description, "REGULAR EXPRESSION", made, is_slow=True)


FUNCTIONS = (
    _one("regexp_extract", "Returns the first match of a pattern, or a group of it.", *((shape, "STRING", extract) for shape in _SHAPES)),
    _one("regexp_extract_all", "Returns every match of a pattern.", *((shape, "ARRAY<STRING>", extract_all) for shape in _SHAPES)),
    _one("regexp_replace", "Replaces every match of a pattern.", ("STRING str, STRING regexp, STRING newStr", "STRING", replace)),
    _one("regexp_split_to_array", "Splits a text at every match of a pattern.", ("STRING string, STRING regexp", "ARRAY<STRING>", split)),
)
