"""Lag by partition over time: what is sampled, and what is drawn of the samples."""

from hypothesis import given
from hypothesis import strategies as st

from controlcenter.observe import lag_map
from controlcenter.observe.lag_map import COLUMNS, EVERY_MS, KEPT, ROWS
from controlcenter.observe.snapshot import TABLES, Snapshot, key
from tests.observe.build import T0

HOUR = 3_600_000


def snapshot(lags):
    """lags: {(group, topic, partition): lag}"""
    rows, totals = {}, {}
    for (group, topic, partition), lag in lags.items():
        part = {"group": group, "topic": topic, "partition": partition, "lag": lag}
        rows[key(group, topic, partition)] = {**dict.fromkeys(TABLES["group_partitions"]), **part}
        totals[group] = totals.get(group, 0) + (lag or 0)
    groups = {key(name): {**dict.fromkeys(TABLES["groups"]), "group": name, "lag": total} for name, total in totals.items()}
    return Snapshot(1, {"group_partitions": rows, "groups": groups})


def sees_all(topics):
    return topics


def test_a_sample_holds_lags_by_topic_in_the_order_of_partitions():
    told = {("a", "rides", 2): 7, ("a", "rides", 0): None, ("a", "zones", 0): 0, ("b", "rides", 0): 3}
    assert lag_map.sample(snapshot(told)) == {"a": {"rides": [None, None, 7], "zones": [0]}, "b": {"rides": [3]}}


def test_only_the_groups_furthest_behind_are_sampled_when_there_are_too_many():
    half = KEPT // 2
    told = {(group, "rides", n): lag for group, lag in (("far", 9), ("near", 1), ("nearer", 0)) for n in range(half)}
    assert set(lag_map.sample(snapshot(told))) == {"far", "near"}
    one_more = {("wide", "rides", n): 10 for n in range(KEPT + 1)} | {("small", "rides", 0): 1}
    assert set(lag_map.sample(snapshot(one_more))) == {"small"}  # one that can never fit keeps nobody else out


def test_each_column_shows_the_greatest_lag_in_its_time_and_a_gap_stays_a_gap():
    points = [(T0 + at, {"rides": [lag, 1]}) for at, lag in ((0, 3), (60_000, 9), (150_000, 4))]
    drawn = lag_map.draw(points, T0, T0 + 6 * HOUR, sees_all)
    assert drawn.rows == (("rides", 0), ("rides", 1))
    assert len(drawn.times_ms) == COLUMNS
    assert drawn.cells[0][:2] == (9, None)  # a column of three minutes
    fine = lag_map.draw(points, T0, T0 + HOUR // 4, sees_all)
    assert fine.times_ms[1] - fine.times_ms[0] == EVERY_MS
    assert fine.cells[0][:6] == (3, None, 9, None, None, 4)


def test_of_many_partitions_those_furthest_behind_are_drawn_and_the_others_counted():
    drawn = lag_map.draw([(T0, {"rides": list(range(ROWS + 40))})], T0, T0 + HOUR, sees_all)
    assert (drawn.rows[0], drawn.rows[-1], drawn.left_out) == (("rides", 40), ("rides", ROWS + 39), 40)


def test_a_topic_that_may_not_be_seen_is_neither_drawn_nor_counted():
    drawn = lag_map.draw([(T0, {"rides": [1], "secret": [9, 9]})], T0, T0 + HOUR, lambda topics: [t for t in topics if t != "secret"])
    assert (drawn.rows, drawn.left_out) == ((("rides", 0),), 0)


@given(st.lists(st.tuples(st.integers(-10, 400), st.lists(st.none() | st.integers(0, 9), max_size=4)), max_size=12))
def test_nothing_is_drawn_that_was_not_sampled(told):
    points = [(T0 + step * 10_000, {"t": lags}) for step, lags in sorted(told, key=lambda pair: pair[0])]
    drawn = lag_map.draw(points, T0, T0 + HOUR, sees_all)
    seen = {lag for row in drawn.cells for lag in row if lag is not None}
    assert seen <= {lag for at, lags in points if T0 <= at < T0 + HOUR for lag in lags["t"] if lag is not None}
    assert all(len(row) == len(drawn.times_ms) for row in drawn.cells)
