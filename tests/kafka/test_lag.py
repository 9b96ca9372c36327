"""Lag by the cases of its definition, and by laws over everything that can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from controlcenter.kafka import lag
from controlcenter.kafka.lag import AHEAD_OF_LOG, DATA_LOSS, NOT_COMMITTED, Lag
from controlcenter.kafka.model import TopicPartition

offset = some.integers(0, 1 << 62)
unknown_or = some.none() | offset


@pytest.mark.parametrize(
    ("committed", "start", "end", "stable", "expected"),
    [
        (70, 0, 100, 100, Lag(30, 30)),
        (100, 0, 100, 100, Lag(0, 0)),
        (None, 10, 100, 100, Lag(90, 90, 0, (NOT_COMMITTED,))),
        (None, None, 100, 100, Lag(None, None, 0, (NOT_COMMITTED,))),
        (5, 20, 100, 100, Lag(80, 80, 15, (DATA_LOSS,))),
        (120, 0, 100, 100, Lag(0, 0, 0, (AHEAD_OF_LOG,))),
        (70, 0, None, None, Lag(None, None)),
        (70, 0, 100, 90, Lag(30, 20)),
        (95, 0, 100, 90, Lag(5, 0)),
        (70, 0, 100, None, Lag(30, None)),
        (70, None, 100, 100, Lag(30, 30)),
        (0, 0, 0, 0, Lag(0, 0)),
        (5, 200, 100, None, Lag(0, None, 195, (DATA_LOSS,))),
    ],
)
def test_each_case_counts_as_defined(committed, start, end, stable, expected):
    assert lag.of_partition(committed, start, end, stable) == expected


@given(unknown_or, unknown_or, unknown_or, unknown_or)
def test_lag_is_never_negative_and_unknown_only_without_end_or_position(committed, start, end, stable):
    found = lag.of_partition(committed, start, end, stable)
    assert found.lag is None or found.lag >= 0
    assert (found.lag is None) == (end is None or (committed is None and start is None))


@given(unknown_or, offset, offset, offset, some.integers(0, 1 << 40))
def test_shifting_every_offset_changes_nothing(committed, start, end, stable, by):
    shifted = lag.of_partition(None if committed is None else committed + by, start + by, end + by, stable + by)
    assert shifted == lag.of_partition(committed, start, end, stable)


@given(offset, offset, offset, some.integers(0, 1 << 40))
def test_records_written_behind_a_position_are_lag_one_for_one(committed, start, more, by):
    end = max(committed, start) + more
    before, after = lag.of_partition(committed, start, end, None), lag.of_partition(committed, start, end + by, None)
    assert after.lag - before.lag == by


@given(offset, offset, offset, offset)
def test_what_may_be_read_now_is_never_more_than_what_is_there(committed, start, end, held_back):
    found = lag.of_partition(committed, start, end, max(0, end - held_back))
    assert found.readable_lag <= found.lag


@given(offset, offset, offset)
def test_losing_and_being_ahead_are_flagged_exactly_when_so(committed, start, end):
    found = lag.of_partition(committed, start, end, None)
    assert (DATA_LOSS in found.flags) == (committed < start) == (found.lost > 0)
    assert (AHEAD_OF_LOG in found.flags) == (committed > end)


def test_a_group_is_computed_partition_by_partition_and_its_total_counts_the_unknown():
    first, second, third = (TopicPartition("t", number) for number in range(3))
    found = lag.compute([first, second, third], {first: 5, third: 1}, {second: 2}, {first: 9, second: 10}, {})
    assert found == {first: Lag(4, None), second: Lag(8, None, 0, (NOT_COMMITTED,)), third: Lag(None, None)}
    assert lag.total(found.values()) == (12, 1)
