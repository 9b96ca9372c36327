"""Records of topics for a query: from where it starts to where it is, in the order of each partition. Only for children.

A feed without a group leaves no trace: it assigns partitions itself and never commits. One with a group commits what its
query has taken, and only then.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client, errors
from controlcenter.kafka.model import Connection

Place = tuple[str, int]  # topic, partition
BATCH = 500  # with queues of 4 MB a fifth less CPU than 1,000 with 16: what is fetched is still in the processor's cache
ASK_S = 5.0
TRACELESS = "controlcenter-traceless"  # a name librdkafka asks for; nobody joins it, nothing is committed to it
GONE = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)


class Feed:
    """marks: place → (start, end) as they were when it opened. at: place → the next offset to read.

    lost: offsets that had been deleted when their turn came, counted. begun: place → where the group began, kept with its commits.
    """

    def __init__(self, connection: Connection, topics: Sequence[str], *, isolation: str = "read_committed", group: str = "") -> None:
        self._connection, self.group = connection, group
        self.begun: dict[Place, int] = {}
        self.lost = 0
        self._topic = topics[0] if len(topics) == 1 else None
        self._consumer = Consumer(
            client.properties(
                connection, "query", group_id=group or TRACELESS, enable_auto_commit=False, enable_auto_offset_store=False,
                auto_offset_reset="error", enable_partition_eof=True, isolation_level=isolation, fetch_wait_max_ms=50,
                queued_max_messages_kbytes=4096, queued_min_messages=20000, fetch_queue_backoff_ms=2, check_crcs=False,
                fetch_message_max_bytes=512 << 10,
            )
        )  # fmt: skip
        try:
            self.marks = {place: mark for topic in topics for place, mark in self._marks(topic).items()}
        except KafkaException as fault:
            self.close()
            raise errors.of(fault, f"topic {topics[0]}") from fault
        self.at: dict[Place, int] = {place: start for place, (start, _) in self.marks.items()}

    def begin(self, start: str | int | Mapping[Place, int]) -> None:
        """Begin at "latest", "earliest", an instant in ms, or offsets; those outside the log begin at its start."""
        if start == "latest":
            self.at = {place: end for place, (_, end) in self.marks.items()}
        elif isinstance(start, int):
            self.at = self._since(start)
        elif isinstance(start, Mapping):
            self.at = {place: min(max(start.get(place, first), first), end) for place, (first, end) in self.marks.items()}
        self._consumer.assign([TopicPartition(topic, number, offset) for (topic, number), offset in self.at.items()])

    def take(self, seconds: float) -> list[Any]:
        """Return the records that are there, waiting at most so long for the first; raises Problem when a topic is gone."""
        first = self._consumer.poll(seconds)
        if first is None:
            return []
        found = [first, *self._consumer.consume(BATCH - 1, 0)]
        good = [message for message in found if message.error() is None]
        if self._topic is None or len(good) < len(found):
            return [message for message in found if self._counts(message)]
        last: Mapping[Any, Any] = {message.partition(): message for message in good}  # a third of the price of noting each
        self.at.update({(self._topic, number): message.offset() + 1 for number, message in last.items()})
        return good

    def is_at_end(self) -> bool:
        """Whether everything up to the marks' ends was read."""
        return all(self.at[place] >= end for place, (_, end) in self.marks.items())

    def committed(self) -> dict[Place, int]:
        """Return place → the offset the group committed; without those that have none. Afterwards `begun` is what was told beside it."""
        found = self._committed(self._consumer, self.group)
        self.begun = {place: int(each.metadata) for place, each in found.items() if (each.metadata or "").isdecimal()}
        return {place: each.offset for place, each in found.items()}

    def committed_by(self, group: str) -> dict[Place, int]:
        """Return what another group committed, without joining it: place → offset; raises Problem."""
        reader = Consumer(client.properties(self._connection, "query", group_id=group, enable_auto_commit=False))
        try:
            return {place: each.offset for place, each in self._committed(reader, group).items()}
        finally:
            reader.close()

    def _committed(self, consumer: Consumer, group: str) -> dict[Place, Any]:
        asked = [TopicPartition(topic, number) for topic, number in self.marks]
        try:
            found = consumer.committed(asked, ASK_S)
        except KafkaException as fault:
            raise errors.of(fault, f"group {group}") from fault
        return {(each.topic, each.partition): each for each in found if each.offset >= 0}

    def commit(self, at: Mapping[Place, int]) -> None:
        """Commit offsets of the group, each with the offset the group began at; raises Problem."""
        parts = [TopicPartition(t, p, offset, str(self.begun.get((t, p), ""))) for (t, p), offset in at.items()]
        try:
            self._consumer.commit(offsets=parts, asynchronous=False)
        except KafkaException as fault:
            raise errors.of(fault, f"group {self.group}") from fault

    def ends(self) -> dict[Place, int]:
        """Return place → one past the last record as the client saw it last, without asking; never below what was read."""
        found = {}
        for (topic, number), offset in self.at.items():
            low_high = self._consumer.get_watermark_offsets(TopicPartition(topic, number), cached=True)
            found[topic, number] = max(offset, low_high[1] if low_high else 0, self.marks[topic, number][1])
        return found

    def close(self) -> None:
        self._consumer.close()

    def _marks(self, topic: str) -> dict[Place, tuple[int, int]]:
        known = self._consumer.list_topics(topic, ASK_S).topics[topic]
        if known.error is not None:
            raise errors.of(KafkaException(known.error), f"topic {topic}")
        found = {}
        for number in known.partitions:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, number), ASK_S)
            found[topic, number] = (low, high)
        return found

    def _since(self, instant_ms: int) -> dict[Place, int]:
        asked = [TopicPartition(topic, number, instant_ms) for topic, number in self.marks]
        found = self._consumer.offsets_for_times(asked, ASK_S)
        return {(e.topic, e.partition): e.offset if e.offset >= 0 else self.marks[e.topic, e.partition][1] for e in found}

    def _counts(self, message: Any) -> bool:
        """Note where a message brings us; return whether it is a record."""
        place = (message.topic(), message.partition())
        fault = message.error()
        if fault is None:
            self.at[place] = message.offset() + 1
            return True
        if fault.code() == KafkaError._PARTITION_EOF:
            self.at[place] = max(self.at.get(place, 0), message.offset())
        elif fault.code() == KafkaError._AUTO_OFFSET_RESET:
            self._skip_deleted(place, message.offset())
        elif fault.code() in GONE:
            raise Problem(Kind.ABSENT, f"Topic {message.topic()} is gone.", "It was deleted, or may not be read any more.")
        elif not fault.retriable():
            raise errors.of(KafkaException(fault), f"topic {message.topic()}")
        return False

    def _skip_deleted(self, place: Place, asked: int) -> None:
        """Go on at the log's start: what stood before it was deleted while we read."""
        low, high = self._consumer.get_watermark_offsets(TopicPartition(*place), ASK_S)
        start = low if asked < low else high
        self.lost += max(0, start - asked)
        self.at[place] = start
        self._consumer.incremental_unassign([TopicPartition(*place)])
        self._consumer.incremental_assign([TopicPartition(*place, start)])
