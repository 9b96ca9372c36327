"""What brokers keep of transactions in __transaction_state: which producer holds an id, and what became of it.

`transactionStatus` is shown as Kafka's word. The table is Kafka 4.4's, and reads older ones.
"""

from controlcenter.serde import coordinator
from controlcenter.serde.values import Asked, Decoded

NAME = "transaction_state"
TOPIC = "__transaction_state"
TABLE = """
0 transaction log
    transactionalId:string
    1+ producerId:int64 previousProducerId:int64#0 nextProducerId:int64#1 producerEpoch:int16 nextProducerEpoch:int16#3
      transactionTimeoutMs:int32 transactionStatus:int8 transactionPartitions:[](topic:string partitionIds:[]int32)?
      transactionLastUpdateTimestampMs:int64 transactionStartTimestampMs:int64 clientTransactionVersion:int16#2
"""
RECORDS = coordinator.table(TABLE)
STATES = ("Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence")


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return a key, or the value beside its key, as JSON."""
    return coordinator.decode(NAME, TOPIC, RECORDS, data, asked, words={"transactionStatus": STATES})
