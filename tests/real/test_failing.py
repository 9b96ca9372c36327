"""Brokers that die or fall silent: what they held is named, what the others hold arrives, and nobody waits for ever."""

import time

import pytest

from controlcenter.errors import Kind
from tests.real.worlds import leaders, listing, until

pytestmark = pytest.mark.real
SILENT = (Kind.TIMEOUT, Kind.UNREACHABLE)


@pytest.fixture
def wounded(kafka):
    """The shared cluster for a test that hurts it: healed afterwards."""
    hurt = []
    yield kafka, hurt
    for number, heal in hurt:
        heal(number)
    kafka.wait()


def all_groups_listed(cluster):
    return cluster.groups([1, 2, 3]).is_complete


def test_a_silent_broker_loses_its_own_part_within_the_deadline(real, wounded):
    kafka, hurt = wounded
    topic = real.topic(partitions=3, replication_factor=1)
    real.append(topic, 0, 3)
    led = leaders(real.cluster, topic)
    assert set(led) == {1, 2, 3}
    real.commit("watched", topic, 0, 2)
    coordinator = listing(real.cluster, "watched").coordinator
    silent = next(number for number in (1, 2, 3) if number != coordinator)
    assert real.cluster.offsets(led, "end").is_complete

    hurt.append((silent, kafka.resume))
    kafka.pause(silent)
    started = time.monotonic()
    ends, groups, dirs = real.cluster.offsets(led, "end"), real.cluster.groups([1, 2, 3]), real.cluster.log_dirs([1, 2, 3])
    took_s = time.monotonic() - started

    assert took_s < 25
    for answer in (ends, groups, dirs):
        assert {(failure.broker, failure.kind in SILENT) for failure in answer.failures} == {(silent, True)}
    assert set(ends.result) == {part for broker, parts in led.items() if broker != silent for part in parts}
    assert "watched" in {group.group for group in groups.result}
    assert set(dirs.result) == {1, 2, 3} - {silent}

    kafka.resume(silent)
    until(lambda: real.cluster.offsets(led, "end").is_complete, 60)
    until(lambda: all_groups_listed(real.cluster), 60)


def test_a_killed_broker_is_named_and_its_leaders_move(real, wounded):
    kafka, hurt = wounded
    topic = real.topic(partitions=3, replication_factor=3)
    alone = real.topic(partitions=3, replication_factor=1)
    before = leaders(real.cluster, topic)
    (victim, (lost, *_)) = next(iter(leaders(real.cluster, alone).items()))

    hurt.append((victim, kafka.restart))
    kafka.kill(victim)
    until(lambda: victim not in leaders(real.cluster, topic), 60)

    metadata = real.cluster.metadata().result
    assert victim not in {broker.id for broker in metadata.brokers}
    moved = next(each for each in metadata.topics if each.name == topic)
    assert all(part.offline_replicas == (victim,) and victim not in part.in_sync_replicas for part in moved.partitions)
    orphan = next(each for each in metadata.topics if each.name == alone).partitions[lost.partition]
    assert orphan.leader is None
    until(lambda: {broker.id: broker.is_fenced for broker in real.cluster.describe().result.brokers}.get(victim) is True, 60)

    # The old leaders are asked again where they moved to: nothing is lost but the broker's own answer.
    answer = real.cluster.offsets(before, "end")
    assert {failure.broker for failure in answer.failures} == {victim}
    assert set(answer.result) == {part for broker, parts in before.items() if broker != victim for part in parts}
    assert real.cluster.offsets(leaders(real.cluster, topic), "end").is_complete
    assert [failure.broker for failure in real.cluster.log_dirs([1, 2, 3]).failures] == [victim]

    kafka.restart(victim)
    hurt.clear()
    until(lambda: real.cluster.log_dirs([1, 2, 3]).is_complete, 60)
    until(lambda: set(leaders(real.cluster, alone)) == {1, 2, 3}, 60)
