"""What brokers keep of share groups in __share_group_state: how far each partition is delivered, and what of it stands out.

A snapshot is the whole state of one group's partition, an update what changed since. `deliveryState` is shown as Kafka's
word. The table is Kafka 4.4's.
"""

from controlcenter.serde import coordinator
from controlcenter.serde.values import Asked, Decoded

NAME = "share_group_state"
TOPIC = "__share_group_state"
TABLE = """
0 share snapshot
    groupId:string topicId:uuid partition:int32
    0+ snapshotEpoch:int32 stateEpoch:int32 leaderEpoch:int32 startOffset:int64 createTimestamp:int64 writeTimestamp:int64
      stateBatches:[](firstOffset:int64 lastOffset:int64 deliveryState:int8 deliveryCount:int16) deliveryCompleteCount:int32#0
1 share update
    groupId:string topicId:uuid partition:int32
    0+ snapshotEpoch:int32 leaderEpoch:int32 startOffset:int64
      stateBatches:[](firstOffset:int64 lastOffset:int64 deliveryState:int8 deliveryCount:int16) deliveryCompleteCount:int32#0
"""
RECORDS = coordinator.table(TABLE)
STATES = ("Available", "Acquired", "Acknowledged", "Archiving", "Archived")


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return a key, or the value beside its key, as JSON."""
    return coordinator.decode(NAME, TOPIC, RECORDS, data, asked, words={"deliveryState": STATES})
