"""Life on the demo cluster: about 50 records a second, and five ways of reading them.

`python -m demo.traffic BOOTSTRAP [REGISTRY]` runs until SIGTERM. With a schema registry it writes rides with schemas, too.

Each part is a thread with real clients of its own. A part that fails says so, waits and opens its clients anew: brokers
may come and go. What is written stands in `demo.records`.

    ride-dashboard  keeps up                            ride-alerts    KIP-848: the brokers assign; reads committed payments too
    ride-archive    takes less than comes               ride-dispatch  a share group: records are given out one by one
    ride-audit      committed once, has no members
"""

import logging
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, ShareConsumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from controlcenter.kafka import client
from controlcenter.kafka.model import Connection
from demo import records

log = logging.getLogger("demo.traffic")
DAY_MS = "86400000"
TOPICS = {
    "rides": (6, {"retention.ms": DAY_MS}),
    "rides_csv": (3, {"retention.ms": DAY_MS}),
    "pickup_locations": (3, {"retention.ms": DAY_MS}),
    "zones": (2, {"cleanup.policy": "compact", "segment.ms": "600000", "min.cleanable.dirty.ratio": "0.1"}),
    "odd-records": (2, {"retention.ms": "-1"}),
    "payments": (3, {"retention.ms": DAY_MS}),
}
TYPED_TOPICS = dict.fromkeys(("rides-avro", "rides-protobuf", "rides-json-schema"), (3, {"retention.ms": DAY_MS}))
RIDES_PER_S, ARCHIVED_PER_S, PAYMENTS_PER_S, TYPED_PER_S = 20, 18, 5, 4
AUDITED = 100  # rides there must be before the audit that is never repeated
BACK_OFF_S = 3.0
SMALL = {"queued.max.messages.kbytes": 512, "queued.min.messages": 50}


class Traffic:
    """All parts on one cluster, until `stop` is set. prefix stands before every topic and group: tests share a cluster."""

    def __init__(self, bootstrap: str, prefix: str = "", seed: int = 7, registry: str = "") -> None:
        self.registry = registry
        self.topics = TOPICS | (TYPED_TOPICS if registry else {})
        self.connection, self.prefix, self.seed = Connection(bootstrap), prefix, seed
        self.brokers = len(bootstrap.split(","))
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        parts = (self._write, self._pay, self._dashboard, self._archive, self._alerts, self._dispatch, self._audit)
        parts += (self._typed,) if self.registry else ()
        self.threads = [threading.Thread(target=self._keep, args=(part,), name=part.__name__.strip("_"), daemon=True) for part in parts]
        ready = threading.Thread(target=self._begin, name="topics", daemon=True)
        ready.start()

    def end(self, seconds: float = 8) -> None:
        """Stop all parts; members leave their groups."""
        self.stop.set()
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(seconds / 2)

    def _begin(self) -> None:
        self._keep(self.create_topics)
        for thread in self.threads:
            if not self.stop.is_set():
                thread.start()

    def _keep(self, part: Callable[[], None]) -> None:
        """Run a part to its end; after a failure wait and start it anew."""
        while not self.stop.is_set():
            try:
                part()
            except (KafkaException, BufferError) as error:
                log.warning("%s waits %.0f s: %s", part.__name__.strip("_"), BACK_OFF_S, error)
                self.stop.wait(BACK_OFF_S)
            else:
                return

    def create_topics(self) -> None:
        """Create what is missing, once all brokers are there to hold the copies."""
        admin = AdminClient(self._properties("topics"))
        seen = admin.list_topics(timeout=10)
        if len(seen.brokers) < min(3, self.brokers):
            raise KafkaException(KafkaError(KafkaError.BROKER_NOT_AVAILABLE, f"{len(seen.brokers)} brokers so far"))
        copies = min(3, len(seen.brokers))
        missing = [
            NewTopic(self.prefix + name, partitions, copies, config=config | {"min.insync.replicas": str(max(1, copies - 1))})
            for name, (partitions, config) in self.topics.items()
            if self.prefix + name not in seen.topics
        ]
        for outcome in (admin.create_topics(missing, request_timeout=15) if missing else {}).values():
            try:
                outcome.result(20)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise

    def _write(self) -> None:
        producer = Producer(self._properties("rides", acks="all", linger_ms=50, compression_type="lz4", delivery_timeout_ms=60_000)
                            | {"queue.buffering.max.messages": 10_000})  # fmt: skip
        chance, odd = random.Random(self.seed), _round_and_round()
        for tick in count():
            now = datetime.now(UTC)
            row = records.ride(chance, now)
            wanted = records.of_ride(row)
            if tick % 4 == 0:
                wanted.append(records.pickup(row))
            if tick < len(records.ZONES) or tick % RIDES_PER_S == 0:
                wanted.append(records.zone(tick, tick))
            if tick % (5 * RIDES_PER_S) == 0:
                wanted.append(next(odd))
            for record in wanted:
                self._send(producer, record)
            producer.poll(0)
            if self.stop.wait(1 / RIDES_PER_S):
                break
        producer.flush(3)

    def _typed(self) -> None:
        """Write rides with schemas; the registry may come later than the brokers."""
        from demo import typed  # half a second of imports that only this part needs

        chance = random.Random(self.seed + 2)
        producer = Producer(self._properties("typed", acks="all", linger_ms=50))
        writer = typed.Writer(self.registry, self.prefix)
        try:
            while not self.stop.wait(1 / TYPED_PER_S):
                for record in writer.of_ride(records.ride(chance, datetime.now(UTC))):
                    self._send(producer, record)
                producer.poll(0)
        except typed.TROUBLE as error:
            raise KafkaException(KafkaError(KafkaError._FAIL, f"the registry: {error}")) from error
        finally:
            writer.close()
            producer.flush(3)

    def _pay(self) -> None:
        """Write payments in transactions of five; every fourth is taken back."""
        producer = Producer(self._properties("payments", transactional_id=f"{self.prefix}payments", linger_ms=20))
        producer.init_transactions(30)
        chance = random.Random(self.seed + 1)
        numbers = count(int(datetime.now(UTC).timestamp()) * 10)
        for transaction in count(1):
            producer.begin_transaction()
            for _ in range(PAYMENTS_PER_S):
                self._send(producer, records.payment(records.ride(chance, datetime.now(UTC)), next(numbers)))
            producer.flush(10)
            if transaction % 4:
                producer.commit_transaction(30)
            else:
                producer.abort_transaction(30)
            if self.stop.wait(1):
                return

    def _send(self, producer: Producer, record: records.Record) -> None:
        try:
            producer.produce(self.prefix + record.topic, value=record.value, key=record.key, headers=list(record.headers))
        except BufferError:  # brokers away for long: what cannot wait is lost, as in many a real producer
            producer.poll(0)

    def _dashboard(self) -> None:
        with self._member("ride-dashboard", "rides", "pickup_locations", enable_auto_commit=True, session_timeout_ms=10_000) as consumer:
            while not self.stop.is_set():
                consumer.consume(200, 0.5)

    def _archive(self) -> None:
        with self._member("ride-archive", "rides", enable_auto_commit=False, session_timeout_ms=10_000) as consumer:
            while not self.stop.wait(1):
                if any(message.error() is None for message in consumer.consume(ARCHIVED_PER_S, 0.2)):
                    consumer.commit(asynchronous=True)

    def _alerts(self) -> None:
        with self._member("ride-alerts", "rides", "payments", group_protocol="consumer", enable_auto_commit=True) as consumer:
            while not self.stop.is_set():
                consumer.consume(200, 0.5)

    def _dispatch(self) -> None:
        properties = self._properties("dispatch", group_id=f"{self.prefix}ride-dispatch")
        del properties["allow.auto.create.topics"]  # a share consumer never creates one, and refuses the word
        consumer = ShareConsumer(properties | {"log_level": 3})  # it warns at each start that librdkafka calls it a preview
        try:
            consumer.subscribe([f"{self.prefix}pickup_locations"])
            while not self.stop.is_set():
                consumer.poll(timeout=0.5)  # the next poll accepts what this one gave
        finally:
            consumer.close()

    def _audit(self) -> None:
        """Commit the end of all rides, once in the cluster's life, and leave."""
        topic = f"{self.prefix}rides"
        consumer = Consumer(self._properties("audit", group_id=f"{self.prefix}ride-audit", enable_auto_commit=False))
        try:
            wanted = [TopicPartition(topic, partition) for partition in range(TOPICS["rides"][0])]
            while all(each.offset < 0 for each in consumer.committed(wanted, timeout=20)) and not self.stop.is_set():
                ends = [TopicPartition(topic, each.partition, consumer.get_watermark_offsets(each, timeout=10)[1]) for each in wanted]
                if sum(each.offset for each in ends) >= AUDITED:
                    consumer.commit(offsets=ends, asynchronous=False)
                self.stop.wait(1)
        finally:
            consumer.close()

    @contextmanager
    def _member(self, group: str, *topics: str, **more: Any) -> Iterator[Consumer]:
        properties = self._properties(group, group_id=self.prefix + group, auto_offset_reset="earliest", **more)
        consumer = Consumer(properties | SMALL)
        try:
            consumer.subscribe([self.prefix + topic for topic in topics])
            yield consumer
        finally:
            consumer.close()

    def _properties(self, role: str, **more: Any) -> dict[str, Any]:
        return client.properties(self.connection, role, logger=log, reconnect_backoff_max_ms=3000, **more) | {"client.id": f"demo-{role}"}


def _round_and_round() -> Iterator[records.Record]:
    while True:
        yield from records.oddities(datetime.now(UTC))


def main(bootstrap: str, registry: str = "") -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    traffic = Traffic(bootstrap, registry=registry)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: traffic.stop.set())
    traffic.start()
    traffic.stop.wait()
    traffic.end()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("Say which cluster: python -m demo.traffic HOST:PORT[,HOST:PORT…] [REGISTRY]")
    main(*sys.argv[1:])
