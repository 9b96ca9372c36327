"""What happened between two snapshots, as rows."""

from dataclasses import replace

import pytest

from controlcenter.kafka.model import ConfigEntry
from controlcenter.observe import events, merge
from controlcenter.observe.poll import Polled
from controlcenter.observe.snapshot import Snapshot
from tests.observe.build import T0, after, groups, metadata, seen, topic

UP = seen({1: 1.0, 2: 1.0, 3: 1.0})
START = after(metadata(topic("rides", 1, 2)), UP, groups(("a", "Stable", 1)))


def kinds(old, new):
    return [each["kind"] for each in events.between(old, new)]


def only(old, new):
    (found,) = events.between(old, new)
    return found


def test_the_first_snapshot_is_no_event():
    assert kinds(Snapshot(), START) == []
    assert kinds(after(metadata(topic("rides", 1, 2))), after(metadata(topic("rides", 1, 2)), UP)) == []
    assert kinds(START, START) == []


def test_a_leader_that_moved_and_a_set_that_shrank():
    new = after(metadata(topic("rides", 3, 3, isr=(2, 3), epoch=1)), start=START)
    moved, shrank = events.between(START, new)
    assert (moved["kind"], moved["subject"], moved["before"], moved["after"]) == (
        "leader_moved",
        "rides",
        {"0": 1, "1": 2},
        {"0": 3, "1": 3},
    )
    assert shrank["kind"] == "isr_shrank"
    assert kinds(new, START) == ["leader_moved", "isr_grew"]


def test_a_single_partition_is_told_in_full():
    old = after(metadata(topic("rides", 1)))
    new = after(metadata(topic("rides", None, epoch=1)), start=old)
    assert only(old, new)["text"] == "rides, partition 0: leader moved from 1 to none."


def test_topics_created_deleted_and_recreated():
    created = after(metadata(topic("rides", 1, 2), topic("zones", 1)), start=START)
    assert only(START, created)["text"] == "Topic zones was created; partitions: 1."
    memory = merge.Memory()
    gone = after(*[metadata(topic("rides", 1, 2))] * 2, start=created, memory=memory)
    assert (only(created, gone)["kind"], only(created, gone)["subject"]) == ("topic_deleted", "zones")
    again = after(metadata(topic("rides", 2, 1, id="other")), start=START)
    assert kinds(START, again) == ["topic_recreated"]


def test_a_config_that_changed_tells_both_values():
    def with_retention(value, start):
        entries = (ConfigEntry("retention.ms", value, "topic"),)
        return after(Polled("configs", {"rides": entries}, (), T0, 1.0, frozenset({"rides"})), start=start)

    first = with_retention("1000", START)
    assert kinds(START, first) == []  # read for the first time: no change
    found = only(first, with_retention("2000", first))
    assert (found["kind"], found["before"], found["after"]) == ("config_changed", {"retention_ms": 1000}, {"retention_ms": 2000})


def test_a_broker_that_goes_and_comes_back():
    down = after(seen({1: 1.0, 2: None, 3: 1.0}), start=START)
    assert only(START, down)["text"] == "Broker 2 stopped answering us."
    fenced = after(seen({1: 1.0, 2: None, 3: 1.0}, fenced=(2,)), start=down)
    assert only(down, fenced)["kind"] == "broker_fenced"
    assert kinds(fenced, after(UP, start=fenced)) == ["broker_back", "broker_unfenced"]


def test_another_cluster_at_the_same_address_is_one_event_and_a_new_start():
    other = metadata(topic("zones", 1))
    other = replace(other, result=replace(other.result, cluster_id="other-id"))
    new = after(other, start=START)
    assert only(START, new)["kind"] == "cluster_replaced"
    assert list(new.table("topics")) == ["zones"]
    assert not new.table("groups")


def test_groups_appear_change_and_go():
    both = after(groups(("a", "Empty", 1), ("b", "Stable", 2)), start=START)
    assert kinds(START, both) == ["group_state_changed", "group_created"]
    assert next(each["text"] for each in events.between(START, both)) == "Group a went from Stable to Empty."
    assert kinds(both, after(groups(("a", "Empty", 1)), start=both)) == ["group_deleted"]


@pytest.mark.django_db
def test_events_are_read_newest_first_by_subject_and_page():
    created = after(metadata(topic("rides", 1, 2), topic("zones", 1)), start=START)
    assert events.write("demo", START, created) == 1
    own = events.record("demo", "topic_created", "topic", "rides", "alice created topic rides.", actor="alice", after={"partitions": 2})
    assert [event.subject for event in events.read("demo")] == ["rides", "zones"]
    assert [event.subject for event in events.read("demo", before=own.pk)] == ["zones"]
    assert [event.actor for event in events.read("demo", "topic", "rides")] == ["alice"]
    assert events.read("demo", kinds=["broker_gone"]) == []
    assert events.read("other") == []


@pytest.mark.django_db
def test_events_past_keeping_are_dropped():
    old = events.record("demo", "note", "cluster", "", "Long ago.", at=events.timezone.now() - events.timedelta(days=401))
    kept = events.record("demo", "note", "cluster", "", "Today.")
    events.trim("demo")
    assert [event.pk for event in events.read("demo")] == [kept.pk] != [old.pk]
