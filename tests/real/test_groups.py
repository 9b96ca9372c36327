"""Groups with living members, of both protocols."""

import pytest
from confluent_kafka import Consumer

from controlcenter.kafka.model import TopicPartition
from tests.real.worlds import listing, until

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
