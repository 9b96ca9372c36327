"""What the fake says, real Kafka says: the same bodies on both."""

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import GroupListing, NewTopic, TopicPartition
from tests.real.worlds import leaders, listing, until


def test_every_partition_has_a_leader_in_sync_and_its_replicas(world):
    topic = world.topic(partitions=3, replication_factor=3)
    described = next(each for each in world.cluster.metadata().result.topics if each.name == topic)
    assert [part.partition for part in described.partitions] == [0, 1, 2]
    assert {part.leader for part in described.partitions} == {1, 2, 3}
    assert all(set(part.replicas) == {1, 2, 3} and part.leader in part.in_sync_replicas for part in described.partitions)
    assert all(part.leader_epoch == 0 and part.offline_replicas == () for part in described.partitions)
    assert described.id
    assert not described.is_internal


def test_all_brokers_are_registered_and_none_is_fenced(world):
    assert {broker.id: broker.is_fenced for broker in world.cluster.describe().result.brokers} == {1: False, 2: False, 3: False}


def test_the_quorum_names_the_controller_among_its_voters(world):
    quorum = world.cluster.quorum().result
    assert quorum.leader in {member.node for member in quorum.members if member.is_voter} == {1, 2, 3}


def test_a_broker_answers_a_ping_and_an_unknown_one_does_not(world):
    assert world.cluster.ping(1) > 0
    with pytest.raises(Problem) as caught:
        world.cluster.ping(99)
    assert caught.value.kind is Kind.UNREACHABLE


def test_versions_are_told(world):
    assert world.cluster.versions() == {"kafka_version": "4.4", "metadata_version": "4.4 (33)"}


def test_offsets_say_where_partitions_begin_and_end_and_what_stands_at_a_time(world):
    topic = world.topic(partitions=3)
    world.append(topic, 1, 5, timestamp_ms=1_000)
    led, part, empty = leaders(world.cluster, topic), TopicPartition(topic, 1), TopicPartition(topic, 0)
    found = {at: world.cluster.offsets(led, at) for at in ("start", "end", "stable", "max_timestamp", 1_002, 9_000)}
    assert all(answer.is_complete and len(answer.result) == 3 for answer in found.values())
    assert [found[at].result[part].offset for at in ("start", "end", "stable")] == [0, 5, 5]
    assert [found[at].result[empty].offset for at in ("start", "end", "max_timestamp")] == [0, 0, -1]
    assert found["max_timestamp"].result[part] == (4, 1_004)
    assert found[1_002].result[part] == (2, 1_002)
    assert found[9_000].result[part] == (-1, -1)


def test_an_unknown_topic_or_broker_costs_only_its_own_part_of_the_offsets(world):
    topic = world.topic(partitions=1)
    led = leaders(world.cluster, topic)
    (leader,) = led
    asked = {leader: [TopicPartition(topic, 0), TopicPartition("nowhere", 0)], 99: [TopicPartition(topic, 0)]}
    answer = world.cluster.offsets(asked, "end")
    assert answer.result == {TopicPartition(topic, 0): (0, -1)}
    assert {(failure.broker, failure.kind) for failure in answer.failures} == {(leader, Kind.ABSENT), (99, Kind.UNREACHABLE)}


def test_what_a_group_committed_is_read_with_its_group(world):
    topic = world.topic(partitions=2)
    world.append(topic, 0, 4)
    world.commit(f"g-{topic}", topic, 0, 3)
    found = listing(world.cluster, f"g-{topic}")
    assert (found.type, found.state, found.protocol_type) == ("classic", "Empty", "")
    answer = world.cluster.committed([found])
    assert answer.is_complete
    assert {part: told.offset for part, told in answer.result[found.group].items()} == {TopicPartition(topic, 0): 3}
    (described,) = world.cluster.describe_groups([found]).result
    assert (described.group, described.type, described.state, described.members) == (found.group, "classic", "Empty", ())


def test_a_group_that_does_not_exist_has_committed_nothing(world):
    absent = GroupListing("never-was", "classic", "Empty", "consumer", listing_coordinator(world))
    assert world.cluster.committed([absent]).result.get("never-was", {}) == {}


def listing_coordinator(world) -> int:
    world.commit("somebody", world.topic(partitions=1), 0, 0)
    return listing(world.cluster, "somebody").coordinator


def test_a_silent_coordinator_is_named_and_the_others_list_their_groups(world):
    world.commit("listed-group", world.topic(partitions=1), 0, 0)
    listing(world.cluster, "listed-group")
    answer = world.cluster.groups([1, 2, 3, 99])
    assert "listed-group" in {each.group for each in answer.result}
    assert [(failure.broker, failure.kind) for failure in answer.failures] == [(99, Kind.UNREACHABLE)]


def test_log_dirs_hold_every_replica_and_the_disk_beneath(world):
    topic = world.topic(partitions=3, replication_factor=3)
    world.append(topic, 0, 10)
    leaders(world.cluster, topic)

    def sizes():
        answer = world.cluster.log_dirs([1, 2, 3])
        assert answer.is_complete
        held = {broker: {r.partition: r for d in dirs for r in d.replicas if r.topic == topic} for broker, dirs in answer.result.items()}
        assert all(0 < d.usable_bytes <= d.total_bytes and not d.error for dirs in answer.result.values() for d in dirs)
        return held if all(set(parts) == {0, 1, 2} and parts[0].size_bytes > 0 for parts in held.values()) else None

    held = until(sizes)
    assert all(parts[1].size_bytes == 0 and not parts[1].is_future for parts in held.values())


def test_configs_tell_value_and_source_and_name_who_is_missing(world):
    topic = f"{world.topic(partitions=1)}-c"
    world.cluster.create_topic(NewTopic(topic, 1, 1, configs={"max.message.bytes": "1000"}))
    leaders(world.cluster, topic)
    answer = world.cluster.configs("topic", [topic, "nowhere"], ["max.message.bytes", "cleanup.policy"])
    assert {entry.name: (entry.value, entry.source) for entry in answer.result[topic]} == {
        "max.message.bytes": ("1000", "topic"),
        "cleanup.policy": ("delete", "default"),
    }
    assert [failure.kind for failure in answer.failures] == [Kind.ABSENT]
    everything = world.cluster.configs("topic", [topic], None).result[topic]
    assert next(entry for entry in everything if entry.name == "max.message.bytes").default == "1048588"


def test_each_broker_tells_its_own_configs(world):
    answer = world.cluster.configs("broker", ["1", "99"], ["num.partitions"])
    assert [entry.name for entry in answer.result["1"]] == ["num.partitions"]
    assert [(failure.broker, failure.kind) for failure in answer.failures] == [(99, Kind.UNREACHABLE)]


@pytest.mark.parametrize(
    ("wrong", "field", "kind"),
    [
        ({"partitions": 0}, "partitions", Kind.INVALID),
        ({"replication_factor": 9}, "replication_factor", Kind.INVALID),
        ({"placement": ((1, 99),)}, "placement", Kind.INVALID),
        ({"configs": {"no.such.config": "1"}}, "configs", Kind.INVALID),
        ({"name": "no spaces"}, "name", Kind.INVALID),
    ],
)
def test_a_topic_that_cannot_be_is_refused_at_its_field(world, wrong, field, kind):
    spec = NewTopic(**({"name": "would-be"} | wrong))
    with pytest.raises(Problem) as caught:
        world.cluster.create_topic(spec, validate_only=True)
    assert (caught.value.kind, caught.value.field) == (kind, field)
    assert caught.value.what.endswith(".")


def test_checking_a_topic_makes_none_and_making_it_twice_is_a_conflict(world):
    name = f"{world.topic(partitions=1)}-new"
    spec = NewTopic(name, placement=((1, 2), (3, 1)))
    world.cluster.create_topic(spec, validate_only=True)
    assert name not in {each.name for each in world.cluster.metadata().result.topics}
    world.cluster.create_topic(spec)
    leaders(world.cluster, name)
    described = next(each for each in world.cluster.metadata().result.topics if each.name == name)
    assert [part.replicas for part in described.partitions] == [(1, 2), (3, 1)]
    with pytest.raises(Problem) as caught:
        world.cluster.create_topic(spec)
    assert (caught.value.kind, caught.value.field) == (Kind.CONFLICT, "name")


def test_deleting_a_topic_takes_it_and_its_commits_away(world):
    topic = world.topic(partitions=1)
    world.commit(f"g-{topic}", topic, 0, 0)
    group = listing(world.cluster, f"g-{topic}")
    world.cluster.delete_topic(topic)
    until(lambda: topic not in {each.name for each in world.cluster.metadata().result.topics})
    until(lambda: not world.cluster.committed([group]).result.get(group.group))
    with pytest.raises(Problem) as caught:
        world.cluster.delete_topic(topic)
    assert caught.value.kind is Kind.ABSENT


def test_asking_about_a_topic_does_not_make_it(world):
    world.cluster.configs("topic", ["not-made"], ["retention.ms"])
    world.cluster.offsets({1: [TopicPartition("not-made", 0)]}, "end")
    assert "not-made" not in {each.name for each in world.cluster.metadata().result.topics}


def test_a_closed_handle_answers_nothing(world):
    world.cluster.close()
    with pytest.raises(Problem) as caught:
        world.cluster.metadata()
    assert caught.value.kind is Kind.UNREACHABLE
    assert [failure.broker for failure in world.cluster.groups([1, 2]).failures] == [1, 2]
