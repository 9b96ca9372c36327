"""Two worlds with the same words: one in memory, one of real brokers. A test body written in these words runs in both."""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka import ConsumerGroupTopicPartitions as Committing
from confluent_kafka import TopicPartition as Where
from confluent_kafka.admin import AdminClient

from controlcenter.kafka import cluster as kafka
from controlcenter.kafka.fake import FakeCluster
from controlcenter.kafka.model import Connection, NewTopic, TopicPartition

_numbers = itertools.count(1)


def until(seen: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the first true answer; fails with the last one when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = seen()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not seen within {seconds} s; last: {answer!r}"
        time.sleep(0.05)


def leaders(cluster: Any, topic: str) -> dict[int, list[TopicPartition]]:
    """Return broker → the topic's partitions it leads, once each has a leader."""

    def led() -> dict[int, list[TopicPartition]] | None:
        found = next((each for each in cluster.metadata().result.topics if each.name == topic), None)
        if found is None or any(part.leader is None for part in found.partitions):
            return None
        by_leader: dict[int, list[TopicPartition]] = defaultdict(list)
        for part in found.partitions:
            by_leader[part.leader].append(TopicPartition(topic, part.partition))
        return dict(by_leader)

    return until(led)


def listing(cluster: Any, group: str) -> Any:
    """Return the group as its coordinator lists it, once it does."""
    brokers = [broker.id for broker in cluster.metadata().result.brokers]
    return until(lambda: next((each for each in cluster.groups(brokers).result if each.group == group), None))


class FakeWorld:
    """Brokers in memory."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()

    def topic(self, partitions: int = 3, replication_factor: int = 3) -> str:
        name = f"topic-{next(_numbers)}"
        self.cluster.add_topic(name, partitions, replication_factor)
        return name

    def append(self, topic: str, partition: int, records: int, timestamp_ms: int = 1_000) -> None:
        for place in range(records):
            self.cluster.append(topic, partition, timestamp_ms=timestamp_ms + place)

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        self.cluster.commit(group, topic, partition, offset)

    def commit_all(self, groups: Iterable[str], topic: str) -> None:
        for group in groups:
            self.commit(group, topic, 0, 0)


class RealWorld:
    """Brokers of their own processes."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.cluster = kafka.connect(Connection(bootstrap), client_id="tests")
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})

    def close(self) -> None:
        self.cluster.close()

    def topic(self, partitions: int = 3, replication_factor: int = 3) -> str:
        name = f"topic-{next(_numbers)}-{time.time_ns()}"
        # Records here are as old as the test says: retention must not take them away.
        self.cluster.create_topic(NewTopic(name, partitions, replication_factor, configs={"retention.ms": "-1"}))
        leaders(self.cluster, name)
        return name

    def append(self, topic: str, partition: int, records: int, timestamp_ms: int = 1_000) -> None:
        failed: list[Any] = []
        for place in range(records):
            self._producer.produce(
                topic, b"v", partition=partition, timestamp=timestamp_ms + place, on_delivery=lambda error, _: failed.append(error)
            )
        assert self._producer.flush(30) == 0
        assert failed == [None] * records

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, "enable.auto.commit": False})
        try:
            consumer.commit(offsets=[Where(topic, partition, offset)], asynchronous=False)
        finally:
            consumer.close()

    def commit_all(self, groups: Iterable[str], topic: str) -> None:
        """Commit the beginning of a topic's first partition for many groups at once."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        asked = [admin.alter_consumer_group_offsets([Committing(group, [Where(topic, 0, 0)])])[group] for group in groups]
        for told in asked:
            told.result(30)
