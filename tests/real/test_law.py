"""The law of reading, on real brokers over two hundred topics nobody chose by hand.

Transactions that commit and abort, compaction, deleted beginnings, empty partitions, one to seven of them: pages in a row,
either way and at either isolation level, are what a plain consumer finds; filtered, what brute force finds in that.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, IsolationLevel, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from controlcenter.browse import parts, plan
from controlcenter.browse.request import Request
from controlcenter.browse.scan import Scan
from controlcenter.browse.sieve import Sieve
from controlcenter.browse.source import Source
from controlcenter.kafka.browsing import Raw, Reader
from controlcenter.kafka.model import Connection
from tests.real.worlds import until

pytestmark = pytest.mark.real
TOPICS, COMPACTED, SEED, TRIES = 180, 24, 4711, 10
LEVELS = ("read_committed", "read_uncommitted")
Place = tuple[int, int, int, bytes]  # partition, offset, timestamp, value


class Topic(NamedTuple):
    name: str
    partitions: int


class World:
    """All topics, made in few requests, and filled round by round: each round plain records, or one transaction over many topics."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap, self.random = bootstrap, random.Random(SEED)
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
        stamp = f"law-{time.time_ns():x}"
        self.topics = [Topic(f"{stamp}-{i}", self.random.randint(1, 7)) for i in range(TOPICS)]
        self.compacted = [Topic(f"{stamp}-c{i}", self.random.randint(1, 3)) for i in range(COMPACTED)]
        compact = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "100", "max.compaction.lag.ms": "1"}
        self._make([NewTopic(t.name, t.partitions, 1, config={"retention.ms": "-1"}) for t in self.topics])
        self._make([NewTopic(t.name, t.partitions, 1, config=compact) for t in self.compacted])

    def _make(self, wanted: list[NewTopic]) -> None:
        for future in self.admin.create_topics(wanted, request_timeout=60).values():
            future.result(90)

    def fill(self) -> None:
        for round_ in range(5):
            self._write(self.producer, self.compacted, 5)
            self._write(self.producer, self.topics, 3)
            self.producer.flush(60)
            self._transact(commits=round_ % 2 == 0)
        self.producer.flush(60)
        until(lambda: self.ends(IsolationLevel.READ_COMMITTED) == self.ends(IsolationLevel.READ_UNCOMMITTED), 60)
        self._delete_beginnings()

    def _write(self, producer: Producer, topics: list[Topic], most: int) -> None:
        for topic in topics:
            for p in range(topic.partitions):
                for _ in range(self.random.randint(0, most) if self.random.random() < 0.8 else 0):
                    at_ms = 1_700_000_000_000 + self.random.randint(0, 1_000_000)
                    producer.produce(topic.name, b"%d" % self.random.randint(0, 9), b"k%d" % self.random.randint(0, 3), p, timestamp=at_ms)
                producer.poll(0)

    def _transact(self, *, commits: bool) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": f"{self.topics[0].name}-{commits}", "linger.ms": 5})
        producer.init_transactions(60)
        producer.begin_transaction()
        self._write(producer, self.random.sample(self.topics, TOPICS // 2), 3)
        producer.flush(60)
        (producer.commit_transaction if commits else producer.abort_transaction)(60)

    def _delete_beginnings(self) -> None:
        ends = self.ends(IsolationLevel.READ_UNCOMMITTED)
        whole = sorted(where for where in ends if "-c" not in where[0])  # a compacted topic keeps its beginning
        chosen = self.random.sample(whole, len(whole) // 4)
        before = [TopicPartition(t, p, self.random.randint(0, ends[t, p])) for t, p in chosen]
        for future in self.admin.delete_records(before, request_timeout=60).values():
            future.result(90)

    def ends(self, level: IsolationLevel) -> dict[tuple[str, int], int]:
        wanted = {TopicPartition(t.name, p): OffsetSpec.latest() for t in (*self.topics, *self.compacted) for p in range(t.partitions)}
        found = self.admin.list_offsets(wanted, isolation_level=level, request_timeout=60)
        return {(tp.topic, tp.partition): future.result(90).offset for tp, future in found.items()}

    def dump(self, isolation: str, topics: list[Topic]) -> dict[str, list[Place]]:
        """Return what a plain consumer finds in each topic."""
        level = IsolationLevel.READ_COMMITTED if isolation == "read_committed" else IsolationLevel.READ_UNCOMMITTED
        ends = {where: end for where, end in self.ends(level).items() if where[0] in {t.name for t in topics}}
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": "dump", "enable.auto.commit": False, "enable.partition.eof": True,
            "auto.offset.reset": "earliest", "isolation.level": isolation, "fetch.wait.max.ms": 20,
        })  # fmt: skip
        consumer.assign([TopicPartition(t, p, -2) for t, p in ends])
        found: dict[str, list[Place]] = defaultdict(list)
        left, deadline = set(ends), time.monotonic() + 120
        while left:
            assert time.monotonic() < deadline
            for message in consumer.consume(500, 0.1):
                where = (message.topic(), message.partition())
                if message.error() is None:
                    found[where[0]].append((where[1], message.offset(), message.timestamp()[1], message.value()))
                elif message.error().code() == KafkaError._PARTITION_EOF and message.offset() >= ends[where]:
                    left.discard(where)
        consumer.close()
        return {name: sorted(records) for name, records in found.items()}


class Taken:
    """Where a scan's rows go, and whom a sieve tells what it does."""

    def __init__(self) -> None:
        self.taken: list[Raw] = []

    def rows(self, hits: Any) -> None:
        self.taken += [hit.record for hit in hits]

    def keep(self, record: Any) -> Any:
        return record

    def let_go(self, hits: Any) -> None: ...
    def reached(self, *_: Any) -> None: ...
    def passed(self, *_: Any) -> None: ...
    def record(self, *_: Any) -> None: ...
    def run(self, *_: Any) -> None: ...


def pages(reader: Reader, topic: Topic, asked: Request) -> Iterator[list[Place]]:
    """Read as a child does, page after page, each from where the one before ended."""
    known = plan.Topic(reader, topic.name, "", 20)
    _, ranges = plan.of(reader, known, asked, 20)
    found = {r.partition: parts.of_range(r) for r in ranges}
    while True:
        out = Taken()
        sieve = Sieve(asked, topic.name, None, out, {}, is_careful=False) if asked.is_filtered else None
        Scan(Source(lambda _: reader, {}), known, asked, found, sieve, out, time.monotonic() + 60).run()
        assert {part.state for part in found.values()} <= {"complete", "open"}
        yield [(r.partition, r.offset, r.timestamp_ms, r.value or b"") for r in out.taken]
        if all(part.state == "complete" for part in found.values()):
            return
        found = {p: parts.at_place(p, part.start, part.stop, part.at, is_backward=asked.is_backward) for p, part in found.items()}


def merged(dump: list[Place], *, is_backward: bool) -> list[Place]:
    """The k-way merge of a dump, the slow way."""
    sign = -1 if is_backward else 1
    lists: dict[int, list[Place]] = defaultdict(list)
    for record in sorted(dump, key=lambda r: sign * r[1]):
        lists[record[0]].append(record)
    found = []
    while any(lists.values()):
        best = min((left[0] for left in lists.values() if left), key=lambda r: (sign * r[2], sign * r[0], sign * r[1]))
        found.append(lists[best[0]].pop(0))
    return found


@pytest.fixture(scope="module")
def filled(kafka: Any) -> Iterator[World]:
    made = World(kafka.bootstrap)
    made.fill()
    yield made
    made.admin.delete_topics([t.name for t in (*made.topics, *made.compacted)], request_timeout=60)


def check(world: World, topics: list[Topic], isolation: str) -> int:
    """Compare every topic, both ways, filtered and not; return how many pages it took."""
    dump = world.dump(isolation, topics)
    return sum(compare(world, topic, i, isolation, dump.get(topic.name, [])) for i, topic in enumerate(topics))


def check_moving(world: World, topics: list[Topic], isolation: str) -> None:
    """Compare topics whose log is still being compacted: only a dump that is the same before and after the reading counts."""
    for i, topic in enumerate(topics):
        for _ in range(TRIES):
            before = world.dump(isolation, [topic]).get(topic.name, [])
            try:
                compare(world, topic, i, isolation, before)
                break
            except AssertionError:
                if world.dump(isolation, [topic]).get(topic.name, []) == before:
                    raise
        else:
            raise AssertionError(f"{topic} never stood still")


def compare(world: World, topic: Topic, i: int, isolation: str, there: list[Place]) -> int:
    """Hold one topic's pages to its dump; return how many there were."""
    reader, many = Reader(Connection(world.bootstrap), topic.name, isolation), 0
    try:
        for order in ("newest", "oldest"):
            n = max(1, len(there) // (1 + i % 3))
            found = list(pages(reader, topic, Request("oldest", n, order=order, isolation=isolation)))
            assert [r for page in found for r in page] == merged(there, is_backward=order == "newest"), (topic, isolation, order)
            many += len(found)
        order = ("newest", "oldest")[i % 2]
        asked = Request("oldest", max(1, len(there) // 8), order=order, isolation=isolation, filter='value == "7"', mode="expression")
        found = list(pages(reader, topic, asked))
        wanted = [r for r in merged(there, is_backward=order == "newest") if r[3] == b"7"]
        assert _by_partition([r for page in found for r in page]) == _by_partition(wanted), (topic, isolation, asked)
        return many + len(found)
    finally:
        reader.close()


def _by_partition(records: list[Place]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = defaultdict(list)
    for record in records:
        found[record[0]].append(record)
    return found


@pytest.mark.parametrize("isolation", LEVELS)
def test_pages_of_any_topic_are_its_dump(filled: World, isolation: str) -> None:
    assert check(filled, filled.topics, isolation) > 3 * TOPICS


@pytest.mark.parametrize("isolation", LEVELS)
def test_pages_of_a_compacted_topic_are_what_is_left_of_it(filled: World, isolation: str) -> None:
    def is_compacted() -> bool:
        filled._write(filled.producer, filled.compacted, 1)  # the newest segment is never compacted: begin another
        filled.producer.flush(60)
        return len([t for t, there in filled.dump(isolation, filled.compacted).items() if _holes(there)]) > COMPACTED // 2

    until(is_compacted, 90)
    check_moving(filled, filled.compacted, isolation)


def _holes(there: list[Place]) -> bool:
    """Whether offsets are missing between a partition's first and last record."""
    return any(r[-1][1] - r[0][1] >= len(r) for r in _by_partition(there).values() if r)
