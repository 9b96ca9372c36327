"""What writing records is checked against, and what comes back."""

import pytest

from controlcenter.errors import Problem
from controlcenter.kafka.fake import FakeCluster
from controlcenter.kafka.model import Message
from controlcenter.operate import ProduceRecords, parcels, preview, records
from tests.operate.test_topics import cluster_of, row

MESSAGES = [Message(b"k", b"one"), Message(None, None, (("h", b""), ("h", None))), Message(b"", b"", partition=1, timestamp_ms=5)]


def action_of(messages, parcel="p", **more):
    return ProduceRecords("demo", "orders", parcel, "sha", **{**records.describe(messages), **more})


def topic(**known):
    snapshot = cluster_of("orders")
    (name,) = snapshot.table("topics")
    return snapshot.replace(topics={name: {**snapshot.table("topics")[name], **known}})


def blamed(action, snapshot):
    return [fault.field for fault in action.faults(snapshot)]


@pytest.fixture
def redis(store, monkeypatch):
    monkeypatch.setattr("controlcenter.observe.store.default", lambda: store)
    return store.redis


def test_messages_come_out_of_a_parcel_as_they_went_in(redis):
    parcel, _ = parcels.put(redis, "alice", MESSAGES)
    assert list(parcels.take(redis, parcel)) == MESSAGES
    assert parcels.owner(redis, parcel) == "alice"


def test_a_large_parcel_travels_in_chunks(redis):
    many = [Message(None, bytes([i % 256]) * 300_000) for i in range(10)]
    parcel, _ = parcels.put(redis, "alice", many)
    assert redis.llen(f"cc:parcel:{parcel}:records") == 3
    assert list(parcels.take(redis, parcel)) == many


def test_an_expired_parcel_says_that_nothing_was_sent(redis):
    with pytest.raises(Problem, match="nothing was sent"):
        list(parcels.take(redis, "gone"))


def test_too_much_is_refused_and_leaves_nothing(redis, monkeypatch):
    monkeypatch.setattr(parcels, "LARGEST_BYTES", 3 << 20)
    with pytest.raises(Problem, match="3 MiB"):
        parcels.put(redis, "alice", [Message(None, b"x" * (1 << 20))] * 5)
    assert redis.keys("cc:parcel:*:records") == []


def test_each_record_ends_with_its_place(redis):
    cluster = FakeCluster()
    cluster.add_topic("orders", 2)
    parcel, _ = parcels.put(redis, "alice", MESSAGES)
    found = action_of(MESSAGES, parcel).call(cluster)
    assert (found["state"], found["ok"], found["failed"], found["unknown"]) == ("done", 3, 0, 0)
    assert [(r["partition"], r["offset"]) for r in found["results"]] == [(0, 0), (1, 0), (1, 1)]
    assert parcels.progress(redis, parcel) == found


def test_a_record_the_broker_refuses_is_an_error_and_the_others_are_written(redis):
    cluster = FakeCluster()
    cluster.add_topic("orders", 1, configs={"max.message.bytes": "10"})
    messages = [Message(None, b"fits"), Message(None, b"far too long for it"), Message(None, b"fits")]
    parcel, _ = parcels.put(redis, "alice", messages)
    found = action_of(messages, parcel).call(cluster)
    assert [r["state"] for r in found["results"]] == ["ok", "error", "ok"]
    assert "max.message.bytes" in found["results"][1]["hint"]


def test_stop_ends_a_run_and_says_so(redis, monkeypatch):
    monkeypatch.setattr(records, "TELL_EVERY_S", 0)
    cluster = FakeCluster()
    cluster.add_topic("orders", 1)
    parcel, _ = parcels.put(redis, "alice", MESSAGES[:1])
    parcels.stop(redis, parcel)
    found = action_of(MESSAGES[:1], parcel, count=1000).call(cluster)
    assert found["state"] == "stopped"
    assert found["sent"] < 1000


def test_a_missing_topic_is_not_made(redis):
    cluster = FakeCluster()
    parcel, _ = parcels.put(redis, "alice", MESSAGES)
    with pytest.raises(Problem, match="orders"):
        action_of(MESSAGES, parcel).call(cluster)
    assert cluster.topics == {}


@pytest.mark.parametrize(
    ("more", "known", "field"),
    [
        ({"lacks_key": True}, {"cleanup_policy": "compact,delete"}, "key"),
        ({"partitions": (6,)}, {}, "partition"),
        ({"largest_bytes": 2000}, {"max_message_bytes": 1000}, "value"),
        ({"count": 0}, {}, "count"),
        ({"count": 1_000_001}, {}, "count"),
        ({"rate_per_s": 10_001}, {}, "rate"),
        ({"seconds": 0}, {}, "seconds"),
        ({"codec": "brotli"}, {}, "codec"),
    ],
)
def test_what_cannot_be_stands_on_its_field(more, known, field):
    assert blamed(action_of(MESSAGES[:1], **more), topic(**known)) == [field]


def test_a_compressed_record_is_left_to_the_broker():
    assert blamed(action_of(MESSAGES[:1], largest_bytes=2000, codec="zstd"), topic(max_message_bytes=1000)) == []


def test_more_than_a_thousand_ask_for_the_name():
    assert [preview.of(action_of(MESSAGES[:1], count=n), topic(), "b:1").level for n in (1000, 1001)] == [1, 2]


def test_the_plan_is_held_to_what_is_sent_not_to_the_parcel():
    one, again, other = (
        preview.plan_hash(action_of(MESSAGES[:1], p, codec=c), topic()) for p, c in (("a", "none"), ("b", "none"), ("c", "gzip"))
    )
    assert one == again != other


def test_kafkas_own_topics_are_not_written():
    snapshot = cluster_of("__consumer_offsets")
    action = ProduceRecords("demo", "__consumer_offsets", "p", "sha", **records.describe(MESSAGES))
    assert [fault.kind.name for fault in action.faults(snapshot)] == ["CONFLICT"]
    assert row("topics")["name"] is None
