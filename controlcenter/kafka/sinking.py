"""Where a query's results go: records handed over as they come, and one question whether all of them are safe. Only for children.

sent: how many were handed over.
"""

from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client, errors
from controlcenter.kafka.model import Connection

DELIVERY_MS = 30_000
FULL_S = 0.05
Headers = Sequence[tuple[str, bytes | None]]


class Sink:
    """An idempotent producer. `murmur2_random` puts keys where Java's and ksqlDB's producers put them."""

    def __init__(self, connection: Connection) -> None:
        self._failed: KafkaError | None = None
        chosen = client.properties(
            connection, "query", enable_idempotence=True, acks="all", delivery_timeout_ms=DELIVERY_MS, linger_ms=20,
            partitioner="murmur2_random", message_max_bytes=1_000_000_000,
        )  # fmt: skip
        chosen.pop("allow.auto.create.topics")
        chosen["delivery.report.only.error"] = True  # a callback for each record costs a third of the producer
        chosen["on_delivery"] = self._delivered
        self._producer = Producer(chosen)
        self._produce = self._producer.produce
        self.sent = 0

    def send(self, topic: str, value: bytes | None, key: bytes | None, *, timestamp: int, headers: Headers | None = None) -> None:
        """Hand a record over; waits while the queue is full."""
        self.sent += 1
        timestamp = timestamp if timestamp > 0 else 1  # 0 means "now" to librdkafka
        while True:
            try:
                if headers:
                    self._produce(topic, value, key, timestamp=timestamp, headers=list(headers))
                else:
                    self._produce(topic, value, key, timestamp=timestamp)
                return
            except BufferError:
                self._producer.poll(FULL_S)

    def poll(self) -> None:
        """Let callbacks run."""
        self._producer.poll(0)

    def settle(self) -> None:
        """Return when every record handed over is on its broker; raises Problem when one is not."""
        left = self._producer.flush(DELIVERY_MS / 1000 + 5)
        if self._failed is not None:
            raise errors.of(KafkaException(self._failed), "the topic of the results")
        if left:
            raise Problem(Kind.TIMEOUT, f"{left:,} results could not be written in time.", "The query goes on from its last commit.")

    def _delivered(self, fault: KafkaError | None, message: Any) -> None:
        if fault is not None:
            self._failed = fault
