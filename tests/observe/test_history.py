"""Samples for charts: what is sampled, gaps that stay gaps, and packing that loses nothing."""

import pytest

from controlcenter.observe import history, lag_map, merge
from controlcenter.observe.history import CHUNK_MS, KEPT_MS, STEP_MS
from controlcenter.observe.models import Chunk, Tick
from controlcenter.observe.snapshot import TABLES, Snapshot
from tests.observe.build import T0, after, commits, groups, metadata, nothing, offsets, topic

START = T0 // STEP_MS * STEP_MS


def busy(at=T0):
    memory = merge.Memory()
    return after(
        metadata(topic("ri des", 1)),
        groups(("a", "Stable", 1)),
        offsets("starts", {("ri des", 0): 0}),
        commits("a", {("ri des", 0): 5}, at - 5000),
        offsets("ends", {("ri des", 0): 10}, at - 5000),
        commits("a", {("ri des", 0): 10}, at),
        offsets("ends", {("ri des", 0): 60}, at),
        memory=memory,
    )


def rate(value, at):
    row = {**dict.fromkeys(TABLES["topics"]), "name": "rides", "records_per_s": value}
    source = {**dict.fromkeys(TABLES["sources"]), "source": "ends", "as_of_ms": at}
    return Snapshot(1, {"topics": {"rides": row}, "sources": {"ends/": source}})


def test_every_series_is_sampled_by_its_quoted_name():
    assert history.samples(busy(), T0) == {
        "cluster.records_per_s": 10,
        "cluster.consumed_per_s": 1,
        "cluster.lag": 50,
        "topic.records_per_s/ri%20des": 10,
        "group.lag/a": 50,
        "group.consumed_per_s/a": 1,
        "group.produced_per_s/a": 10,
    }


def test_lags_by_partition_are_sampled_twice_a_minute():
    at = START - START % lag_map.EVERY_MS
    taken = [step for step in range(6) if "group.partition_lag/a" in history.samples(busy(at + step * STEP_MS), at + step * STEP_MS)]
    assert taken == [0, 3]
    assert history.samples(busy(at), at)["group.partition_lag/a"] == {"ri des": [50]}


def test_means_over_equal_parts_leave_a_gap_where_nothing_was_sampled():
    assert history.thinned([(0, 1), (5, 3), (10, 7), (39, 2), (40, 9), (-1, 9)], 0, 40, 4) == [2, 7, None, 2]


def test_what_is_too_old_is_not_sampled():
    assert history.samples(busy(), T0 + 31_000) == {}
    assert history.samples(after(nothing("metadata")), T0) == {}


@pytest.mark.django_db
def test_a_gap_is_drawn_as_a_gap():
    for step in (0, 1, 2, 9, 10):
        history.record("demo", rate(step, START + step * STEP_MS), START + step * STEP_MS)
    times, values = history.read("demo", "topic.records_per_s/rides", START, START + KEPT_MS)
    assert values == [0, 1, 2, None, 9, 10]
    assert times == [START + step * STEP_MS for step in (0, 1, 2, 3, 9, 10)]


@pytest.mark.django_db
def test_one_instant_is_sampled_once_even_by_two_workers():
    for value in (1, 2):
        history.record("demo", rate(value, START), START + value)
    assert history.read("demo", "topic.records_per_s/rides", 0, START + KEPT_MS) == ([START], [1])


@pytest.mark.django_db
def test_many_series_are_read_at_once_from_ticks_and_chunks():
    steps = 2 * CHUNK_MS // STEP_MS + 5
    for step in range(steps):
        at = START + step * STEP_MS
        history.record("demo", rate(step, at), at)
    assert Chunk.objects.count() == 1
    found = history.points("demo", ["topic.records_per_s/rides", "topic.records_per_s/none"], START + STEP_MS, START + KEPT_MS)
    assert [value for _, value in found["topic.records_per_s/rides"]] == list(range(1, steps))
    assert found["topic.records_per_s/none"] == []


@pytest.mark.django_db
def test_packing_changes_no_answer_and_drops_what_is_past_keeping():
    steps = 2 * CHUNK_MS // STEP_MS + 5
    for step in range(steps):
        at = START + step * STEP_MS
        history.record("demo", rate(step, at), at)
    assert Chunk.objects.count() == 1
    assert Tick.objects.count() < steps
    times, values = history.read("demo", "topic.records_per_s/rides", START, START + KEPT_MS)
    assert values == list(range(steps))
    assert times[0] == START
    some = history.read("demo", "topic.records_per_s/rides", START + 3 * STEP_MS, START + 5 * STEP_MS)[1]
    assert some == [3, 4, 5]
    history.compact("demo", START + KEPT_MS + 3 * CHUNK_MS)
    assert history.read("demo", "topic.records_per_s/rides", 0, START)[1] == []
