"""Kafka 3.2.3 with ZooKeeper: less is told, and what is not told is unknown, not wrong."""

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import NewTopic, TopicPartition
from tests.real.worlds import leaders, listing, until

pytestmark = pytest.mark.real


def test_metadata_brokers_and_versions_are_told(old):
    topic = old.topic(partitions=2, replication_factor=1)
    found = next(each for each in old.cluster.metadata().result.topics if each.name == topic)
    assert found.id
    assert [(part.leader, part.replicas, part.leader_epoch) for part in found.partitions] == [(1, (1,), 0)] * 2
    assert [(broker.id, broker.is_fenced) for broker in old.cluster.describe().result.brokers] == [(1, None)]
    assert old.cluster.versions() == {"kafka_version": "3.2", "metadata_version": None}
    assert old.cluster.ping(1) > 0


def test_there_is_no_quorum(old):
    answer = old.cluster.quorum()
    assert answer.is_complete
    assert answer.result is None


def test_offsets_commits_and_groups_are_read(old):
    topic = old.topic(partitions=1, replication_factor=1)
    old.append(topic, 0, 4, timestamp_ms=1_000)
    old.commit(f"g-{topic}", topic, 0, 3)
    led, part = leaders(old.cluster, topic), TopicPartition(topic, 0)
    found = {at: old.cluster.offsets(led, at).result[part] for at in ("start", "end", "stable", "max_timestamp", 1_002)}
    assert {at: offset.offset for at, offset in found.items()} == {"start": 0, "end": 4, "stable": 4, "max_timestamp": 3, 1_002: 2}
    group = listing(old.cluster, f"g-{topic}")
    assert (group.type, group.state) == ("", "Empty")
    assert old.cluster.committed([group]).result == {group.group: {part: (3, "", None)}}
    assert [each.state for each in old.cluster.describe_groups([group]).result] == ["Empty"]


def test_log_dirs_tell_no_disk_and_configs_are_read(old):
    topic = old.topic(partitions=1, replication_factor=1)
    (log_dir,) = until(lambda: old.cluster.log_dirs([1]).result.get(1))
    assert (log_dir.total_bytes, log_dir.usable_bytes) == (None, None)
    assert topic in {replica.topic for replica in log_dir.replicas}
    assert old.cluster.configs("topic", [topic], ["cleanup.policy"]).result[topic][0].value == "delete"
    assert old.cluster.configs("broker", ["1"], None).is_complete


def test_topics_are_made_and_refused_as_on_new_kafka(old):
    with pytest.raises(Problem) as caught:
        old.cluster.create_topic(NewTopic("too-many", 1, 9), validate_only=True)
    assert (caught.value.kind, caught.value.field) == (Kind.INVALID, "replication_factor")
    topic = old.topic(partitions=1, replication_factor=1)
    old.cluster.delete_topic(topic)
    until(lambda: topic not in {each.name for each in old.cluster.metadata().result.topics})
