"""Writing records: one result a record, its place or why it is not there.

Idempotent and with acks of all in-sync replicas, keys to partitions by murmur2 as Java's producer does it. A record whose
answer did not come in time is unknown, never failed: it may have been written.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client, errors
from controlcenter.kafka.model import Connection, Delivery, Message

DELIVERY_MS = 15_000
LINGER_MS = 5
POLL_S = 0.05
LARGEST_BYTES = 1_000_000_000  # librdkafka's own bound: the broker's limit is the broker's to tell
TIMED_OUT = (KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT, KafkaError.REQUEST_TIMED_OUT)


def produce(
    connection: Connection,
    topic: str,
    messages: Iterable[Message],
    told: Callable[[Delivery], None],
    *,
    codec: str = "none",
    rate_per_s: float = 0,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Write the messages in order and call `told` once for each, from this thread; returns when the last one is known.

    rate_per_s  0: as fast as it goes
    is_over     asked between records: True ends the writing; what was handed over is still waited for
    Raises Problem when no producer can be had.
    """
    producer = _open(connection, codec)
    start = time.monotonic()
    for index, message in enumerate(messages):
        if is_over():
            break
        if rate_per_s:
            _await(producer, start + index / rate_per_s, is_over)
        _hand_over(producer, topic, index, message, told)
        producer.poll(0)
    producer.flush(DELIVERY_MS / 1000 + 5)


def _open(connection: Connection, codec: str) -> Producer:
    chosen = client.properties(
        connection, "produce", enable_idempotence=True, acks="all", delivery_timeout_ms=DELIVERY_MS, linger_ms=LINGER_MS,
        compression_type=codec, partitioner="murmur2_random", message_max_bytes=LARGEST_BYTES,
    )  # fmt: skip
    chosen.pop("allow.auto.create.topics")  # a consumer's property; the caller has seen that the topic is there
    try:
        return Producer(chosen)
    except KafkaException as fault:
        raise errors.of(fault, "the cluster") from fault


def _await(producer: Producer, due: float, is_over: Callable[[], bool]) -> None:
    while (left := due - time.monotonic()) > 0 and not is_over():
        producer.poll(min(left, POLL_S))


def _hand_over(producer: Producer, topic: str, index: int, message: Message, told: Callable[[Delivery], None]) -> None:
    began = time.perf_counter()

    def delivered(fault: KafkaError | None, written: Any) -> None:
        told(_delivery(index, fault, written, (time.perf_counter() - began) * 1000))

    chosen: dict[str, Any] = {}
    if message.partition is not None:
        chosen["partition"] = message.partition
    if message.timestamp_ms is not None:
        chosen["timestamp"] = message.timestamp_ms
    while True:
        try:
            producer.produce(topic, message.value, message.key, headers=list(message.headers), on_delivery=delivered, **chosen)
        except BufferError:  # its queue is full: let some leave
            producer.poll(POLL_S)
        except (KafkaException, ValueError, TypeError, OverflowError) as fault:
            told(Delivery(index, "error", problem=errors.of(fault) if isinstance(fault, KafkaException) else _refused(fault)))
            return
        else:
            return


def _delivery(index: int, fault: KafkaError | None, written: Any, latency_ms: float) -> Delivery:
    if fault is None:
        return Delivery(index, "ok", written.partition(), written.offset(), round(latency_ms, 1))
    if fault.code() in TIMED_OUT:
        late = Problem(Kind.TIMEOUT, "No answer in time: whether the record was written is unknown.", "Look for it before you try again.")
        return Delivery(index, "unknown", problem=late)
    return Delivery(index, "error", problem=errors.of(KafkaException(fault), "the topic"))


def _refused(fault: Exception) -> Problem:
    return Problem(Kind.INVALID, f"The client refuses the record: {fault}.", "Check its headers, partition and timestamp.")
