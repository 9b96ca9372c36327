"""What follows from what was read: states, lag, sums, attention."""

import pytest

from controlcenter.kafka.model import Committed, ConfigEntry, LogDir, Offset, TopicPartition
from controlcenter.observe import merge
from controlcenter.observe.poll import Polled
from tests.observe.build import T0, after, commits, described, groups, metadata, nothing, offsets, seen, topic

MIN_ISR_2 = Polled("configs", {"rides": (ConfigEntry("min.insync.replicas", "2", "topic"),)}, (), T0, 1.0, frozenset({"rides"}))


@pytest.mark.parametrize(
    ("leader", "isr", "state", "health"),
    [
        (1, (1, 2, 3), "in_sync", "ok"),
        (1, (1, 2), "under_replicated", "under_replicated"),
        (1, (1,), "under_min_isr", "under_min_isr"),
        (None, (), "offline", "offline"),
    ],
)
def test_a_partitions_state_names_its_topics_health(leader, isr, state, health):
    snapshot = after(metadata(topic("rides", leader, isr=isr)), MIN_ISR_2)
    assert snapshot.row("partitions", "rides", 0)["state"] == state
    row = snapshot.row("topics", "rides")
    assert row["health"] == health
    assert row["under_replicated_partitions"] == (0 if state == "in_sync" else 1)


def test_without_its_min_isr_a_topic_is_only_known_to_be_under_replicated():
    assert after(metadata(topic("rides", 1, isr=(1,)))).row("topics", "rides")["health"] == "under_replicated"


def test_records_are_unknown_while_one_end_is():
    snapshot = after(
        metadata(topic("rides", 1, 2)), offsets("starts", {("rides", 0): 0, ("rides", 1): 0}), offsets("ends", {("rides", 0): 9})
    )
    assert snapshot.row("topics", "rides")["records"] is None
    snapshot = after(offsets("ends", {("rides", 0): 9, ("rides", 1): 1}), start=snapshot)
    assert snapshot.row("topics", "rides")["records"] == 10


def lag_of(start, end, committed, stable=None):
    answers = [metadata(topic("rides", 1)), groups(("a", "Stable", 1)), described("a", "Stable", ("m", [("rides", 0)]))]
    answers += [commits("a", {} if committed is None else {("rides", 0): committed})]
    answers += [offsets("starts", {("rides", 0): start})] if start is not None else []
    answers += [offsets("ends", {("rides", 0): end})] if end is not None else []
    answers += [offsets("stable", {("rides", 0): stable})] if stable is not None else []
    snapshot = after(*answers)
    row = snapshot.row("group_partitions", "a", "rides", 0)
    return row["lag"], row["readable_lag"], row["flags"], snapshot.row("groups", "a")


@pytest.mark.parametrize(
    ("start", "end", "committed", "lag", "flags"),
    [
        (0, 100, 40, 60, []),
        (0, 100, 100, 0, []),
        (10, 100, None, 90, ["not_committed"]),
        (50, 100, 40, 50, ["data_loss"]),
        (0, 100, 120, 0, ["ahead_of_log"]),
        (0, None, 40, None, []),
    ],
)
def test_lag_of_one_partition(start, end, committed, lag, flags):
    assert lag_of(start, end, committed)[0::2][:2] == (lag, flags)


def test_an_open_transaction_shows_what_is_readable():
    assert lag_of(0, 100, 40, stable=70)[:2] == (60, 30)
    assert lag_of(0, 100, 40)[:2] == (60, 60)


def test_a_groups_lag_counts_its_unknown_partitions_beside_the_sum():
    snapshot = after(
        metadata(topic("rides", 1, 2)),
        groups(("a", "Stable", 1)),
        commits("a", {("rides", 0): 5, ("rides", 1): 5}),
        offsets("starts", {("rides", 0): 0, ("rides", 1): 0}),
        offsets("ends", {("rides", 0): 9}),
    )
    row = snapshot.row("groups", "a")
    assert (row["lag"], row["unknown_partitions"], row["topics"], row["topic_names"]) == (4, 1, 1, ["rides"])


def test_a_group_with_all_partitions_unknown_has_no_lag_rather_than_zero():
    assert lag_of(0, None, 5)[3]["lag"] is None


def test_a_topic_that_is_gone_is_flagged_and_not_summed():
    memory = merge.Memory()
    snapshot = after(
        metadata(topic("rides", 1), topic("zones", 1)),
        groups(("a", "Stable", 1)),
        commits("a", {("rides", 0): 5, ("zones", 0): 5}),
        *(offsets(source, {("rides", 0): end, ("zones", 0): end}) for source, end in (("starts", 0), ("ends", 9))),
        metadata(topic("rides", 1)),
        metadata(topic("rides", 1)),
        memory=memory,
    )
    assert snapshot.row("group_partitions", "a", "zones", 0)["flags"] == ["topic_gone"]
    assert snapshot.row("groups", "a")["lag"] == 4


def first_records(values):
    return Polled("first_records", {TopicPartition("rides", n): Offset(0, at) for n, at in values.items()}, (), T0, 1.0)


def test_the_oldest_record_is_not_known_before_every_partition_that_holds_one_tells():
    marks = [offsets("starts", {("rides", n): 0 for n in range(3)}), offsets("ends", {("rides", 0): 9, ("rides", 1): 9, ("rides", 2): 0})]
    start = after(metadata(topic("rides", 1, 1, 1)), *marks)
    assert after(first_records({0: 70}), start=start).row("topics", "rides")["first_record_at_ms"] is None
    assert after(first_records({0: 70, 1: 50, 2: -1}), start=start).row("topics", "rides")["first_record_at_ms"] == 50


def share(*answers):
    """A share group of two members that hold the one partition of rides, whose log goes from 2 to 9."""
    told = [metadata(topic("rides", 1)), groups(("s", "Stable", 1), type="share")]
    told += [described("s", "Stable", ("m1", [("rides", 0)]), ("m2", [("rides", 0)]))]
    return after(*told, offsets("starts", {("rides", 0): 2}), offsets("ends", {("rides", 0): 9}), *answers)


def taken(offset, lag=None):
    return Polled("commits", {"s": {TopicPartition("rides", 0): Committed(offset, "", lag)}}, (), T0, 1.0, frozenset({"s"}))


def test_a_share_group_is_as_far_behind_as_its_broker_counts():
    assert share(taken(4, 1)).row("groups", "s")["lag"] == 1  # records 5 to 8 were taken out of order
    assert share(taken(4)).row("groups", "s")["lag"] == 5  # the broker does not count: all from the first one not done with


def test_a_share_group_that_took_nothing_yet_has_no_lag_that_we_know():
    assert after(metadata(topic("rides", 1)), groups(("s", "Stable", 1), type="share")).row("groups", "s")["lag"] is None
    nothing_taken = share(Polled("commits", {"s": {}}, (), T0, 1.0, frozenset({"s"})))
    assert nothing_taken.row("group_partitions", "s", "rides", 0)["flags"] == ["not_committed"]
    assert (nothing_taken.row("groups", "s")["lag"], nothing_taken.row("groups", "s")["unknown_partitions"]) == (None, 1)
    emptied = after(offsets("starts", {("rides", 0): 9}), start=nothing_taken)
    assert emptied.row("groups", "s")["lag"] == 0


def test_a_partition_of_a_share_group_names_all_who_take_from_it():
    assert share().row("group_partitions", "s", "rides", 0)["member_id"] == "m1, m2"


def test_a_share_group_without_members_needs_somebody():
    told = [metadata(topic("rides", 1)), groups(("s", "Empty", 1), type="share"), described("s", "Empty"), taken(4, 3)]
    (row,) = after(*told, offsets("starts", {("rides", 0): 2}), offsets("ends", {("rides", 0): 9})).table("attention").values()
    assert (row["kind"], row["text"]) == ("group_without_members", "has no members and 3 unread records")


def test_a_topics_max_lag_is_that_of_its_worst_group():
    snapshot = after(
        metadata(topic("rides", 1)),
        groups(("a", "Stable", 1), ("b", "Stable", 1)),
        commits("a", {("rides", 0): 5}),
        commits("b", {("rides", 0): 1}),
        offsets("starts", {("rides", 0): 0}),
        offsets("ends", {("rides", 0): 9}),
    )
    row = snapshot.row("topics", "rides")
    assert (row["groups"], row["max_lag"]) == (2, 8)


def test_brokers_count_what_they_lead_and_hold():
    snapshot = after(metadata(topic("rides", 1, 2, 2, isr=(1, 2))))
    two, three = snapshot.row("brokers", 2), snapshot.row("brokers", 3)
    assert (two["leaders"], two["preferred_leaders"], two["replicas"]) == (2, 0, 3)
    assert (three["leaders"], three["under_replicated"]) == (0, 3)


def test_a_cluster_that_never_answered_is_unreachable_with_the_reason():
    row = after(nothing("metadata", T0 + 5)).cluster()
    assert (row["state"], row["reason"], row["unreachable_since_ms"]) == ("unreachable", "Nobody answers.", T0 + 5)
    assert row["topics"] is None


def test_an_unreachable_cluster_keeps_its_last_data_and_since_when():
    start = after(metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}))
    silent = seen({1: None, 2: None, 3: None}, at=T0 + 1000)
    snapshot = after(silent, nothing("metadata", T0 + 2000), nothing("metadata", T0 + 9000), start=start)
    row = snapshot.cluster()
    assert (row["state"], row["unreachable_since_ms"], row["topics"]) == ("unreachable", T0 + 2000, 1)
    assert [each["kind"] for each in snapshot.table("attention").values()] == ["cluster_unreachable"]
    back = after(metadata(topic("rides", 1), at=T0 + 20_000), seen({1: 1.0, 2: 1.0, 3: 1.0}), start=snapshot)
    assert (back.cluster()["state"], back.cluster()["unreachable_since_ms"]) == ("healthy", None)


def test_metadata_that_fails_while_brokers_answer_is_no_outage():
    snapshot = after(metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}), nothing("metadata"))
    assert snapshot.cluster()["state"] == "healthy"


def test_attention_names_what_is_wrong_and_keeps_since_when():
    full = LogDir("/data", "", 1000, 100, ())
    lost = LogDir("/more", "KAFKA_STORAGE_ERROR", None, None, ())
    answers = [
        metadata(topic("rides", 1, isr=(1, 2)), topic("zones", None)),
        seen({1: 1.0, 2: None, 3: 1.0}, fenced=(3,)),
        groups(("a", "Empty", 1)),
        described("a", "Empty"),
        commits("a", {("rides", 0): 5}),
        offsets("starts", {("rides", 0): 0}),
        offsets("ends", {("rides", 0): 9}),
        Polled("log_dirs", {1: (full, lost)}, (), T0 + 50, 1.0),
    ]
    memory = merge.Memory()
    snapshot = after(*answers, memory=memory)
    rows = {row["kind"]: row for row in snapshot.table("attention").values()}
    assert set(rows) == {
        "offline", "under_replicated", "broker_unreachable", "broker_fenced", "group_without_members", "disk_full", "log_dir_offline",
    }  # fmt: skip
    assert rows["offline"]["path"] == "topics/?filter=health:offline"
    assert (rows["offline"]["tone"], rows["offline"]["subject"], rows["offline"]["since_ms"]) == ("bad", "zones", T0)
    assert rows["group_without_members"]["text"] == "has no members and 4 unread records"
    assert rows["disk_full"]["since_ms"] == T0 + 50
    assert snapshot.cluster()["state"] == "degraded"
    worse = after(metadata(topic("rides", None), topic("zones", None), at=T0 + 9000), start=snapshot, memory=memory)
    row = worse.table("attention")["offline"]
    assert (row["subject"], row["since_ms"]) == ("2 topics", T0)


def test_all_quiet_has_no_attention():
    snapshot = after(metadata(topic("rides", 1)), seen({1: 1.0, 2: 1.0, 3: 1.0}))
    assert not snapshot.table("attention")
    assert snapshot.cluster()["state"] == "healthy"
    assert snapshot.cluster()["brokers_up"] == 3
