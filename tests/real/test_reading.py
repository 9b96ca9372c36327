"""Every way to say from where to where, on real brokers; what is hidden, deleted, made anew or expired is told, never guessed."""

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, ConsumerGroupState, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from controlcenter.browse import request, session
from controlcenter.browse.page import Page, Place
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection
from tests.real.test_browse import Log, places
from tests.real.worlds import until

pytestmark = pytest.mark.real
T0 = 1_700_000_000_000


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox(size=2)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def log(kafka: Any) -> Log:
    """Two partitions of 50 records, one a second; then a transaction whose records are as old as its marker is young."""
    log = Log(kafka.bootstrap, 2)
    for p in range(2):
        for i in range(50):
            log.produce(b"v%d" % i, partition=p, at_ms=T0 + 1000 * i, key=b"k%d" % (i % 5))
    return log


def read(log: Log, box: Sandbox, place: Place | None = None, **asked: Any) -> Page:
    return session.read(Connection(log.bootstrap), log.name, Request(**asked), "test", box=box, place=place)


def offsets(page: Page, partition: int = 0) -> list[int]:
    return [row.offset for row in page.rows if row.partition == partition]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"start": "time", "at_ms": T0 + 10_000, "until": "time", "to_ms": T0 + 13_000}, [10, 11, 12]),
        ({"start": "oldest", "until": "time", "to_ms": T0 + 2500}, [0, 1, 2]),
        ({"start": "oldest", "until": "time", "to_ms": T0}, []),
        ({"start": "time", "at_ms": T0 + 48_000, "until": "time", "to_ms": T0 * 2}, [48, 49]),
        ({"start": "time", "at_ms": T0 + 10_000, "until": "time", "to_ms": T0 + 13_000, "order": "newest"}, [12, 11, 10]),
        ({"start": "offset", "offsets": {-1: 5}, "until": "offset", "stops": {-1: 8}}, [5, 6, 7]),
        ({"start": "offset", "offsets": {0: 5}, "until": "offset", "stops": {0: 50}, "order": "newest", "n": 2}, [49, 48]),
        ({"start": "newest", "until": "offset", "stops": {-1: 10}, "n": 6}, [9, 8, 7]),
        ({"start": "key", "key": b"k3", "is_key_anywhere": True, "n": 4}, [48, 43]),
        ({"start": "oldest", "key": b"k3", "partitions": (0,), "n": 3}, [3, 8, 13]),
        ({"start": "oldest", "filter": "v4", "n": 4, "partitions": (0,)}, [4, 40, 41, 42]),
        ({"start": "oldest", "filter": "V4", "is_case_ignored": True, "parts": ("value",), "n": 2, "partitions": (0,)}, [4, 40]),
        ({"start": "oldest", "filter": 'key == "k1" && offset > 10', "mode": "expression", "n": 2, "partitions": (0,)}, [11, 16]),
    ],
)  # fmt: skip
def test_a_range_is_exactly_what_was_said(log: Log, box: Sandbox, asked: dict[str, Any], wanted: list[int]) -> None:
    assert offsets(read(log, box, **asked)) == wanted


def test_a_key_is_looked_for_in_its_own_partition_alone(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 5)
    producer = Producer({"bootstrap.servers": log.bootstrap, "partitioner": "murmur2_random"})
    for i in range(100):
        producer.produce(log.name, b"%d" % i, b"user-%d" % (i % 20))
    producer.flush(20)
    page = read(log, box, start="key", key=b"user-7", order="oldest")
    assert [row.value.text for row in page.rows if row.value] == ["7", "27", "47", "67", "87"]
    assert len(page.accounting) == 1


def test_reading_from_where_a_group_stands(log: Log, box: Sandbox) -> None:
    consumer = Consumer({"bootstrap.servers": log.bootstrap, "group.id": f"{log.name}-g", "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(log.name, 1, 47)], asynchronous=False)
    consumer.close()
    page = read(log, box, start="group", group=f"{log.name}-g")
    assert places(page) == [(1, 47), (1, 48), (1, 49)]
    assert [a.what for a in page.accounting] == [f"group {log.name}-g has no position here", ""]


def test_the_end_of_a_time_is_not_taken_from_a_markers_clock(kafka: Any, box: Sandbox) -> None:
    """Records of long ago, with the marker of their transaction among them: it has the broker's time, which is now."""
    log = Log(kafka.bootstrap, 1)
    log.produce(b"a", at_ms=T0)
    producer = Producer({"bootstrap.servers": log.bootstrap, "transactional.id": log.name})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(log.name, b"t", None, 0, timestamp=T0)
    producer.commit_transaction(30)
    until(log._is_stable)
    log.produce(b"b", b"c", b"d", at_ms=T0 + 1)
    for order in ("oldest", "newest"):
        page = read(log, box, start="oldest", until="time", to_ms=T0 + 3, order=order)
        assert sorted(offsets(page)) == [0, 1, 3, 4]
        assert page.is_complete


def test_markers_aborted_and_open_records_are_shown_when_asked_for(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(b"plain")
    log.transaction(b"kept", ends="commit")
    log.transaction(b"gone", ends="abort")
    held = log.transaction(b"open", ends="")
    try:
        assert [row.value.text for row in read(log, box, start="oldest").rows if row.value] == ["plain", "kept"]
        for order in ("oldest", "newest"):
            page = read(log, box, start="oldest", order=order, markers=True)
            told = [(row.offset, row.flags, row.value.text if row.value else None) for row in page.rows]
            assert sorted(told) == [
                (0, (), "plain"), (1, (), "kept"), (2, ("control", "commit"), ""), (3, ("aborted",), "gone"), (4, ("control", "abort"), ""),
                (5, ("open",), "open"),
            ]  # fmt: skip
        one = session.read(Connection(log.bootstrap), log.name, request.one(0, 4), "test", box=box)
        assert [row.flags for row in one.rows] == [("control", "abort")]
        batch = session.read(Connection(log.bootstrap), log.name, request.one(0, 3), "test", box=box).rows[0].batch
        assert batch is not None
        assert (batch["codec"], batch["is_transactional"], batch["base_offset"], batch["records"]) == ("none", True, 3, 1)
    finally:
        held.abort_transaction(30)


def test_pages_go_forth_and_back_by_place(log: Log, box: Sandbox) -> None:
    first = read(log, box, n=30)
    second = read(log, box, first.after, n=30)
    assert first.before is None
    assert second.before is not None
    assert places(read(log, box, second.before, n=30)) == places(first)
    third = read(log, box, second.after, n=1000)
    assert third.is_complete
    assert third.after is None
    whole = [*places(first), *places(second), *places(third)]
    assert whole == places(read(log, box, n=1000))


def test_a_topic_made_anew_is_another_topic(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(*(b"old %d" % i for i in range(20)))
    first = read(log, box, start="oldest", n=5)
    log.admin.delete_topics([log.name])[log.name].result(20)
    until(lambda: log.name not in log.admin.list_topics(timeout=10).topics)
    with pytest.raises(Problem) as gone:
        read(log, box, first.after, start="oldest", n=5)
    assert gone.value.kind is Kind.ABSENT
    log.admin.create_topics([NewTopic(log.name, 1, 1)])[log.name].result(20)
    until(log._is_led)
    log.produce(*(b"new %d" % i for i in range(40)))
    with pytest.raises(Problem, match="different topic") as other:
        read(log, box, first.after, start="oldest", n=5)
    assert other.value.kind is Kind.CONFLICT


def test_records_that_expire_between_pages_are_named(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(*(b"%d" % i for i in range(1000)))
    first = read(log, box, start="oldest", n=100)
    log.delete_before(0, 901)
    second = read(log, box, first.after, start="oldest", n=1000)
    (account,) = second.accounting
    assert (account.expired, account.state, account.holes) == ((100, 901), "complete", 0)
    assert offsets(second) == list(range(901, 1000))


def test_a_search_newest_first_finds_in_the_order_of_time_over_rounds(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 3)
    for p in range(3):
        log.produce(*(b"hit" if i % 500 == p else b"miss" for i in range(10_000 * (p + 1))), partition=p, at_ms=T0 + 17 * p)
    found: list[Any] = []
    page = read(log, box, start="newest", n=20, filter="hit")
    while True:
        found += page.rows
        if page.is_complete:
            break
        page = read(log, box, page.after, start="newest", n=20, filter="hit")
    assert len(found) == 20 + 40 + 60
    times = [row.timestamp_ms for row in found]
    assert times == sorted(times, reverse=True)


def test_a_days_work_leaves_no_trace(log: Log, box: Sandbox) -> None:
    """Topics, groups, their offsets and the ends of logs are the same after every kind of read."""
    before = trace(log)
    for asked in (
        {}, {"start": "oldest", "n": 10_000}, {"markers": True}, {"filter": "v7"}, {"start": "key", "key": b"k1"},
        {"start": "time", "at_ms": T0, "until": "time", "to_ms": T0 + 5}, {"start": "group", "group": f"{log.name}-never"},
        {"isolation": "read_uncommitted", "order": "oldest"},
    ):  # fmt: skip
        read(log, box, **asked)
    session.read(Connection(log.bootstrap), log.name, request.one(1, 7), "test", box=box)
    with pytest.raises(Problem):
        session.read(Connection(log.bootstrap), f"{log.name}-never", Request(), "test", box=box)
    assert trace(log) == before


def trace(log: Log) -> dict[str, Any]:
    """Return what of ours could be left; other tests may be at work beside."""
    groups = log.admin.list_consumer_groups(request_timeout=20).result()
    assert all(isinstance(group.state, ConsumerGroupState) for group in groups.valid)
    names = {group.group_id for group in groups.valid}
    topics = {name for name in log.admin.list_topics(timeout=20).topics if name.startswith(log.name)}
    return {"groups": {n for n in names if n.startswith((log.name, "controlcenter"))}, "topics": topics, "ends": log.ends()}


def test_what_is_said_of_an_int64_key_is_its_bytes() -> None:
    assert request.parse({"from": "key", "key": "7", "key_as": "int64"}).key == struct.pack(">q", 7)
    assert request.parse({"key": "AAE=", "key_as": "base64"}).key == b"\x00\x01"


def test_what_a_filter_could_not_compare_is_counted(kafka: Any, box: Sandbox) -> None:
    log = Log(kafka.bootstrap, 1)
    log.produce(b'{"a": 5}', b'{"a": "five"}', b'{"a": 7}')
    for order in ("oldest", "newest"):
        page = read(log, box, start="oldest", order=order, filter="value.a > 4", mode="expression")
        assert sorted(offsets(page)) == [0, 2]
        assert page.met == (1, 0, 0)
