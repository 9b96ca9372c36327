"""Arrays: places count from 1; equality is Java's, in which null and NaN are values like others."""

from collections.abc import Callable
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions import ordering
from controlcenter.sql.functions.base import REFUSE, SEE, Call, Scalar, Signature
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import doubles
from controlcenter.sql.types import SqlType

Values = list[Any]
MOST_ROWS = 100_000  # of one record, whatever the functions make of it
ORDERED = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "STRING", "DATE", "TIME", "TIMESTAMP", "BYTES", "DECIMAL")


def contains(array: Values | None, value: Any) -> bool:
    return array is not None and any(ordering.same(item, value) for item in array)


def concat(one: Values | None, other: Values | None) -> Values | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def distinct(array: Values) -> Values:
    seen: dict[Any, Any] = {}
    for item in array:
        seen.setdefault(ordering.frozen(item), item)
    return list(seen.values())


def except_(one: Values, other: Values) -> Values:
    left_out = set(map(ordering.frozen, other))
    return [item for item in distinct(one) if ordering.frozen(item) not in left_out]


def intersect(one: Values, other: Values) -> Values:
    kept = set(map(ordering.frozen, other))
    return [item for item in distinct(one) if ordering.frozen(item) in kept]


def union(one: Values, other: Values) -> Values:
    return distinct(one + other)


def remove(array: Values | None, value: Any) -> Values | None:
    return None if array is None else [item for item in array if not ordering.same(item, value)]


def _most(kinds: tuple[SqlType, ...], _returns: SqlType) -> Call:
    key = _item_key(kinds)
    return lambda array: max((item for item in array if item is not None), key=key, default=None)


def _least(kinds: tuple[SqlType, ...], _returns: SqlType) -> Call:
    key = _item_key(kinds)
    return lambda array: min((item for item in array if item is not None), key=key, default=None)


def _item_key(kinds: tuple[SqlType, ...]) -> Callable[[Any], Any]:
    return ordering.key(_item(kinds))


def _item(kinds: tuple[SqlType, ...]) -> SqlType:
    return kinds[0].item if isinstance(kinds[0], types.Array) else kinds[0]


def _sorter(kinds: tuple[SqlType, ...], _returns: SqlType) -> Call:
    key = _item_key(kinds)

    def sort(array: Values, direction: str = "ASC") -> Values | None:
        word = direction.strip().upper()
        if word not in ("ASC", "ASCENDING", "DESC", "DESCENDING"):
            return None
        found = sorted((item for item in array if item is not None), key=key, reverse=word.startswith("DESC"))
        return found + [None] * (len(array) - len(found))

    return sort


def join(array: Values | None, delimiter: str | None = ",") -> str | None:
    return None if array is None else (delimiter or "").join(map(_text, array))


def _text(item: Any) -> str:
    """Return an element as Java's String.valueOf."""
    if isinstance(item, str):
        return item
    if item is None:
        return "null"
    if isinstance(item, bool):
        return "true" if item else "false"
    return doubles.text(item) if isinstance(item, float) else str(item)


def _joiner(kinds: tuple[SqlType, ...], _returns: SqlType) -> Call:
    item = kinds[0].item if isinstance(kinds[0], types.Array) else types.NULL
    if item in (types.BOOLEAN, types.STRING, types.NULL) or types.is_number(item):
        return join

    def refuse(array: Values | None, delimiter: str | None = ",") -> str | None:
        if array is None:
            return None
        raise ValueError(f"ARRAY_JOIN: array element type {item} is not supported.")

    return refuse


def cut(array: Values | None, first: int | None, last: int | None) -> Values | None:
    """Return the elements from one place to another, both included; None when a place lies outside."""
    if array is None:
        return None
    start = 0 if first is None else first - 1
    end = len(array) if last is None else last
    if start < 0 or end > len(array):
        return None
    if start > end:
        raise ValueError(f"fromIndex({start}) > toIndex({end})")
    return array[start:end]


def series(first: int, last: int, step: int | None = None) -> list[int]:
    """Return the numbers from one to another, both included."""
    step = step if step is not None else (1 if last > first else -1)
    if step == 0:
        raise ValueError("GENERATE_SERIES step cannot be zero")
    if (last > first and step < 0) or (last < first and step > 0):
        raise ValueError("GENERATE_SERIES step has the wrong sign")
    count = abs(last - first) // abs(step) + 1
    if count > MOST_ROWS:
        raise ValueError(f"GENERATE_SERIES of {count} values; {MOST_ROWS} are the most.")
    return [first + n * step for n in range(count)]


def as_map(keys: Values, values: Values) -> dict[Any, Any]:
    return {key: values[n] if n < len(values) else None for n, key in enumerate(keys)}


def _one(name: str, description: str, *signatures: Signature) -> Scalar:
    return Scalar(name, description, "ARRAY", signatures)


_SERIES = [(kind, f"ARRAY<{kind}>") for kind in ("INTEGER", "BIGINT")]

FUNCTIONS = (
    _one("ARRAY_LENGTH", "Returns the number of elements.", signature("ARRAY<T> array", "INTEGER", len)),
    _one("ARRAY_CONTAINS", "Tells whether an array holds a value.", signature("ARRAY<T> array, T val", "BOOLEAN", contains, nulls=SEE)),
    _one("array_concat", "Joins two arrays.", signature("ARRAY<T> left, ARRAY<T> right", "ARRAY<T>", concat, nulls=SEE)),
    _one("array_distinct", "Returns each element once, in order.", signature("ARRAY<T> array", "ARRAY<T>", distinct)),
    _one("array_except", "Returns what is in the first array only.", signature("ARRAY<T> left, ARRAY<T> right", "ARRAY<T>", except_)),
    _one("array_intersect", "Returns what is in both arrays.", signature("ARRAY<T> left, ARRAY<T> right", "ARRAY<T>", intersect)),
    _one("array_union", "Returns what is in either array.", signature("ARRAY<T> left, ARRAY<T> right", "ARRAY<T>", union)),
    _one("array_remove", "Returns the array without a value.", signature("ARRAY<T> array, T element", "ARRAY<T>", remove, nulls=SEE)),
    _one("array_max", "Returns the largest element.", *(signature(f"ARRAY<{kind}> array", kind, make=_most) for kind in ORDERED[:-1]),
         signature("ARRAY<DECIMAL> array", _item, make=_most)),
    _one("array_min", "Returns the smallest element.", *(signature(f"ARRAY<{kind}> array", kind, make=_least) for kind in ORDERED[:-1]),
         signature("ARRAY<DECIMAL> array", _item, make=_least)),
    _one("array_sort", "Sorts an array; nulls come last.", *(
        signature(f"ARRAY<{kind}> input{more}", lambda kinds: kinds[0], make=_sorter)
        for more in ("", ", STRING direction") for kind in ORDERED
    )),
    _one(
        "array_join", "Joins the elements' texts.",
        signature("ARRAY<T> array", "STRING", make=_joiner, nulls=SEE),
        signature("ARRAY<T> array, STRING delimiter", "STRING", make=_joiner, nulls=SEE),
    ),
    _one(
        "slice", "Returns the elements from one place to another.",
        signature("ARRAY<T> in, INTEGER from, INTEGER to", "ARRAY<T>", cut, nulls=SEE),
    ),
    _one(
        "GENERATE_SERIES", "Returns the numbers from one to another.",
        *(signature(f"{kind} start, {kind} end", array, series, nulls=REFUSE) for kind, array in _SERIES),
        *(signature(f"{kind} start, {kind} end, INTEGER step", array, series, nulls=REFUSE) for kind, array in _SERIES),
    ),
    _one("AS_MAP", "Makes a map of keys and values.", signature("ARRAY<STRING> keys, ARRAY<T> values", "MAP<STRING, T>", as_map)),
)  # fmt: skip
