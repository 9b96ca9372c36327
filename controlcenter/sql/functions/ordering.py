"""The order of values as Java compares them, for MIN, MAX, GREATEST, ARRAY_SORT and their like; and their equality in collections."""

from collections.abc import Callable
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.java import doubles, text
from controlcenter.sql.types import SqlType

Key = Callable[[Any], Any]


def key(kind: SqlType) -> Key:
    """Return the sort key of a type: doubles with NaN last, text by UTF-16 unit, bytes signed."""
    if kind == types.DOUBLE:
        return doubles.order
    if kind == types.STRING:
        return text.order
    if kind == types.BYTES:
        return text.signed
    return _same


def _same(value: Any) -> Any:
    return value


def frozen(value: Any) -> Any:
    """Return something hashable that is equal just when Java calls the values equal."""
    if isinstance(value, float):
        return "NaN" if value != value else value.hex()
    if isinstance(value, list):
        return tuple(map(frozen, value))
    if isinstance(value, dict):
        return frozenset((name, frozen(item)) for name, item in value.items())
    return value


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal in a collection: nulls are, NaN is."""
    return bool(one == other) if not isinstance(one, float | list | dict) else frozen(one) == frozen(other)
