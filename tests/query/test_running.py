"""What a child does with records: too large ones, too large states, places that are skipped, and how far a run may go."""

import orjson
import pytest

from controlcenter.query import child, limits, push, running, starts
from controlcenter.query.job import Job
from controlcenter.query.looking import Looking, Place
from controlcenter.query.running import Full
from controlcenter.sql.operators.sizes import KEY_BYTES
from controlcenter.sql.records import Record

SOURCE = "CREATE STREAM S (K STRING KEY, A STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"
SELECT = "SELECT K, A FROM S EMIT CHANGES;"
COLLECT = "SELECT K, COLLECT_LIST(A) AS ALL_A FROM S GROUP BY K EMIT CHANGES;"


class Message(Record):
    """As Kafka's clients: its length is its value's."""

    def __len__(self):
        return len(self.value_ or b"")


def message(offset, size=1):
    return Message("s", b"k", orjson.dumps({"A": "a" * size}), 1000, 0, offset)


def job(statement=SELECT, **more):
    return Job("q1", "demo", statement, ((SOURCE, {}, None, False),), {}, {"s": 1}, **more)


class Out:
    def __init__(self):
        self.rows = []

    def __call__(self, row, timestamp, is_tombstone):
        self.rows.append(row)


def test_a_record_above_8_mib_is_dropped_and_told_and_its_neighbours_are_not():
    ready, out = running.make(job()), Out()
    ready.run([message(0), message(1, limits.RECORD_BYTES), message(2)], out)
    assert len(out.rows) == 2
    assert dict(ready.task.log.counts) == {"record too large": 1}
    (entry,) = ready.task.log.entries
    assert (entry.partition, entry.offset) == (0, 1)
    assert "8,388,608 is the most" in entry.text


def test_print_drops_it_too():
    ready, out = running.make(job("PRINT s FROM BEGINNING;")), Out()
    ready.run([message(0, limits.RECORD_BYTES), message(1)], out)
    assert [row[2] for row in out.rows] == [1]
    assert ready.task.log.counts["record too large"] == 1


def test_a_thousand_records_in_a_row_without_room_end_the_query():
    ready, out = running.make(job(COLLECT)), Out()
    ready.run([message(0, KEY_BYTES - 100)], out)
    for at in range(1, limits.STATE_REFUSED, 333):
        ready.run([message(at + n, 200) for n in range(333)], out)
    with pytest.raises(Full, match="1,000 records in a row"):
        ready.run([message(1000, 200)], out)
    assert len(out.rows) == 1


def test_one_record_that_finds_room_begins_the_row_anew():
    ready, out = running.make(job(COLLECT)), Out()
    ready.run([message(0, KEY_BYTES - 1000)], out)
    for at in range(0, 3 * limits.STATE_REFUSED, 999):
        ready.run([*(message(at + n, 2000) for n in range(998)), message(at + 998)], out)
    assert ready.task.log.counts["state too large"] > limits.STATE_REFUSED


def test_a_collected_list_stops_at_a_thousand_unless_set_says_otherwise():
    ready, out = running.make(job(COLLECT)), Out()
    ready.run([message(n) for n in range(1100)], out)
    assert len(out.rows[-1][1]) == 1000
    ready = running.make(Job("q", "demo", COLLECT, ((SOURCE, {}, None, False),), {"ksql.functions.collect_list.limit": "3"}, {"s": 1}))
    ready.run([message(n) for n in range(9)], out)
    assert len(out.rows[-1][1]) == 3


def test_a_record_somebody_skipped_is_not_looked_into():
    ready, out = running.make(job(skipped=(("s", 0, 1),))), Out()
    ready.run([message(n) for n in range(3)], out)
    assert len(out.rows) == 2


def test_what_is_looked_into_is_told_until_it_is_done():
    looking = Looking()
    looking.into([message(7), message(8)])
    assert looking.place() == Place("s", 0, 7, 2)
    assert str(looking.place()) == "2 records from offset 7 of partition 0 of topic s on"
    looking.done()
    assert looking.place() is None


def test_a_careful_look_tells_the_very_record():
    looking = Looking(is_careful=True)
    for n, _ in enumerate(looking.into([message(7), message(8)]), 7):
        assert looking.place() == Place("s", 0, n)


# — a whole run ——————————————————————————————————————————————————————————————————


class Feed:
    """A feed over three partitions in memory; committed: what groups have committed."""

    committed_by_group = {"billing": {("s", 0): 4, ("s", 2): 1}}  # noqa: RUF012  read only
    lost = 0

    def __init__(self, connection, topics, **more):
        self.marks = {("s", n): (0, 10) for n in range(3)}
        self.at = dict.fromkeys(self.marks, 0)

    def begin(self, start):
        self.at = {p: {"latest": 10, "earliest": 0}.get(start, 0) if isinstance(start, str) else start.get(p, 0) for p in self.marks}
        self.left = [(place, n) for place, at in self.at.items() for n in range(at, 10)]

    def take(self, seconds):
        batch, self.left = self.left[:4], self.left[4:]
        for (topic, number), n in batch:
            self.at[topic, number] = n + 1
        return [Message("s", b"k", b'{"A": "a"}', 1000, number, n) for (_, number), n in batch]

    def is_at_end(self):
        return all(at >= 10 for at in self.at.values())

    def ends(self):
        return dict.fromkeys(self.marks, 10)

    def committed_by(self, group):
        return self.committed_by_group.get(group, {})

    def close(self):
        """Nothing is open."""


@pytest.fixture
def ran(store, monkeypatch):
    """Run a job to its end and return how it stands, and the (partition, offset) of its rows."""
    monkeypatch.setattr(child, "Feed", Feed)

    def run(**more):
        child.push(job(**more), None, None, store.redis, lambda: None, Looking())
        frames = store.redis.xrange(push.key("q1", "rows"))
        return orjson.loads(store.redis.get(push.key("q1", "state"))), sum(len(orjson.loads(f[b"frame"])["rows"]) for _, f in frames)

    return run


def test_a_run_ends_at_the_rows_it_was_allowed(ran):
    told, rows = ran(start="earliest", limits={"rows": 7})
    assert (told["state"], told["reason"], rows) == ("limit", "The 7 rows that were asked for are there.", 7)


def test_a_run_ends_at_the_bytes_it_was_allowed(ran):
    told, _ = ran(start="earliest", limits={"bytes": 100})
    assert (told["state"], told["reason"]) == ("limit", "It read 100 bytes, which is the most that was allowed.")
    assert 100 < told["bytes"] <= 160


def test_a_run_ends_after_the_seconds_it_was_allowed(ran, monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(child.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(child, "LOOK_S", 1e9)
    told, _ = ran(start="latest", limits={"seconds": 90})
    assert (told["state"], told["reason"]) == ("limit", "It ran for 90 seconds, which is the most that was allowed.")


@pytest.mark.parametrize(
    ("start", "rows"), [("earliest", 30), ("offset:8", 6), ("offset:99", 0), ({"s:1": 7}, 23), ("group:billing", 25), ("group:none", 30)]
)
def test_a_stream_is_read_from_where_it_was_asked(ran, start, rows):
    told, seen = ran(statement="SELECT K, A FROM S;", start=start)
    assert (told["state"], seen) == ("complete", rows)


def test_partitions_a_group_has_not_committed_are_told():
    feed = Feed(None, ())
    assert starts.begin(feed, "group:billing") == "1 of 3 partitions began at the start: group billing has committed nothing there."
    assert feed.at == {("s", 0): 4, ("s", 1): 0, ("s", 2): 1}
    assert starts.begin(feed, "group:none").startswith("Every partition began at the start")
    assert starts.begin(feed, "earliest") == ""
