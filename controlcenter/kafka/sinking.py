"""Where a query's results go: records handed over as they come, and one question whether all of them are safe. Only for children."""

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
            connection, "query", enable_idempotence=True, acks="all", delivery_timeout_ms=DELIVERY_MS, linger_ms=5,
            partitioner="murmur2_random", message_max_bytes=1_000_000_000,
        )  # fmt: skip
        chosen.pop("allow.auto.create.topics")
        chosen["delivery.report.only.error"] = True  # a callback for each record costs a third of the producer
        chosen["on_delivery"] = self._delivered
        self._producer = Producer(chosen)

    def send(self, topic: str, value: bytes | None, key: bytes | None, *, timestamp: int, headers: Headers | None = None) -> None:
        """Hand a record over; waits while the queue is full."""
        more: dict[str, Any] = {"headers": list(headers)} if headers else {}
        while True:
            try:
                self._producer.produce(topic, value, key, timestamp=max(1, timestamp), **more)  # 0 means "now" to librdkafka
            except BufferError:
                self._producer.poll(FULL_S)
            else:
                return

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
