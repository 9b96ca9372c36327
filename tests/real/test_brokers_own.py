"""What brokers write for themselves, as real ones of Kafka 4.4.0 do: every record of a share group's state is read."""

import json

import pytest
from confluent_kafka import ShareConsumer

from controlcenter.browse import session
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.kafka.model import Connection
from tests.real.worlds import until

pytestmark = pytest.mark.real
TOPIC = "__share_group_state"


@pytest.fixture(scope="module")
def box():
    made = Sandbox()
    yield made
    made.stop()


def test_the_state_of_a_share_group_is_read_as_its_coordinator_writes_it(real, box):
    topic = real.topic(partitions=1)
    group = f"own-{topic}"
    consumer = ShareConsumer({"bootstrap.servers": real.bootstrap, "group.id": group, "log_level": 3})
    mine = {}

    def told():
        rows = session.read(Connection(real.bootstrap), TOPIC, Request(n=1000), "alice", box=box).rows
        assert {part.format for row in rows for part in (row.key, row.value)} <= {"share_group_state", "null"}
        pairs = [(json.loads(row.key.text), json.loads(row.value.text)) for row in rows if row.value.format != "null"]
        mine.update({kind: (key, value) for key, value in reversed(pairs) if (kind := key["type"]) and key["groupId"] == group})
        return mine

    try:
        consumer.subscribe([topic])
        until(lambda: (real.append(topic, 0, 5), consumer.poll(timeout=0.2), "share update" in told())[2], 60)
    finally:
        consumer.close()
    key, snapshot = mine["share snapshot"]
    assert (key["partition"], snapshot["type"], snapshot["version"]) == (0, "share snapshot", 0)
    assert snapshot["createTimestamp"] > 0
    update = until(lambda: told()["share update"][1])
    assert update["startOffset"] >= -1
    assert {batch["deliveryState"] for batch in update["stateBatches"]} <= {"Available", "Acknowledged", "Archived"}
    assert all(batch["firstOffset"] <= batch["lastOffset"] for batch in update["stateBatches"])
