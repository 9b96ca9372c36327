"""Aggregates that keep values: COLLECT_*, TOPK*, ATTR, EARLIEST_BY_OFFSET, LATEST_BY_OFFSET."""

import itertools
import time
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions import ordering
from controlcenter.sql.functions.aggregate import itself
from controlcenter.sql.functions.base import Aggregate, AggregateSignature, Aggregator, Build
from controlcenter.sql.functions.signatures import aggregates
from controlcenter.sql.types import SqlType

Kinds = tuple[SqlType, ...]
Values = list[Any]
State = dict[str, Any]

_arrivals = itertools.count(time.time_ns())  # above every number that an earlier process gave out and a state still holds


def _limit(properties: dict[str, Any], name: str) -> int:
    """Return the most elements that a property allows; none set, or a negative one, is no limit."""
    given = int(properties.get(f"ksql.functions.{name}.limit", -1))
    return given if given >= 0 else 2**31 - 1


def _collect_list(_kinds: Kinds, _constants: tuple[Any, ...], properties: dict[str, Any]) -> Aggregator:
    most = _limit(properties, "collect_list")

    def give_back(state: Values, value: Any) -> Values:
        for at in range(len(state) - 1, -1, -1):
            if ordering.same(state[at], value):
                return state[:at] + state[at + 1 :]
        return state

    return Aggregator(
        initialize=list,
        add=lambda state, value: [*state, value] if len(state) < most else state,
        merge=lambda one, other: (one + other)[:most],
        result=itself,
        undo=give_back,
    )


def _collect_set(_kinds: Kinds, _constants: tuple[Any, ...], properties: dict[str, Any]) -> Aggregator:
    most = _limit(properties, "collect_set")

    def add(state: Values, value: Any) -> Values:
        return state if len(state) >= most or any(ordering.same(item, value) for item in state) else [*state, value]

    def merge(one: Values, other: Values) -> Values:
        for value in other:
            one = add(one, value)
        return one

    return Aggregator(list, add, merge, itself)


def _attr(_kinds: Kinds, _constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    def counted(state: Values, value: Any, by: int) -> Values:
        for at, entry in enumerate(state):
            if ordering.same(entry["VALUE"], value):
                changed = {"VALUE": entry["VALUE"], "COUNT": entry["COUNT"] + by}
                return [*state[:at], *([changed] if changed["COUNT"] > 0 else []), *state[at + 1 :]]
        return [*state, {"VALUE": value, "COUNT": by}] if by > 0 else state

    def merge(one: Values, other: Values) -> Values:
        for entry in other:
            one = counted(one, entry["VALUE"], entry["COUNT"])
        return one

    return Aggregator(
        initialize=list,
        add=lambda state, value: counted(state, value, 1),
        merge=merge,
        result=lambda state: state[0]["VALUE"] if len(state) == 1 else None,
        undo=lambda state, value: counted(state, value, -1),
    )


def _topk(kinds: Kinds, constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    """Return the k largest, descending; an equal newcomer comes after and pushes nobody out."""
    most = _positive("TOPK", constants[0])
    key = ordering.key(kinds[0])
    has_others = len(kinds) > 1

    def rank(entry: Any) -> Any:
        return key(entry["sort_col"] if has_others else entry)

    def best(entries: Values) -> Values:
        return sorted(entries, key=rank, reverse=True)[:most]

    def add(state: Values, value: Any, *others: Any) -> Values:
        if value is None or (len(state) == most and key(value) <= rank(state[-1])):
            return state
        entry = {"sort_col": value} | {f"col{n}": other for n, other in enumerate(others)} if has_others else value
        return best([*state, entry])

    return Aggregator(list, add, lambda one, other: best(one + other), itself)


def _topk_distinct(kinds: Kinds, constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
    most = _positive("TOPKDISTINCT", constants[0])
    key = ordering.key(kinds[0])

    def add(state: Values, value: Any) -> Values:
        if value is None or any(ordering.same(item, value) for item in state):
            return state
        return sorted([*state, value], key=key, reverse=True)[:most]

    def merge(one: Values, other: Values) -> Values:
        for value in other:
            one = add(one, value)
        return one

    return Aggregator(list, add, merge, itself)


def _positive(name: str, count: Any) -> int:
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} needs a number of values above 0, not {count}.")
    return count


def _seen(value: Any) -> State:
    return {"SEQ": next(_arrivals), "VAL": value}


def _sequence(entry: State) -> int:
    return int(entry["SEQ"])


def _by_offset(is_latest: bool) -> Build:
    """Return the builder of EARLIEST_BY_OFFSET or LATEST_BY_OFFSET of one value."""

    def build(_kinds: Kinds, constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
        ignores_null = constants[0] if constants else True

        def add(state: State | None, value: Any) -> State | None:
            if (state is not None and not is_latest) or (value is None and ignores_null):
                return state
            return _seen(value)

        def merge(one: State | None, other: State | None) -> State | None:
            if one is None or other is None:
                return one if other is None else other
            if ignores_null and (one["VAL"] is None) != (other["VAL"] is None):
                return other if one["VAL"] is None else one
            return max(one, other, key=_sequence) if is_latest else min(one, other, key=_sequence)

        return Aggregator(lambda: None, add, merge, lambda state: None if state is None else state["VAL"])

    return build


def _many_by_offset(is_latest: bool) -> Build:
    """Return the builder for the first or last n values; a merge keeps the first n in both, which is upstream's slip."""

    def build(_kinds: Kinds, constants: tuple[Any, ...], _properties: dict[str, Any]) -> Aggregator:
        most = _positive("LATEST_BY_OFFSET" if is_latest else "EARLIEST_BY_OFFSET", constants[0])
        ignores_null = constants[1] if len(constants) > 1 else True

        def add(state: Values, value: Any) -> Values:
            if (value is None and ignores_null) or (not is_latest and len(state) >= most):
                return state
            return [*state, _seen(value)][-most:]

        return Aggregator(
            initialize=list,
            add=add,
            merge=lambda one, other: sorted(one + other, key=_sequence)[:most],
            result=lambda state: [entry["VAL"] for entry in state],
        )

    return build


def _offset(name: str, description: str, *, is_latest: bool) -> Aggregate:
    one, many = _by_offset(is_latest), _many_by_offset(is_latest)
    entry = "STRUCT<SEQ BIGINT, VAL T>"
    return _one(name, description, (
        aggregates("T val", "T", entry, one), aggregates("T val, BOOLEAN ignoreNulls", "T", entry, one, constants=1),
        aggregates("T val, INTEGER n", "ARRAY<T>", f"ARRAY<{entry}>", many, constants=1),
        aggregates("T val, INTEGER n, BOOLEAN ignoreNulls", "ARRAY<T>", f"ARRAY<{entry}>", many, constants=2),
    ))  # fmt: skip


def _with_others(kinds: Kinds) -> SqlType:
    """Return the result of TOPK with other columns: structs, their names in small letters."""
    others = tuple((f"col{n}", kind) for n, kind in enumerate(kinds[1:-1]))
    return types.Array(types.Struct((("sort_col", kinds[0]), *others)))


def _array(kinds: Kinds) -> SqlType:
    return types.Array(kinds[0])


def _one(name: str, description: str, signatures: tuple[AggregateSignature, ...], *, has_undo: bool = False) -> Aggregate:
    return Aggregate(name, description, "AGGREGATE", signatures, has_undo)


_RANKED = ("INTEGER", "BIGINT", "DOUBLE", "STRING")
_DISTINCT = (*_RANKED, "DECIMAL", "DATE", "TIME", "TIMESTAMP", "BYTES")

FUNCTIONS = (
    _one("COLLECT_LIST", "Collects all values.", (aggregates("T val", "ARRAY<T>", "ARRAY<T>", _collect_list),), has_undo=True),
    _one("COLLECT_SET", "Collects each value once.", (aggregates("T val", "ARRAY<T>", "ARRAY<T>", _collect_set),)),
    _one(
        "ATTR", "Returns the value if all are equal, else null.",
        (aggregates("T val", "T", "ARRAY<STRUCT<VALUE T, COUNT INTEGER>>", _attr),), has_undo=True,
    ),
    _one("TOPK", "Returns the k largest values, with other columns of their rows if asked.", (
        *(aggregates(f"{kind} val, INTEGER k", _array, _array, _topk, constants=1) for kind in _RANKED),
        *(
            aggregates(f"{kind} sortCol, ANY col, ANY... cols, INTEGER k", _with_others, _with_others, _topk, constants=1)
            for kind in _RANKED
        ),
    )),
    _one("TOPKDISTINCT", "Returns the k largest different values.", tuple(
        aggregates(f"{kind} val, INTEGER k", _array, _array, _topk_distinct, constants=1) for kind in _DISTINCT
    )),
    _offset("EARLIEST_BY_OFFSET", "Returns the first value, or the first n.", is_latest=False),
    _offset("LATEST_BY_OFFSET", "Returns the last value, or the last n.", is_latest=True),
)  # fmt: skip
