"""Aggregates: their cases, and the laws of undo, merge and unchanged states."""

import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.sql import types
from controlcenter.sql.functions.registry import BUILTIN
from tests.sql.functions import written
from tests.sql.functions.test_cases import shown

ENTRIES = list(written.load("aggregates.yaml"))
IDS = [entry[1] for entry in ENTRIES]
ON_TABLES = {
    "ATTR", "AVG", "COLLECT_LIST", "CORRELATION", "COUNT", "HISTOGRAM", "STDDEV_SAMP", "STDDEV_SAMPLE", "SUM", "SUM_LIST",
}  # fmt: skip


def bind(name, arguments, entry):
    bound = BUILTIN.aggregate(name, arguments)
    return bound, bound.create(entry.get("constants", ()))


def row(values, kinds):
    """Return the arguments of one record."""
    each = values if len(kinds) != 1 else [values]
    return [written.value(value, kind) for value, kind in zip(each, kinds, strict=True)]


@pytest.mark.parametrize(("kind", "text", "name", "arguments", "returns", "entry"), ENTRIES, ids=IDS)
def test_the_aggregate_gives_what_its_cases_say(kind, text, name, arguments, returns, entry):
    bound, work = bind(name, arguments, entry)
    assert bound.returns == returns
    assert bound.constants == len(entry.get("constants", ()))
    kinds = arguments[: len(arguments) - bound.constants]
    for records, results in entry["gives"]:
        state = work.initialize()
        for record, expected in zip(records, results, strict=True):
            before = copy.deepcopy(state)
            state, old = work.add(state, *row(record, kinds)), state
            assert shown(old) == shown(before), "a state was changed in place"
            assert shown(work.result(state)) == shown(written.value(expected, returns))
    for records in entry.get("fails", ()):
        state = work.initialize()
        for record in records[:-1]:
            state = work.add(state, *row(record, kinds))
        with pytest.raises(ValueError, match=r".+"):
            work.add(state, *row(records[-1], kinds))


def test_every_aggregate_has_a_case():
    assert {entry[2] for entry in ENTRIES} == {f.name.upper() for f in BUILTIN.all() if BUILTIN.is_aggregate(f.name)}


def test_just_these_stand_over_tables():
    assert {f.name for f in BUILTIN.all() if BUILTIN.is_aggregate(f.name) and f.has_undo} == ON_TABLES


@pytest.mark.parametrize(("kind", "text", "name", "arguments", "returns", "entry"), ENTRIES, ids=IDS)
def test_what_is_added_and_taken_back_leaves_the_state(kind, text, name, arguments, returns, entry):
    bound, work = bind(name, arguments, entry)
    assert (work.undo is not None) == bound.has_undo
    if work.undo is None:
        return
    for records, _ in entry["gives"]:
        state = work.initialize()
        for record in records:
            values = row(record, arguments)
            back = work.undo(work.add(state, *values), *values)
            assert close(work.result(back), work.result(state))
            state = work.add(state, *values)


@pytest.mark.parametrize(("kind", "text", "name", "arguments", "returns", "entry"), ENTRIES, ids=IDS)
def test_merging_is_associative_and_goes_on_where_the_first_ended(kind, text, name, arguments, returns, entry):
    bound, work = bind(name, arguments, entry)
    kinds = arguments[: len(arguments) - bound.constants]
    records = [record for rows, _ in entry["gives"] for record in rows]
    states = [work.add(work.initialize(), *row(record, kinds)) for record in records[:3]]
    while len(states) < 3:
        states.append(work.initialize())
    one, two, three = states
    left = work.merge(work.merge(one, two), three)
    right = work.merge(one, work.merge(two, three))
    assert close(work.result(left), work.result(right))
    if not (name == "LATEST_BY_OFFSET" and types.base(returns) == "ARRAY"):  # whose merge keeps the first, as upstream
        state = work.initialize()
        for record in records[:3]:
            state = work.add(state, *row(record, kinds))
        assert close(work.result(left), work.result(state))


@pytest.mark.parametrize(("kind", "text", "name", "arguments", "returns", "entry"), ENTRIES, ids=IDS)
def test_a_state_is_a_value_of_its_type(kind, text, name, arguments, returns, entry):
    bound, work = bind(name, arguments, entry)
    state = work.initialize()
    for record in entry["gives"][0][0]:
        state = work.add(state, *row(record, arguments[: len(arguments) - bound.constants]))
    assert fits(state, bound.state), (state, bound.state)
    assert json.dumps(state, default=str)


def fits(value, kind):
    if value is None:
        return True
    match kind:
        case types.Array(item):
            return isinstance(value, list) and all(fits(one, item) for one in value)
        case types.Map(key, item):
            return isinstance(value, dict) and all(fits(name, key) and fits(one, item) for name, one in value.items())
        case types.Struct(fields):
            return isinstance(value, dict) and set(value) == {name for name, _ in fields} and all(fits(value[n], k) for n, k in fields)
    python = {"INTEGER": int, "BIGINT": int, "DOUBLE": float, "STRING": str, "BYTES": bytes, "DATE": int, "BOOLEAN": bool}
    return isinstance(value, python.get(types.base(kind), object))


def close(one, other):
    """Tell whether two results are the same, doubles up to rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (one != one and other != other)
    return shown(one) == shown(other)


numbers = st.lists(st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)), max_size=12)


@given(numbers, st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)))
def test_a_row_can_be_taken_back_from_any_state(values, extra):
    for name in ("SUM", "COUNT", "AVG", "COLLECT_LIST", "ATTR"):
        work = BUILTIN.aggregate(name, [types.INTEGER]).create()
        state = work.initialize()
        for value in values:
            state = work.add(state, value)
        assert shown(work.undo(work.add(state, extra), extra)) == shown(state)


@given(numbers, numbers)
def test_two_sessions_merged_are_one(first, second):
    for name in ("SUM", "COUNT", "AVG", "COLLECT_LIST", "COLLECT_SET", "MIN", "MAX", "ATTR", "LATEST_BY_OFFSET", "EARLIEST_BY_OFFSET"):
        work = BUILTIN.aggregate(name, [types.INTEGER]).create()
        one, other, whole = work.initialize(), work.initialize(), work.initialize()
        for value in first:
            one, whole = work.add(one, value), work.add(whole, value)
        for value in second:
            other, whole = work.add(other, value), work.add(whole, value)
        assert shown(work.result(work.merge(one, other))) == shown(work.result(whole)), name


@given(st.integers(1, 5), numbers)
def test_topk_is_the_head_of_the_sorted_values(count, values):
    work = BUILTIN.aggregate("TOPK", [types.INTEGER, types.INTEGER]).create((count,))
    state = work.initialize()
    for value in values:
        state = work.add(state, value)
    assert work.result(state) == sorted((value for value in values if value is not None), reverse=True)[:count]


def test_distinct_counts_stay_within_three_standard_errors():
    work = BUILTIN.aggregate("COUNT_DISTINCT", [types.BIGINT]).create()
    state = work.initialize()
    for number in range(20_000):
        state = work.add(state, number)
        if number in (9, 99, 9_999):
            assert math.isclose(work.result(state), number + 1, rel_tol=0.025)
    assert math.isclose(work.result(state), 20_000, rel_tol=0.025)
    assert work.add(state, 5) is state


def test_the_limits_of_collections_are_properties():
    for name in ("COLLECT_LIST", "COLLECT_SET"):
        work = BUILTIN.aggregate(name, [types.INTEGER]).create((), {f"ksql.functions.{name.lower()}.limit": "2"})
        state = work.initialize()
        for value in (1, 2, 3):
            state = work.add(state, value)
        assert work.result(state) == [1, 2]
        assert work.result(work.merge([1], [2, 3])) == [1, 2]


def test_a_histogram_takes_no_more_than_a_thousand_keys():
    work = BUILTIN.aggregate("HISTOGRAM", [types.STRING]).create()
    state = {str(number): 1 for number in range(1000)}
    assert work.add(state, "new") == state
    assert work.add(state, "7")["7"] == 2


@pytest.mark.parametrize("count", [0, -1, None])
def test_a_number_of_values_must_be_positive(count):
    for name in ("TOPK", "TOPKDISTINCT", "LATEST_BY_OFFSET", "EARLIEST_BY_OFFSET"):
        with pytest.raises(ValueError, match="above 0"):
            BUILTIN.aggregate(name, [types.INTEGER, types.INTEGER]).create((count,))


def test_the_last_n_of_merged_sessions_are_the_first_as_upstream():
    work = BUILTIN.aggregate("LATEST_BY_OFFSET", [types.INTEGER, types.INTEGER]).create((2,))
    one = work.add(work.add(work.initialize(), 1), 2)
    other = work.add(work.initialize(), 3)
    assert work.result(work.merge(one, other)) == [1, 2]
    assert work.result(work.merge(other, one)) == [1, 2]
