"""Reading real logs: every page equals a plain consumer's dump, reading leaves no trace, and poison costs one row."""

import itertools
import random
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import psutil
import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from controlcenter.browse import request, session
from controlcenter.browse.page import Page
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection
from tests.real.worlds import until

pytestmark = pytest.mark.real
_numbers = itertools.count(1)
LEVELS = ("read_committed", "read_uncommitted")


class Dumped(NamedTuple):
    partition: int
    offset: int
    timestamp_ms: int
    value: bytes | None


class Log:
    """One topic and what a plain consumer finds in it."""

    def __init__(self, bootstrap: str, partitions: int = 3, **configs: str) -> None:
        self.bootstrap, self.name = bootstrap, f"brw-{random.randrange(1 << 30):x}-{next(_numbers)}"
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.admin.create_topics([NewTopic(self.name, partitions, 1, config={"retention.ms": "-1", **configs})])[self.name].result(20)
        self.partitions = range(partitions)
        until(self._is_led)

    def produce(self, *values: bytes | None, partition: int = 0, at_ms: int | None = None, key: bytes | None = None, **config: Any) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5, **config})
        for i, value in enumerate(values):
            more = {} if at_ms is None else {"timestamp": at_ms + i}
            producer.produce(self.name, value, key, partition, **more)
        assert producer.flush(60) == 0

    def transaction(self, *values: bytes, partition: int = 0, ends: str = "commit") -> Producer:
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": f"{self.name}-{next(_numbers)}"})
        producer.init_transactions(30)
        producer.begin_transaction()
        for value in values:
            producer.produce(self.name, value, None, partition)
        producer.flush(20)
        if ends:
            getattr(producer, f"{ends}_transaction")(30)
            until(self._is_stable)  # the marker is written after the call returns
        return producer

    def delete_before(self, partition: int, offset: int) -> None:
        where = TopicPartition(self.name, partition, offset)
        self.admin.delete_records([where])[where].result(20)

    def ends(self, level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED) -> dict[int, int]:
        asked = {TopicPartition(self.name, p): OffsetSpec.latest() for p in self.partitions}
        return {tp.partition: f.result(20).offset for tp, f in self.admin.list_offsets(asked, isolation_level=level).items()}

    def dump(self, isolation: str) -> list[Dumped]:
        """Return every record up to the end, in the order of partitions and offsets."""
        level = IsolationLevel.READ_COMMITTED if isolation == "read_committed" else IsolationLevel.READ_UNCOMMITTED
        ends = self.ends(level)
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": "dump", "enable.auto.commit": False, "enable.partition.eof": True,
            "auto.offset.reset": "earliest", "isolation.level": isolation,
        })  # fmt: skip
        consumer.assign([TopicPartition(self.name, p, -2) for p in self.partitions])
        found, left, deadline = [], set(self.partitions), time.monotonic() + 30
        while left:
            assert time.monotonic() < deadline
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error() is None:
                found.append(Dumped(message.partition(), message.offset(), message.timestamp()[1], message.value()))
            elif message.error().code() == KafkaError._PARTITION_EOF and message.offset() >= ends[message.partition()]:
                left.discard(message.partition())
        consumer.close()
        return sorted(found)

    def _is_led(self) -> bool:
        try:
            found = self.admin.describe_topics(TopicCollection([self.name]))[self.name].result(10)
            return all(p.leader is not None and p.leader.id >= 0 for p in found.partitions) and bool(self.ends())
        except KafkaException:
            return False

    def _is_stable(self) -> bool:
        return self.ends() == self.ends(IsolationLevel.READ_COMMITTED)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox(size=2)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def rough(kafka: Any) -> Log:
    """Commits, aborts, deleted beginnings, holes at the end, and partitions of unlike size."""
    log = Log(kafka.bootstrap)
    log.produce(*(b"a%d" % i for i in range(60)), at_ms=1_700_000_000_000)
    log.transaction(*(b"t%d" % i for i in range(10)))
    for _ in range(3):
        log.transaction(*(b"gone%d" % i for i in range(7)), ends="abort")
    log.produce(*(b"b%d" % i for i in range(200)), partition=1, at_ms=1_700_000_000_030)
    log.delete_before(0, 12)
    log.delete_before(1, 150)
    log.transaction(b"only aborted", partition=2, ends="abort")
    return log


def read(log: Log, box: Sandbox, **asked: Any) -> Page:
    return session.read(Connection(log.bootstrap), log.name, Request(**asked), "test", box=box)


def places(page: Page) -> list[tuple[int, int]]:
    return [(row.partition, row.offset) for row in page.rows]


def merged(dump: list[Dumped], *, is_backward: bool) -> list[tuple[int, int]]:
    """The k-way merge of a dump, the slow way."""
    sign = -1 if is_backward else 1
    lists: dict[int, list[Dumped]] = {}
    for record in sorted(dump, key=lambda r: sign * r.offset):
        lists.setdefault(record.partition, []).append(record)
    found = []
    while any(lists.values()):
        best = min((left[0] for left in lists.values() if left), key=lambda r: (sign * r.timestamp_ms, sign * r.partition, sign * r.offset))
        found.append((best.partition, lists[best.partition].pop(0).offset))
    return found


@pytest.mark.parametrize("isolation", LEVELS)
@pytest.mark.parametrize("n", [1, 17, 60, 1000])
@pytest.mark.parametrize("start", ["newest", "oldest"])
def test_a_page_is_the_beginning_of_the_dump(rough: Log, box: Sandbox, start: str, n: int, isolation: str) -> None:
    page = read(rough, box, start=start, n=n, isolation=isolation)
    dump = rough.dump(isolation)
    assert places(page) == merged(dump, is_backward=start == "newest")[:n]
    values = {(r.partition, r.offset): r.value for r in dump}
    assert all(row.value is not None and row.value.text.encode() == values[row.partition, row.offset] for row in page.rows)


@pytest.mark.parametrize("isolation", LEVELS)
def test_reading_all_is_complete_over_markers_aborts_and_deleted_beginnings(rough: Log, box: Sandbox, isolation: str) -> None:
    page = read(rough, box, start="oldest", n=1000, isolation=isolation)
    assert page.is_complete
    assert [(a.low, a.high, a.state) for a in page.accounting] == [(12, 95, "complete"), (150, 200, "complete"), (0, 2, "complete")]
    dump = rough.dump(isolation)
    assert [a.records for a in page.accounting] == [sum(r.partition == p for r in dump) for p in range(3)]
    assert [a.holes for a in page.accounting] == [83 - page.accounting[0].records, 0, 2 - page.accounting[2].records]


def test_reading_from_an_offset_gives_what_stands_there(rough: Log, box: Sandbox) -> None:
    assert places(read(rough, box, start="offset", n=3, offsets={0: 40})) == [(0, 40), (0, 41), (0, 42)]
    assert places(read(rough, box, start="offset", n=1, offsets={0: 70})) == []  # a commit marker, aborted records, and markers
    one = session.read(Connection(rough.bootstrap), rough.name, request.one(1, 199), "test", box=box)
    assert places(one) == [(1, 199)]


def test_an_offset_that_is_not_there_names_what_is(rough: Log, box: Sandbox) -> None:
    with pytest.raises(Problem, match="Partition 0 holds 12 to 94") as found:
        read(rough, box, start="offset", n=3, offsets={0: 5})
    assert found.value.kind is Kind.INVALID


def test_reading_from_a_time_starts_there_in_each_partition(rough: Log, box: Sandbox) -> None:
    page = read(rough, box, start="time", n=5, at_ms=1_700_000_000_040, partitions=(0,))
    assert places(page) == [(0, 40), (0, 41), (0, 42), (0, 43), (0, 44)]
    assert places(read(rough, box, start="time", n=5, at_ms=4_000_000_000_000)) == []


def test_records_behind_an_open_transaction_are_counted_not_awaited(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(b"before")
    producer = log.transaction(b"open", ends="")
    log.produce(b"behind")
    try:
        page = read(log, box)
        assert [row.value.text for row in page.rows if row.value] == ["before"]
        assert [(a.state, a.behind) for a in page.accounting] == [("complete", 2)]
        blocked = read(log, box, start="offset", n=5, offsets={0: 2})
        assert [(a.state, a.behind) for a in blocked.accounting] == [("blocked", 2)]
        assert blocked.took_ms < 3000
        assert len(read(log, box, isolation="read_uncommitted").rows) == 3
    finally:
        producer.abort_transaction(30)


def test_an_empty_topic_is_empty_and_complete(kafka: Any, box: Sandbox) -> None:
    page = read(Log(kafka.bootstrap), box)
    assert page.rows == ()
    assert page.is_complete


def test_null_empty_and_repeated_headers_are_told_apart(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    producer = Producer({"bootstrap.servers": log.bootstrap})
    producer.produce(log.name, None, b"k", headers=[("a", b"1"), ("b", None), ("a", b"2")])
    producer.produce(log.name, b"", None)
    producer.produce(log.name, b'{"n": 12345678901234567890, "n": 1}', b"")
    producer.flush(20)
    tombstone, empty, odd = read(log, box, start="oldest").rows
    assert (tombstone.key.format, tombstone.value.format) == ("text", "null")
    assert [(name, value.format, value.text) for name, value in tombstone.headers] == [
        ("a", "text", "1"),
        ("b", "null", ""),
        ("a", "text", "2"),
    ]
    assert (empty.key.format, empty.value.format) == ("null", "empty")
    assert (odd.key.format, odd.value.text) == ("empty", '{"n": 12345678901234567890, "n": 1}')


def test_reading_leaves_no_trace(kafka: Any, rough: Log, box: Sandbox) -> None:
    """No group, no commit, no topic: also not by asking for one that is not there."""
    before = trace(rough)
    read(rough, box)
    with pytest.raises(Problem) as found:
        session.read(Connection(rough.bootstrap), "brw-never-made", Request(), "test", box=box)
    assert found.value.kind is Kind.ABSENT
    after = trace(rough)
    assert "controlcenter-browse" not in after["groups"]
    assert "brw-never-made" not in after["topics"]
    assert after["ends"] == before["ends"]


def trace(log: Log) -> dict[str, Any]:
    groups = log.admin.list_consumer_groups(request_timeout=20).result()
    assert not groups.errors
    assert all(isinstance(group.state, ConsumerGroupState) for group in groups.valid)
    topics = set(log.admin.list_topics(timeout=20).topics)
    return {"groups": {group.group_id for group in groups.valid}, "topics": topics, "ends": log.ends()}


@pytest.fixture(scope="module")
def poisoned() -> Iterator[Sandbox]:
    made = Sandbox("tests.browse.poison", size=2)
    yield made
    made.stop()


@pytest.mark.parametrize(("name", "cause"), [("crash", "memory limit"), ("hang", "took longer"), ("memory", "memory limit")])
def test_poison_costs_one_row_and_the_rest_is_read(kafka: Any, poisoned: Sandbox, name: str, cause: str) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(b"one", b"poison:" + name.encode(), b"three")
    rows = read(log, poisoned, start="oldest").rows
    assert [row.value.text if row.value else None for row in rows] == ["one", None, "three"]
    assert rows[1].fault.startswith("Offset 1 of partition 0 cannot be decoded safely (")
    if name != "memory":
        assert cause in rows[1].fault
    log.produce(b"four")
    assert read(log, poisoned, n=1).rows[0].value.text == "four"


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_record_that_kills_while_it_is_filtered_is_one_row_too(kafka: Any, poisoned: Sandbox, order: str) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(b"one x", *[b"two"] * 50, b"\x80poison:crash", b"three x", b"four")
    page = read(log, poisoned, start="oldest", order=order, filter="x")
    assert sorted(places(page)) == [(0, 0), (0, 51), (0, 52)]
    assert [row.fault for row in page.rows if row.offset == 51] == ["Offset 51 of partition 0 cannot be decoded safely (its memory limit)."]
    assert page.is_complete
    assert page.deaths == 2  # one said where about it was, the next one which


def test_three_deaths_end_with_what_was_found(kafka: Any, poisoned: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(b"one", *[b"poison:crash"] * 4, b"last")
    page = read(log, poisoned, start="oldest")
    assert [row.value.text if row.value else None for row in page.rows] == ["one", None, None]
    assert "3 times" in page.stopped
    assert not page.is_complete


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("start", ["newest", "oldest"])
def test_a_batch_that_bursts_memory_is_one_row_and_all_around_it_is_read(
    bombed: dict[str, Log], box: Sandbox, codec: str, start: str
) -> None:
    me = psutil.Process()
    before = me.memory_info().rss
    page = read(bombed[codec], box, start=start)
    rows = dict(zip(places(page), page.rows, strict=True))
    assert sorted(rows) == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert "cannot be decoded safely" in rows[0, 2].fault
    assert [row.value.text for place, row in sorted(rows.items()) if row.value] == ["before", "before", "after", "fine"]
    assert [a.state for a in page.accounting] == ["complete", "complete"]
    assert me.memory_info().rss - before < 20 << 20
    assert places(read(bombed[codec], box, partitions=(1,))) == [(1, 0)]


@pytest.fixture(scope="module")
def bombed(kafka: Any) -> dict[str, Log]:
    """A batch of zeros, one in each packing, between records that are harmless."""
    found = {}
    bomb = bytes(700 << 20)
    for codec in ("gzip", "zstd"):
        log = found[codec] = Log(kafka.bootstrap, 2, **{"max.message.bytes": "10000000"})
        log.produce(b"before", partition=0)
        log.produce(b"before", partition=0)
        log.produce(b"fine", partition=1)
        much = {"message.max.bytes": 1_000_000_000, "queue.buffering.max.kbytes": 2_000_000}
        log.produce(bomb, partition=0, **{"compression.type": codec, "compression.level": 1, **much})
        log.produce(b"after", partition=0)
    return found
