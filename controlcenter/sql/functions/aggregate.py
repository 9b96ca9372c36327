"""Aggregates of numbers and counts: COUNT, SUM, SUM_LIST, AVG, MIN, MAX, STDDEV_SAMP(LE), CORRELATION, HISTOGRAM, COUNT_DISTINCT.

DOUBLEs add in order of arrival: neither re-ordered nor summed exactly, since results are compared as text.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions import ordering, sketch
from controlcenter.sql.functions.base import Aggregate, AggregateSignature, Aggregator, Build
from controlcenter.sql.functions.signatures import aggregates
from controlcenter.sql.java import decimals, integers
from controlcenter.sql.types import SqlType

NUMBERS = ("INTEGER", "BIGINT", "DOUBLE")
_MOST_KEYS = 1000  # of HISTOGRAM
Kinds = tuple[SqlType, ...]
State = dict[str, Any]


def itself(value: Any) -> Any:
    return value


def _count(_kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    return Aggregator(
        initialize=lambda: 0,
        add=lambda state, value: state if value is None else state + 1,
        merge=lambda one, other: one + other,
        result=itself,
        undo=lambda state, value: state if value is None else state - 1,
    )


def _count_rows(_kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    return Aggregator(
        initialize=lambda: 0,
        add=lambda state: state + 1,
        merge=lambda one, other: one + other,
        result=itself,
        undo=lambda state: state - 1,
    )


def plus(kind: SqlType) -> tuple[Any, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """Return zero, addition and subtraction of a number type as Java does them."""
    if isinstance(kind, types.Decimal):
        precision, scale = kind.precision, kind.scale
        return (
            decimals.with_scale(Decimal(0), scale),
            lambda one, other: decimals.add(one, other, precision, scale),
            lambda one, other: decimals.subtract(one, other, precision, scale),
        )
    if kind == types.DOUBLE:
        return 0.0, lambda one, other: one + other, lambda one, other: one - other
    wrap = integers.wrap32 if kind == types.INTEGER else integers.wrap64
    return 0, lambda one, other: wrap(one + other), lambda one, other: wrap(one - other)


def _sum(kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    zero, add, subtract = plus(kinds[0])
    return Aggregator(
        initialize=lambda: zero,
        add=lambda state, value: state if value is None else add(state, value),
        merge=add,
        result=itself,
        undo=lambda state, value: state if value is None else subtract(state, value),
    )


def _sum_list(kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    zero, add, subtract = plus(_item(kinds))

    def over(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def call(state: Any, values: list[Any] | None) -> Any:
            total = zero
            for value in values or ():
                total = total if value is None else add(total, value)
            return state if values is None else work(state, total)

        return call

    return Aggregator(initialize=lambda: zero, add=over(add), merge=add, result=itself, undo=over(subtract))


def _avg(kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    zero, add, subtract = plus(kinds[0])
    return Aggregator(
        initialize=lambda: {"SUM": zero, "COUNT": 0},
        add=lambda state, value: state if value is None else {"SUM": add(state["SUM"], value), "COUNT": state["COUNT"] + 1},
        merge=lambda one, other: {"SUM": add(one["SUM"], other["SUM"]), "COUNT": one["COUNT"] + other["COUNT"]},
        result=lambda state: float(state["SUM"]) / state["COUNT"] if state["COUNT"] else 0.0,
        undo=lambda state, value: state if value is None else {"SUM": subtract(state["SUM"], value), "COUNT": state["COUNT"] - 1},
    )


def _extreme(choose: Callable[..., Any]) -> Build:
    """Return the builder of MIN or MAX."""

    def build(kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
        key = ordering.key(kinds[0])

        def better(state: Any, value: Any) -> Any:
            if value is None or state is None:
                return state if value is None else value
            return choose(state, value, key=key)

        return Aggregator(initialize=lambda: None, add=better, merge=better, result=itself)

    return build


def _deviation(root: bool) -> Build:
    """Return the builder of STDDEV_SAMP (upstream takes no root there) or STDDEV_SAMPLE."""

    def build(kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
        zero, add, subtract = plus(kinds[0])
        is_whole = kinds[0] != types.DOUBLE

        def term(value: Any, count: int, total: Any) -> float:
            distance = float(count * value - total)
            return distance * distance / (count * (count - 1))

        def take(state: State, value: Any) -> State:
            if value is None:
                return state
            count, total = state["COUNT"] + 1, add(state["SUM"], value)
            return {"SUM": total, "COUNT": count, "M2": state["M2"] + (term(value, count, total) if count > 1 else 0.0)}

        def give_back(state: State, value: Any) -> State:
            if value is None:
                return state
            count, total = state["COUNT"], state["SUM"]
            return {
                "SUM": subtract(total, value),
                "COUNT": count - 1,
                "M2": state["M2"] - (term(value, count, total) if count > 1 else 0.0),
            }

        def mean(state: State) -> float:
            return integers.divide(state["SUM"], state["COUNT"]) if is_whole else state["SUM"] / state["COUNT"]

        def merge(one: State, other: State) -> State:
            if not one["COUNT"] or not other["COUNT"]:
                return other if not one["COUNT"] else one
            counts = one["COUNT"], other["COUNT"]
            between = counts[0] * counts[1] * (mean(one) - mean(other)) ** 2 / sum(counts)
            return {"SUM": add(one["SUM"], other["SUM"]), "COUNT": sum(counts), "M2": one["M2"] + other["M2"] + between}

        def result(state: State) -> float:
            if state["COUNT"] < 2:
                return 0.0
            variance = float(state["M2"] / (state["COUNT"] - 1))
            return math.sqrt(variance) if root and variance >= 0 else variance if not root else math.nan

        return Aggregator(lambda: {"SUM": zero, "COUNT": 0, "M2": 0.0}, take, merge, result, give_back)

    return build


_SUMS = ("SUM_X", "SUM_Y", "SUM_XX", "SUM_YY", "SUM_XY")


def _correlation(_kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    def moved(state: State, x: Any, y: Any, by: int) -> State:
        if x is None or y is None:
            return state
        x, y = float(x), float(y)
        made = {name: state[name] + by * part for name, part in zip(_SUMS, (x, y, x * x, y * y, x * y), strict=True)}
        return made | {"COUNT": state["COUNT"] + by}

    def result(state: State) -> float:
        x, y, xx, yy, xy = (state[name] for name in _SUMS)
        count = state["COUNT"]
        under = (count * xx - x * x) * (count * yy - y * y)
        return (count * xy - x * y) / math.sqrt(under) if under > 0 else math.nan

    return Aggregator(
        initialize=lambda: dict.fromkeys(_SUMS, 0.0) | {"COUNT": 0},
        add=lambda state, x, y: moved(state, x, y, 1),
        merge=lambda one, other: {name: one[name] + other[name] for name in one},
        result=result,
        undo=lambda state, x, y: moved(state, x, y, -1),
    )


def _histogram(_kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    def counted(state: State, value: str, by: int) -> State:
        if value not in state and len(state) >= _MOST_KEYS:
            return state
        return state | {value: state.get(value, 0) + by}

    def give_back(state: State, value: str | None) -> State:
        if value is None or value not in state:
            return state
        left = counted(state, value, -1)
        return left if left[value] > 0 else {key: count for key, count in left.items() if key != value}

    def merge(one: State, other: State) -> State:
        for value, count in other.items():
            one = counted(one, value, count)
        return one

    return Aggregator(dict, lambda state, value: state if value is None else counted(state, value, 1), merge, itself, give_back)


def _count_distinct(_kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    return Aggregator(
        initialize=list,
        add=lambda state, value: state if value is None else sketch.add(state, ordering.frozen(value)),
        merge=sketch.merge,
        result=sketch.estimate,
    )


def _item(kinds: Kinds) -> SqlType:
    return kinds[0].item if isinstance(kinds[0], types.Array) else kinds[0]


def first(kinds: Kinds) -> SqlType:
    return kinds[0]


def _of_numbers(state: str, build: Build, parameters: str = "{0} value", returns: str = "DOUBLE") -> tuple[AggregateSignature, ...]:
    return tuple(aggregates(parameters.format(kind), returns.format(kind), state.format(kind), build) for kind in NUMBERS)


def _one(name: str, description: str, signatures: tuple[AggregateSignature, ...], *, has_undo: bool = False) -> Aggregate:
    return Aggregate(name, description, "AGGREGATE", signatures, has_undo)


_COMPARED = (*NUMBERS, "DATE", "TIME", "TIMESTAMP", "STRING", "BYTES")
_DEVIATION = "STRUCT<SUM {0}, COUNT BIGINT, M2 DOUBLE>"
_CORRELATION = "STRUCT<" + ", ".join(f"{name} DOUBLE" for name in _SUMS) + ", COUNT BIGINT>"


def _compared(name: str, description: str, build: Build) -> Aggregate:
    return _one(name, description, (
        *(aggregates(f"{kind} val", kind, kind, build) for kind in _COMPARED), aggregates("DECIMAL val", first, first, build),
    ))  # fmt: skip


FUNCTIONS = (
    _one(
        "COUNT", "Counts the values that are not null, or all rows.",
        (aggregates("", "BIGINT", "BIGINT", _count_rows), aggregates("T val", "BIGINT", "BIGINT", _count)), has_undo=True,
    ),
    _one(
        "SUM", "Adds the values.",
        (*_of_numbers("{0}", _sum, returns="{0}"), aggregates("DECIMAL value", first, first, _sum)), has_undo=True,
    ),
    _one("SUM_LIST", "Adds all elements of arrays.", _of_numbers("{0}", _sum_list, "ARRAY<{0}> value", "{0}"), has_undo=True),
    _one("AVG", "Returns the mean.", _of_numbers("STRUCT<SUM {0}, COUNT BIGINT>", _avg), has_undo=True),
    _compared("MIN", "Returns the smallest value.", _extreme(min)),
    _compared("MAX", "Returns the largest value.", _extreme(max)),
    _one("STDDEV_SAMP", "Returns the sample variance.", _of_numbers(_DEVIATION, _deviation(root=False)), has_undo=True),
    _one("STDDEV_SAMPLE", "Returns the sample standard deviation.", _of_numbers(_DEVIATION, _deviation(root=True)), has_undo=True),
    _one(
        "CORRELATION", "Returns Pearson's correlation of two columns.",
        _of_numbers(_CORRELATION, _correlation, "{0} x, {0} y"), has_undo=True,
    ),
    _one(
        "HISTOGRAM", "Counts each text.",
        (aggregates("STRING val", "MAP<STRING, BIGINT>", "MAP<STRING, BIGINT>", _histogram),), has_undo=True,
    ),
    _one("COUNT_DISTINCT", "Counts the different values, with a standard error below one percent.", (
        aggregates("T val", "BIGINT", "ARRAY<INTEGER>", _count_distinct),
    )),
)  # fmt: skip
