"""The field builder: path, operator and value picked in a form → the text of an expression, which then is an ordinary filter."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from controlcenter.browse.filter import compiler, paths
from controlcenter.browse.filter.errors import FilterError
from controlcenter.browse.filter.kinds import VARIABLES
from controlcenter.browse.filter.values import Instant
from controlcenter.errors import Kind

NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
COMPARING = ("==", "!=", "<", "<=", ">", ">=")
TEXTUAL = ("contains", "startsWith", "endsWith", "matches")
ALONE = {"exists": "has({})", "absent": "{} == null", "true": "{} == true", "false": "{} == false"}
OPERATORS = (*COMPARING, *TEXTUAL, "in", *ALONE)


def build(path: str, operator: str, value: Any = None, *, kind: str = "") -> str:
    """Return the expression of one condition; raises FilterError.

    path   a variable or a path: partition, value.fare.base, headers['trace-id']
    value  text, number, bool, None, or for "in" a list of them; nothing for exists, absent, true and false
    kind   reads a typed text as number, bool, timestamp or duration; without it a text is a text
    """
    if operator not in OPERATORS:
        raise _wrong(f"{operator!r} is no operator.", f"Use one of {', '.join(OPERATORS)}.", "filter_operator")
    written = path.strip()
    if written not in VARIABLES:
        written = paths.text(*paths.parse(written))
    found = _condition(written, operator, value, kind)
    compiler.compile(found)
    return found


def _condition(path: str, operator: str, value: Any, kind: str) -> str:
    if operator in ALONE:
        return ALONE[operator].replace("{}", path)
    if operator in TEXTUAL:
        return f"{path}.{operator}({paths.quoted(str(value))})"
    if operator == "in":
        items = value if isinstance(value, (list, tuple)) else [part.strip() for part in str(value).split(",") if part.strip()]
        if not items:
            raise _wrong("There is nothing to choose from.", "Write the values, with commas between them.", "filter_value")
        return f"{path} in [{', '.join(_literal(item, kind) for item in items)}]"
    return f"{path} {operator} {_literal(value, kind)}"


def _literal(value: Any, kind: str) -> str:
    if isinstance(value, str):
        return _read(value, kind)
    return next(write(value) for sort, write in WRITTEN if isinstance(value, sort))


def _read(typed: str, kind: str) -> str:
    """Return a typed text as a literal of the kind that was picked."""
    trimmed = typed.strip()
    if kind in ("timestamp", "duration"):
        return f"{kind}({paths.quoted(trimmed)})"
    if kind == "number":
        if not NUMBER.fullmatch(trimmed):
            raise _wrong(f"{typed!r} is no number.", "Write digits, with a point before the fraction.", "filter_value")
        return trimmed
    if kind == "bool":
        if trimmed not in ("true", "false"):
            raise _wrong(f"{typed!r} is neither true nor false.", "Write true or false.", "filter_value")
        return trimmed
    return "null" if kind == "null" else paths.quoted(typed)


def _stranger(value: Any) -> str:
    raise _wrong("Such a value cannot be written in a filter.", "Use a text, a number, true, false or null.", "filter_value")


WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: "null"),
    (bool, lambda value: "true" if value else "false"),
    (int, str),
    (float, lambda value: repr(value) if value == value and abs(value) != float("inf") else _stranger(value)),
    (Decimal, lambda value: str(value) if value.is_finite() else _stranger(value)),
    (Instant, lambda value: f"timestamp({value.ns // 10**6})"),
    (object, _stranger),
)


def _wrong(what: str, hint: str, field: str) -> FilterError:
    return FilterError(Kind.INVALID, what, hint, field)
