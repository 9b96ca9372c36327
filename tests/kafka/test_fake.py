"""What only the fake can show: brokers that fail on command, transactions held open, records that expire."""

from controlcenter.errors import Kind
from controlcenter.kafka.cluster import Cluster
from controlcenter.kafka.fake import FakeCluster
from controlcenter.kafka.model import Member, TopicPartition


def test_it_has_the_methods_of_the_real_handle():
    def public(of):
        return {name for name in vars(of) if not name.startswith("_")}

    assert public(Cluster) <= public(FakeCluster)


def test_a_broken_broker_loses_its_own_part_and_its_partitions_move():
    fake = FakeCluster()
    fake.add_topic("rides", 3, 3)
    fake.add_group("a", coordinator=1)
    fake.add_group("b", coordinator=2)
    fake.break_broker(2, Kind.TIMEOUT)
    listed = fake.groups([1, 2, 3])
    assert [group.group for group in listed.result] == ["a"]
    assert [(failure.broker, failure.kind) for failure in listed.failures] == [(2, Kind.TIMEOUT)]
    parts = fake.metadata().result.topics[0].partitions
    assert 2 not in {part.leader for part in parts}
    assert all(2 not in part.in_sync_replicas and part.offline_replicas == (2,) for part in parts)
    assert sorted(part.leader_epoch for part in parts) == [0, 0, 1]
    assert {broker.id: broker.is_fenced for broker in fake.describe().result.brokers} == {1: False, 2: True, 3: False}
    fake.mend_broker(2)
    assert fake.groups([1, 2, 3]).is_complete


def test_a_partition_whose_only_replica_is_gone_has_no_leader():
    fake = FakeCluster()
    fake.add_topic("rides", 1, 1)
    fake.break_broker(1)
    (part,) = fake.metadata().result.topics[0].partitions
    assert (part.leader, part.in_sync_replicas, part.offline_replicas) == (None, (1,), (1,))


def test_expired_records_and_open_transactions_move_the_bounds():
    fake, part = FakeCluster(), TopicPartition("rides", 0)
    fake.add_topic("rides")
    fake.append("rides", 0, 10, timestamp_ms=5)
    fake.delete_records("rides", 0, 4)
    fake.open_transaction("rides", 0, 7)
    assert [fake.offsets({1: [part]}, at).result[part].offset for at in ("start", "stable", "end", 0)] == [4, 7, 10, 4]


def test_members_and_commits_belong_to_their_group():
    fake = FakeCluster()
    fake.add_topic("rides")
    fake.commit("a", "rides", 0, 5)
    held = (TopicPartition("rides", 0),)
    fake.add_group("a", state="Stable", members=[Member("m-1", "app", "/10.0.0.1", None, held)])
    (listing,) = fake.groups([1]).result
    (described,) = fake.describe_groups([listing]).result
    assert (described.state, described.members[0].assignment) == ("Stable", held)
    assert fake.committed([listing]).result == {"a": {TopicPartition("rides", 0): (5, "", None)}}
