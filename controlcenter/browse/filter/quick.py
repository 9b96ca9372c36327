"""Closures for the conditions that searches are made of: one field of the projection against one constant.

A getter reads the field straight from the struct and raises AttributeError where a parent is no object. Floats come as
doubles here, unrounded text unknown: a double decides a comparison unless both sides are equal, and then Doubt sends the
record to the exact lane. Everything else has no short form and is built by `evaluate`.
"""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from controlcenter.browse.filter import values
from controlcenter.browse.filter.tree import Call, Compare, In, ListOf, Literal, Node, Path

if TYPE_CHECKING:
    from controlcenter.browse.filter.evaluate import Access, Closure
    from controlcenter.browse.filter.meter import Meter

Getter = Callable[[Any], Any]

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith, "endsWith": str.endswith, "contains": str.__contains__,
}  # fmt: skip


class Doubt(Exception):
    """Two doubles are equal; only their texts tell whether the numbers are."""


def test(node: Node, access: "Access", meter: "Meter") -> "Closure | None":
    """Return the short closure of a condition, or None when it has none."""
    match node:
        case Compare(sign, Path("value") as path, Literal(constant)):
            pass
        case Compare(sign, Literal(constant), Path("value") as path):
            sign = MIRRORED[sign]
        case Call(name, (Path("value") as path, Literal(str() as constant))) if name in TEXTS:
            get = access.direct(path)
            return None if get is None else _text_call(TEXTS[name], get, constant, meter)
        case In(Path("value") as path, ListOf(of)) if all(isinstance(each, Literal) and type(each.value) is str for each in of):
            get = access.direct(path)
            return None if get is None else _among(get, frozenset(each.value for each in of if isinstance(each, Literal)))
        case _:
            return None
    if constant is not None and not _is_simple(constant):
        return None
    get = access.direct(path)
    if get is None:
        return None
    if constant is None:
        return _null(get, is_wanted=sign == "==")
    if type(constant) is str:
        return _text(sign, get, constant, meter)
    return _number(sign, get, constant, meter)


def _is_simple(constant: Any) -> bool:
    if type(constant) is int:
        return abs(constant) < values.LARGE
    return type(constant) in (float, str)


def _null(get: Getter, *, is_wanted: bool) -> "Closure":
    def is_null(v: Any, _: Any) -> bool:
        try:
            return (get(v) is None) is is_wanted
        except AttributeError:
            return is_wanted

    return is_null


def _text(sign: str, get: Getter, constant: str, meter: "Meter") -> "Closure":
    holds = SIGNS[sign]

    def equal(v: Any, _: Any) -> bool:
        try:
            x = get(v)
        except AttributeError:
            return False
        if type(x) is str:
            return x == constant
        meter.is_odd = meter.is_odd or x is not None
        return False

    def compare(v: Any, _: Any) -> bool:
        try:
            x = get(v)
        except AttributeError:
            return False
        if type(x) is str:
            return bool(holds(x, constant))
        meter.is_odd = meter.is_odd or x is not None
        return False

    return equal if sign == "==" else compare


def _number(sign: str, get: Getter, constant: int | float, meter: "Meter") -> "Closure":
    holds = SIGNS[sign]

    def odd(x: Any) -> bool:
        if x is not None:
            meter.is_odd = True
        return False

    def greater(v: Any, _: Any) -> bool:
        try:
            x = get(v)
        except AttributeError:
            return False
        if type(x) is float:
            if x == constant:
                raise Doubt
            return x > constant
        return x > constant if type(x) is int else odd(x)

    def compare(v: Any, _: Any) -> bool:
        try:
            x = get(v)
        except AttributeError:
            return False
        if type(x) is float:
            if x == constant:
                raise Doubt
            return bool(holds(x, constant))
        return bool(holds(x, constant)) if type(x) is int else odd(x)

    return greater if sign == ">" else compare


def _text_call(run: Callable[[str, str], bool], get: Getter, constant: str, meter: "Meter") -> "Closure":
    def call(v: Any, _: Any) -> bool:
        try:
            x = get(v)
        except AttributeError:
            return False
        if type(x) is str:
            return run(x, constant)
        meter.is_odd = meter.is_odd or x is not None
        return False

    return call


def _among(get: Getter, texts: frozenset[str]) -> "Closure":
    def among(v: Any, _: Any) -> bool:
        try:
            x = get(v)
        except AttributeError:
            return False
        return type(x) is str and x in texts

    return among


def both(of: "tuple[Closure, ...]") -> "Closure":
    """Return "every one of them", written out for the usual two and three."""
    match of:
        case (a, b):
            return lambda v, s: a(v, s) and b(v, s)
        case (a, b, c):
            return lambda v, s: a(v, s) and b(v, s) and c(v, s)

    def every(v: Any, s: Any) -> bool:
        for each in of:  # noqa: SIM110 all() over a generator costs twice as much
            if not each(v, s):
                return False
        return True

    return every


def either(of: "tuple[Closure, ...]") -> "Closure":
    """Return "one of them"."""
    match of:
        case (a, b):
            return lambda v, s: a(v, s) or b(v, s)

    def one(v: Any, s: Any) -> bool:
        for each in of:  # noqa: SIM110 as above
            if each(v, s):
                return True
        return False

    return one
