"""The merge rule: a failed part keeps its last good value and age; missing from a complete answer is gone; from an incomplete one kept."""

from controlcenter.kafka.model import ConfigEntry, LogDir, Offset, Partial, Quorum, QuorumMember, Replica, TopicPartition
from controlcenter.observe import merge
from controlcenter.observe.poll import Polled
from tests.observe.build import T0, after, commits, described, failure, groups, metadata, nothing, offsets, seen, topic


def part(snapshot, name, partition=0):
    return snapshot.row("partitions", name, partition)


def test_metadata_fills_topics_partitions_and_brokers():
    snapshot = after(metadata(topic("rides", 1, 2)))
    assert snapshot.row("topics", "rides")["partitions"] == 2
    assert part(snapshot, "rides", 1)["leader"] == 2
    assert part(snapshot, "rides", 1)["end"] is None
    assert set(snapshot.table("brokers")) == {"1", "2", "3"}
    assert snapshot.source("metadata")["as_of_ms"] == T0
    assert snapshot.source("metadata")["is_complete"] is True


def test_a_topic_is_gone_when_two_complete_answers_do_not_name_it():
    memory = merge.Memory()
    snapshot = after(metadata(topic("rides", 1), topic("zones", 1)), metadata(topic("rides", 1)), memory=memory)
    assert snapshot.row("topics", "zones") is not None
    assert "metadata" in memory.at_once  # asked again at once, not at its pace
    snapshot = after(metadata(topic("rides", 1)), start=snapshot, memory=memory)
    assert snapshot.row("topics", "zones") is None
    assert part(snapshot, "zones") is None


def test_a_topic_missing_from_incomplete_answers_is_kept():
    memory = merge.Memory()
    partly = metadata(topic("rides", 1), failures=(failure(2),))
    snapshot = after(metadata(topic("rides", 1), topic("zones", 1)), partly, partly, partly, memory=memory)
    assert snapshot.row("topics", "zones") is not None
    assert snapshot.source("metadata")["is_complete"] is False


def test_a_failed_answer_keeps_everything_and_its_age():
    snapshot = after(metadata(topic("rides", 1)), nothing("metadata", T0 + 9000))
    assert snapshot.row("topics", "rides") is not None
    source = snapshot.source("metadata")
    assert (source["as_of_ms"], source["failed_at_ms"], source["failure"]) == (T0, T0 + 9000, "Nobody answers.")


def test_a_silent_leader_keeps_its_ends_and_their_age_while_others_move():
    memory = merge.Memory()
    snapshot = after(metadata(topic("rides", 1, 2)), offsets("ends", {("rides", 0): 10, ("rides", 1): 20}, T0), memory=memory)
    snapshot = after(offsets("ends", {("rides", 0): 15}, T0 + 5000, (failure(2),)), start=snapshot, memory=memory)
    assert part(snapshot, "rides", 0)["end"] == 15
    assert part(snapshot, "rides", 1)["end"] == 20
    assert snapshot.source("ends")["as_of_ms"] == T0 + 5000
    assert snapshot.source("ends", 2)["as_of_ms"] == T0
    snapshot = after(offsets("ends", {("rides", 0): 18}, T0 + 9000, (failure(2),)), start=snapshot, memory=memory)
    assert snapshot.source("ends", 2)["as_of_ms"] == T0  # still the age of what is shown from there
    snapshot = after(offsets("ends", {("rides", 1): 25}, T0 + 12000), start=snapshot, memory=memory)
    assert snapshot.source("ends", 2) is None


def test_a_broker_that_fails_on_one_partition_still_tells_of_the_others():
    start = after(metadata(topic("rides", 2, 2)), offsets("ends", {("rides", 0): 10, ("rides", 1): 20}, T0))
    snapshot = after(offsets("ends", {("rides", 0): 15}, T0 + 5000, (failure(2),)), start=start)
    source = snapshot.source("ends", 2)
    assert (source["as_of_ms"], source["is_complete"]) == (T0 + 5000, False)


def test_a_negative_end_is_no_answer():
    snapshot = after(metadata(topic("rides", 1)), offsets("ends", {("rides", 0): 10}), offsets("ends", {("rides", 0): -1001}))
    assert part(snapshot, "rides")["end"] == 10


def test_a_rate_needs_two_samples():
    memory = merge.Memory()
    snapshot = after(metadata(topic("rides", 1)), offsets("ends", {("rides", 0): 100}, T0), memory=memory)
    assert part(snapshot, "rides")["records_per_s"] is None
    snapshot = after(offsets("ends", {("rides", 0): 150}, T0 + 5000), start=snapshot, memory=memory)
    assert part(snapshot, "rides")["records_per_s"] == 10


def test_an_end_that_goes_backwards_restarts_the_rate():
    memory = merge.Memory()
    ends = [offsets("ends", {("rides", 0): end}, T0 + 5000 * step) for step, end in enumerate((100, 200, 50, 60))]
    snapshot = after(metadata(topic("rides", 1)), *ends[:3], memory=memory)
    assert part(snapshot, "rides")["records_per_s"] is None
    snapshot = after(ends[3], start=snapshot, memory=memory)
    assert part(snapshot, "rides")["records_per_s"] == 2


def test_a_recreated_topic_starts_anew():
    memory = merge.Memory()
    snapshot = after(
        metadata(topic("rides", 1, id="a")),
        offsets("starts", {("rides", 0): 5}),
        offsets("ends", {("rides", 0): 100}, T0),
        offsets("ends", {("rides", 0): 200}, T0 + 5000),
        metadata(topic("rides", 1, id="b")),
        memory=memory,
    )
    assert part(snapshot, "rides")["end"] is None
    snapshot = after(offsets("ends", {("rides", 0): 300}, T0 + 6000), start=snapshot, memory=memory)
    assert part(snapshot, "rides")["records_per_s"] is None


def test_an_earlier_leader_epoch_is_not_believed():
    snapshot = after(metadata(topic("rides", 2, epoch=7)), metadata(topic("rides", 1, epoch=6)))
    assert part(snapshot, "rides")["leader"] == 2


def test_our_view_of_a_broker_and_the_controllers_are_kept_apart():
    snapshot = after(metadata(topic("rides", 1)), seen({1: 2.04, 2: None, 3: 1.0}, fenced=(3,)))
    one, two, three = (snapshot.row("brokers", broker) for broker in (1, 2, 3))
    assert (one["is_reachable"], one["is_fenced"], one["latency_ms"], one["seen_at_ms"]) == (True, False, 2.0, T0)
    assert (two["is_reachable"], two["is_fenced"], two["latency_ms"], two["seen_at_ms"]) == (False, False, None, None)
    assert (three["is_reachable"], three["is_fenced"]) == (True, True)


def test_a_broker_that_falls_silent_or_is_fenced_makes_metadata_urgent():
    memory = merge.Memory()
    start = after(metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}), memory=memory)
    memory.at_once.clear()
    silent = after(seen({1: 1.0, 2: None, 3: 1.0}), start=start, memory=memory)
    assert "metadata" in memory.at_once
    memory.at_once.clear()
    after(seen({1: 1.0, 2: None, 3: 1.0}), start=silent, memory=memory)
    assert not memory.at_once
    after(seen({1: 1.0, 2: None, 3: 1.0}, fenced=(2,)), start=silent, memory=memory)
    assert "metadata" in memory.at_once


def test_a_broker_down_keeps_its_row_and_last_facts():
    snapshot = after(
        metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}), seen({1: 1.0, 2: None, 3: 1.0}, known=(1, 3), at=T0 + 5000)
    )
    row = snapshot.row("brokers", 2)
    assert (row["host"], row["is_registered"], row["is_reachable"], row["seen_at_ms"]) == ("host2", False, False, T0)


def test_a_broker_that_left_and_holds_nothing_goes():
    without = metadata(topic("rides", 1, replicas=(1, 3)), brokers=(1, 3))
    snapshot = after(metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}), without, seen({1: 1.0, 2: None, 3: 1.0}, known=(1, 3)))
    assert snapshot.row("brokers", 2) is None


def test_the_controller_comes_from_the_quorum_alone():
    quorum = Quorum(2, 9, 100, (QuorumMember(1, True, 95), QuorumMember(2, True, 100), QuorumMember(3, True, 100)))
    versions = {"kafka_version": "4.4", "metadata_version": "4.4-IV0"}
    snapshot = after(metadata(topic("rides", 1)), Polled("quorum", (quorum, versions), (), T0, 1.0))
    assert snapshot.cluster()["controller"] == 2
    assert snapshot.row("brokers", 2)["is_controller"] is True
    assert snapshot.row("brokers", 1)["is_controller"] is False
    assert snapshot.row("quorum", 1)["lag"] == 5
    assert snapshot.cluster()["kafka_version"] == "4.4"


def test_a_group_is_gone_only_when_its_own_coordinator_says_so():
    start = after(metadata(topic("rides", 1)), groups(("a", "Stable", 1), ("b", "Stable", 2)))
    assert after(groups(("a", "Stable", 1)), start=start).row("groups", "b") is None
    assert after(groups(("a", "Stable", 1), failures=(failure(2),)), start=start).row("groups", "b") is not None
    assert after(groups(("a", "Stable", 1), asked=(1, 3)), start=start).row("groups", "b") is not None
    assert after(groups(failures=(failure(None),)), start=start).row("groups", "a") is not None


def test_a_gone_group_takes_its_members_and_commits_along():
    start = after(
        metadata(topic("rides", 1)),
        groups(("a", "Stable", 1)),
        described("a", "Stable", ("m", [("rides", 0)])),
        commits("a", {("rides", 0): 5}),
    )
    assert start.table("members")
    assert start.table("group_partitions")
    snapshot = after(groups(), start=start)
    assert not snapshot.table("members")
    assert not snapshot.table("group_partitions")


def test_members_take_over_and_leave_partitions():
    start = after(metadata(topic("rides", 1, 2)), groups(("a", "Stable", 1)), described("a", "Stable", ("m", [("rides", 0), ("rides", 1)])))
    assert start.row("group_partitions", "a", "rides", 1)["member_id"] == "m"
    snapshot = after(commits("a", {("rides", 0): 3}), described("a", "Stable", ("n", [("rides", 1)])), start=start)
    assert snapshot.row("group_partitions", "a", "rides", 0)["member_id"] is None
    assert snapshot.row("group_partitions", "a", "rides", 1)["member_id"] == "n"
    assert list(snapshot.table("members")) == ["a/n"]
    empty = after(described("a", "Empty"), start=snapshot)
    assert empty.row("groups", "a")["members"] == 0
    assert empty.row("group_partitions", "a", "rides", 1) is None  # never committed, and nobody's any more


def test_a_commits_age_is_when_we_saw_it_move():
    memory = merge.Memory()
    start = after(metadata(topic("rides", 1)), groups(("a", "Stable", 1)), commits("a", {("rides", 0): 3}, T0), memory=memory)
    assert start.row("group_partitions", "a", "rides", 0)["committed_at_ms"] is None
    still = after(commits("a", {("rides", 0): 3}, T0 + 5000), start=start, memory=memory)
    assert still.row("group_partitions", "a", "rides", 0)["committed_at_ms"] is None
    moved = after(commits("a", {("rides", 0): 13}, T0 + 10_000), start=still, memory=memory)
    row = moved.row("group_partitions", "a", "rides", 0)
    assert (row["committed_at_ms"], row["consumed_per_s"]) == (T0 + 10_000, 1)


def test_an_unanswered_group_keeps_its_commits():
    start = after(metadata(topic("rides", 1)), groups(("a", "Stable", 1)), commits("a", {("rides", 0): 3}))
    failed = Polled("commits", {}, (failure(1),), T0 + 5000, 1.0, frozenset({"a"}))
    snapshot = after(failed, start=start)
    assert snapshot.row("group_partitions", "a", "rides", 0)["committed"] == 3
    assert snapshot.source("commits")["as_of_ms"] == T0


def test_log_dirs_give_sizes_in_the_order_of_replicas_and_keep_what_failed():
    def directory(size, error=""):
        return (LogDir("/data", error, 1000, 400, () if error else (Replica("rides", 0, size, 0),)),)

    everybody = Polled("log_dirs", {1: directory(10), 2: directory(9), 3: directory(8)}, (), T0, 1.0)
    snapshot = after(metadata(topic("rides", 1, replicas=(3, 1, 2))), everybody)
    assert part(snapshot, "rides")["replica_sizes"] == [8, 10, 9]
    assert part(snapshot, "rides")["size_bytes"] == 10
    snapshot = after(Polled("log_dirs", {1: directory(20)}, (failure(2), failure(3)), T0 + 60_000, 1.0), start=snapshot)
    assert part(snapshot, "rides")["replica_sizes"] == [8, 20, 9]
    assert snapshot.row("brokers", 1)["disk_usable_bytes"] == 400
    moved = after(metadata(topic("rides", 1, replicas=(2, 3, 1), epoch=1)), start=snapshot)
    assert part(moved, "rides")["replica_sizes"] == [9, 8, 20]


def test_configs_become_columns_with_their_own_types():
    entries = (ConfigEntry("cleanup.policy", "compact", "topic"), ConfigEntry("retention.ms", "-1", "default"))
    snapshot = after(metadata(topic("rides", 1)), Polled("configs", {"rides": entries}, (), T0, 1.0, frozenset({"rides"})))
    row = snapshot.row("topics", "rides")
    assert (row["cleanup_policy"], row["retention_ms"], row["overridden"], row["retention_bytes"]) == (
        "compact",
        -1,
        ["cleanup.policy"],
        None,
    )


def test_opened_configs_go_when_nobody_has_them_open_and_stay_when_their_broker_fails():
    entries = (ConfigEntry("password", "hidden", "static", is_sensitive=True),)
    asked = frozenset({"topic/rides", "broker/1"})
    start = after(
        metadata(topic("rides", 1)), Polled("opened", {("topic", "rides"): entries, ("broker", "1"): entries}, (), T0, 1.0, asked)
    )
    assert start.row("configs", "topic", "rides", "password")["value"] is None  # sensitive: never kept
    failed = after(Polled("opened", {}, (failure(1),), T0, 1.0, asked), start=start)
    assert len(failed.table("configs")) == 2
    fewer = after(Polled("opened", {("topic", "rides"): entries}, (), T0, 1.0, frozenset({"topic/rides"})), start=start)
    assert [row["kind"] for row in fewer.table("configs").values()] == ["topic"]


def test_a_timestamp_that_is_not_there_is_unknown():
    answer = {TopicPartition("rides", 0): Offset(-1, -1), TopicPartition("rides", 1): Offset(4, T0)}
    snapshot = after(metadata(topic("rides", 1, 1)), Polled("last_records", Partial(answer).result, (), T0, 1.0))
    assert part(snapshot, "rides", 0)["last_record_at_ms"] is None
    assert part(snapshot, "rides", 1)["last_record_at_ms"] == T0


def test_the_same_answer_again_changes_only_ages():
    answers = (metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}), groups(("a", "Stable", 1)), commits("a", {("rides", 0): 3}))
    memory = merge.Memory()
    once = after(*answers, memory=memory)
    twice = after(*answers, start=once, memory=memory)
    changed = {name for name in twice.tables if any(twice.table(name)[k] is not once.table(name).get(k) for k in twice.table(name))}
    assert changed <= {"sources", "group_partitions"}
