"""The demo's traffic on real brokers: each group is what its name promises, and life goes on without one broker."""

import time

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from controlcenter.kafka import cluster
from controlcenter.kafka.model import Connection
from demo.traffic import TOPICS, Traffic

pytestmark = pytest.mark.real


def test_groups_are_what_their_names_promise_and_outlive_a_broker(kafka):
    traffic = Traffic(kafka.bootstrap, prefix="demo-test-")
    watched = cluster.connect(Connection(kafka.bootstrap))
    traffic.start()
    try:
        found = until(lambda: listed(watched), lambda groups: set(groups) == set(EXPECTED) and groups == EXPECTED, 60)
        assert found == EXPECTED
        assert until(lambda: aborted_and_committed(kafka.bootstrap), lambda seen: all(seen), 30) == (True, True)
        kafka.kill(3)
        try:
            then = until(lambda: written(kafka.ports[1]), lambda now: now is not None, 90)
            assert then is not None
            assert until(lambda: written(kafka.ports[1]), lambda now: now is not None and now > then + 100, 60) > then + 100
        finally:  # the other tests use this cluster too
            kafka.restart(3)
        assert until(lambda: listed(watched), lambda groups: groups == EXPECTED, 60) == EXPECTED
    finally:
        traffic.end()
        for name in TOPICS:
            watched.delete_topic(f"demo-test-{name}")
        watched.close()
    assert not any(thread.is_alive() for thread in traffic.threads)


EXPECTED = {
    "ride-dashboard": ("classic", "Stable"),
    "ride-archive": ("classic", "Stable"),
    "ride-audit": ("classic", "Empty"),
    "ride-alerts": ("consumer", "Stable"),
    "ride-dispatch": ("share", "Stable"),
}


def listed(watched) -> dict:
    listings = watched.groups([1, 2, 3]).result
    return {each.group.removeprefix("demo-test-"): (each.type, each.state) for each in listings if each.group.startswith("demo-test-")}


def written(port: int) -> int | None:
    """Return how many rides stand in the partitions; None while one of them has no leader that answers."""
    consumer = Consumer({"bootstrap.servers": f"127.0.0.1:{port}", "group.id": "none"})
    try:
        return sum(consumer.get_watermark_offsets(TopicPartition("demo-test-rides", each), timeout=5)[1] for each in range(6))
    except KafkaException:
        return None
    finally:
        consumer.close()


def aborted_and_committed(bootstrap: str) -> tuple[bool, bool]:
    """Return whether the payments hold records that only an uncommitted reader sees, and ones that a committed reader sees."""
    seen = {level: payments(bootstrap, level) for level in ("read_uncommitted", "read_committed")}
    return bool(seen["read_uncommitted"] - seen["read_committed"]), bool(seen["read_committed"])


def payments(bootstrap: str, level: str) -> set[tuple[int, int]]:
    topic = "demo-test-payments"
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none", "isolation.level": level, "enable.auto.commit": False})
    try:
        ends = {partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1] for partition in range(3)}
        consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
        got: set[tuple[int, int]] = set()
        while batch := consumer.consume(500, 1.0):
            got |= {(message.partition(), message.offset()) for message in batch if message.error() is None}
        # only what stood there when we began: both levels then speak of nearly the same time
        return {(partition, offset) for partition, offset in got if offset < ends[partition]}
    finally:
        consumer.close()


def until(read, is_so, seconds: float):
    """Return what read() gives when is_so(it), or at the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = read()
        if is_so(value) or time.monotonic() > end:
            return value
        time.sleep(0.1)
