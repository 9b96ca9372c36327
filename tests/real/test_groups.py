"""Groups with living members, of both protocols."""

import uuid

import pytest
from confluent_kafka import Consumer, ShareConsumer
from kafka.protocol.metadata import FindCoordinatorRequest

from controlcenter.kafka.model import TopicPartition
from controlcenter.observe.poll import Polled
from tests.observe.build import T0, after
from tests.real.messages import StreamsGroupHeartbeatRequest
from tests.real.worlds import leaders, listing, until

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("protocol", "type"), [("classic", "classic"), ("consumer", "consumer")])
def test_members_and_what_they_hold_are_read_by_the_message_of_the_groups_type(real, protocol, type):
    topic = real.topic(partitions=3)
    real.append(topic, 0, 2)
    group = f"group-{topic}"
    consumer = Consumer(
        {
            "bootstrap.servers": real.bootstrap,
            "group.id": group,
            "group.protocol": protocol,
            "client.id": "app",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    try:
        until(lambda: len(consumer.assignment()) == 3 or consumer.poll(0.1))
        until(lambda: (consumer.poll(0.1), len(consumer.assignment()) == 3)[1])
        found = until(lambda: next((each for each in [listing(real.cluster, group)] if each.state == "Stable"), None))
        assert (found.type, found.protocol_type) == (type, "consumer")
        answer = real.cluster.describe_groups([found])
        assert answer.is_complete
        (described,) = answer.result
        (member,) = described.members
        held = {TopicPartition(topic, number) for number in range(3)}
        assert (described.type, described.state, member.client_id, set(member.assignment)) == (type, "Stable", "app", held)
        assert set(member.target) == (held if type == "consumer" else set())
    finally:
        consumer.close()
    until(lambda: listing(real.cluster, group).state == "Empty")
    (described,) = real.cluster.describe_groups([listing(real.cluster, group)]).result
    assert described.members == ()


def test_a_share_group_tells_where_it_stands_and_what_is_still_to_be_taken(real):
    topic = real.topic(partitions=1)
    group, where = f"sharers-{topic}", TopicPartition(topic, 0)
    consumer = ShareConsumer({"bootstrap.servers": real.bootstrap, "group.id": group, "client.id": "taker", "log_level": 3})
    try:
        consumer.subscribe([topic])
        until(lambda: (consumer.poll(timeout=0.1), real.cluster.describe_groups([listing(real.cluster, group)]).result[0].members)[1])
        assert _standing(real, group) == {}  # it stands nowhere before it took the first record
        until(lambda: (real.append(topic, 0, 1), consumer.poll(timeout=0.1), _standing(real, group).get(where))[2])
        until(lambda: (consumer.poll(timeout=0.1), _standing(real, group)[where].lag == 0)[1])
        real.append(topic, 0, 3)
        until(lambda: _standing(real, group)[where].lag == 3)
        described = real.cluster.describe_groups([listing(real.cluster, group)])
        assert described.is_complete
        assert [(each.client_id, each.assignment) for each in described.result[0].members] == [("taker", (where,))]
    finally:
        consumer.close()
    end = real.cluster.offsets(leaders(real.cluster, topic), "end").result[where].offset
    until(lambda: _standing(real, group)[where] == (end - 3, "", 3))  # what it held on to is given back


def _standing(real, group):
    answer = real.cluster.committed([listing(real.cluster, group)])
    assert answer.is_complete
    return answer.result[group]


def test_the_members_of_a_streams_group_hold_the_partitions_their_tasks_read(real):
    wide, narrow = real.topic(partitions=3), real.topic(partitions=2)
    group = f"streams-{wide}"
    member = StreamsMember(real, group, [wide, narrow])
    try:
        until(lambda: len(member.beat()) == 3)
        found = listing(real.cluster, group)
        assert found.type == "streams"
        described = until(lambda: next((each for each in real.cluster.describe_groups([found]).result if each.members[0].assignment), None))
        held = {TopicPartition(topic, number) for topic in (wide, narrow) for number in range(3)}
        (seen,) = described.members
        assert (described.type, seen.member_id, set(seen.assignment), set(seen.target)) == ("streams", member.id, held, held)
        folded = after(_answer("metadata", real.cluster.metadata()), _answer("groups", real.cluster.groups([1, 2, 3]), "1", "2", "3"))
        folded = after(_answer("described", real.cluster.describe_groups([found]), group), start=folded)
        rows = [row for row in folded.table("group_partitions").values() if row["group"] == group]
        there = held - {TopicPartition(narrow, 2)}  # a task has the number of the widest topic
        assert {(row["topic"], row["partition"]) for row in rows} == there
    finally:
        member.leave()


def _answer(source, partial, *asked):
    return Polled(source, partial.result, partial.failures, T0, 1.0, frozenset(asked) or None)


class StreamsMember:
    """One member of a streams group: one subtopology that reads some topics, without state."""

    def __init__(self, real, group, topics):
        self.wire, self.group, self.id, self.epoch, self.tasks = real.cluster._wire, group, str(uuid.uuid4()), 0, []
        form = StreamsGroupHeartbeatRequest.Topology
        part = form.Subtopology(
            subtopology_id="0",
            source_topics=sorted(topics),
            source_topic_regex=[],
            state_changelog_topics=[],
            repartition_sink_topics=[],
            repartition_source_topics=[],
            copartition_groups=[],
        )
        self.topology = form(epoch=0, subtopologies=[part])
        self.coordinator = until(self._coordinator)

    def _coordinator(self):
        answer = self.wire.ask(FindCoordinatorRequest(key_type=0, coordinator_keys=[self.group], min_version=4))
        found = answer.coordinators[0]
        return None if found.error_code else found.node_id

    def beat(self):
        """Return the tasks of the member after one more heartbeat."""
        joining = self.epoch == 0
        request = StreamsGroupHeartbeatRequest(
            group_id=self.group,
            member_id=self.id,
            member_epoch=self.epoch,
            endpoint_information_epoch=0,
            rebalance_timeout_ms=60_000 if joining else -1,
            topology=self.topology if joining else None,
            active_tasks=[] if joining else self.tasks,
            standby_tasks=[],
            warmup_tasks=[],
            process_id="one" if joining else None,
            client_tags=[] if joining else None,
        )
        answer = self.wire.ask(request, self.coordinator)
        assert not answer.error_code, answer.error_message
        self.epoch = answer.member_epoch
        if answer.active_tasks is not None:
            kind = StreamsGroupHeartbeatRequest.TaskIds
            self.tasks = [kind(subtopology_id=each.subtopology_id, partitions=each.partitions) for each in answer.active_tasks]
        return [number for task in self.tasks for number in task.partitions]

    def leave(self):
        self.epoch, self.tasks = -1, []
        self.wire.ask(StreamsGroupHeartbeatRequest(group_id=self.group, member_id=self.id, member_epoch=-1, endpoint_information_epoch=0))
