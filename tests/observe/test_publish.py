"""Snapshots through a real Valkey: readers that follow, writers that race, and a fence that holds."""

import json
import time
import zlib

import orjson
import pytest

from controlcenter.observe.publish import LEASE_MS, SNAP_EVERY_MS, Writer
from controlcenter.observe.snapshot import TABLES, Snapshot
from controlcenter.observe.store import LOG_LENGTH, Store, redis_key

SLUG = "demo"


def with_records(number: int, version: int = 0) -> Snapshot:
    row = {**dict.fromkeys(TABLES["topics"]), "name": "rides", "records": number}
    return Snapshot(version, {"topics": {"rides": row}})


@pytest.fixture
def writer(store):
    writer = Writer(store, SLUG, "first")
    assert writer.hold()
    return writer


def commands(client) -> dict[str, int]:
    return {name: stat["calls"] for name, stat in client.info("commandstats").items()}


def test_a_reader_sees_nothing_before_the_first_snapshot(store):
    assert store.read(SLUG) is None


def test_a_published_snapshot_is_read_again_whole(store, writer):
    published = writer.publish(Snapshot(), with_records(1))
    assert Store(store.redis).read(SLUG) == published
    assert published.version > 1_000_000  # beyond any version a reader may still hold


def test_what_an_earlier_release_did_not_keep_is_unknown(store):
    tables = {"topics": {"columns": ["name"], "keys": ["rides"], "rows": [["rides"]]}, "gone": {"columns": [], "keys": [], "rows": []}}
    store.redis.set(redis_key("demo", "snap"), zlib.compress(orjson.dumps({"version": 4, "tables": tables})))
    store.redis.set(redis_key("demo", "version"), 4)
    read = store.read("demo")
    assert dict(read.row("topics", "rides")) == {**dict.fromkeys(TABLES["topics"]), "name": "rides"}
    assert list(read.tables) == ["topics"]


def test_versions_grow_by_one(store, writer):
    one = writer.publish(Snapshot(), with_records(1))
    two = writer.publish(one, with_records(2))
    assert two.version == one.version + 1


def test_nothing_changed_writes_nothing(store, writer):
    one = writer.publish(Snapshot(), with_records(1))
    assert writer.publish(one, Snapshot(one.version, dict(one.tables))) is one
    assert store.redis.xlen(f"cc:{SLUG}:log") == 1


def test_a_reader_follows_the_log_without_the_whole_snapshot(store, writer):
    at = writer.publish(Snapshot(), with_records(1))
    reader = Store(store.redis)
    reader.read(SLUG)
    store.redis.set(f"cc:{SLUG}:snap", b"never read again")
    for number in range(2, 6):
        at = writer.publish(at, with_records(number))
    assert reader.read(SLUG) == at
    assert reader.read(SLUG).row("topics", "rides")["records"] == 5


def test_an_unchanged_snapshot_costs_one_small_read(store, writer):
    writer.publish(Snapshot(), with_records(1))
    reader = Store(store.redis)
    reader.read(SLUG)
    before = commands(store.redis)
    assert reader.read(SLUG) is reader.read(SLUG)
    after = commands(store.redis)
    changed = {name for name in after if after[name] != before.get(name, 0)}
    assert changed == {"cmdstat_get", "cmdstat_info"}


def test_a_reader_too_far_behind_reads_the_whole(store, writer):
    at = writer.publish(Snapshot(), with_records(1), now_ms=10_000_000)
    reader = Store(store.redis)
    reader.read(SLUG)
    for number in range(2, LOG_LENGTH + 50):
        at = writer.publish(at, with_records(number), now_ms=10_000_000)
    assert reader.read(SLUG) == at
    assert Store(store.redis).read(SLUG) == at


def test_the_log_always_leads_on_from_the_whole_snapshot(store, writer):
    at = writer.publish(Snapshot(), with_records(0), now_ms=0)
    for number in range(1, 600):
        at = writer.publish(at, with_records(number), now_ms=SNAP_EVERY_MS - 1)
        if number % 97 == 0:
            assert Store(store.redis).read(SLUG) == at


def test_the_message_on_the_channel_is_the_delta(store, writer):
    listener = store.redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(f"cc:{SLUG}:delta")
    one = writer.publish(Snapshot(), with_records(1))
    writer.publish(one, with_records(2))
    heard = []
    while len(heard) < 2:
        message = listener.get_message(timeout=5)
        if message:
            heard.append(json.loads(message["data"]))
    listener.close()
    assert heard[1] == {"version": one.version + 1, "tables": {"topics": {"set": {"rides": {"records": 2}}}}}


def test_only_one_writer_holds_the_lease(store, writer):
    assert not Writer(store, SLUG, "second").hold()
    assert writer.hold()


def test_a_lease_given_back_is_taken_at_once(store, writer):
    writer.release()
    assert Writer(store, SLUG, "second").hold()


def test_a_killed_writer_is_followed_when_its_lease_runs_out(store, writer):
    at = writer.publish(Snapshot(), with_records(1))
    second = Writer(store, SLUG, "second")
    assert 0 < store.redis.pttl(f"cc:{SLUG}:lease") <= LEASE_MS
    store.redis.pexpire(f"cc:{SLUG}:lease", 1)
    end = time.monotonic() + 5
    while not second.hold():
        assert time.monotonic() < end
    base = second.current(Snapshot())
    assert base == at
    assert second.publish(base, with_records(2)).version == at.version + 1


def test_a_writer_from_before_is_refused_by_the_fence(store, writer):
    at = writer.publish(Snapshot(), with_records(1))
    store.redis.delete(f"cc:{SLUG}:lease")  # it ran out while the first writer was stopped
    assert Writer(store, SLUG, "second").hold()
    assert writer.publish(at, with_records(2)) is None
    assert Store(store.redis).read(SLUG) == at


def test_of_two_writers_racing_one_drops_its_tick(store, writer):
    at = writer.publish(Snapshot(), with_records(1))
    twin = Writer(store, SLUG, "twin")
    twin.fence = writer.fence
    assert writer.publish(at, with_records(2)) is not None
    assert twin.publish(at, with_records(3)) is None
    assert Store(store.redis).read(SLUG).row("topics", "rides")["records"] == 2


def test_a_change_between_watch_and_write_makes_the_writer_drop_its_tick(store, writer, monkeypatch):
    at = writer.publish(Snapshot(), with_records(1))
    other = Writer(store, SLUG, "other")
    other.fence = writer.fence
    write = writer._write

    def slowly(*args, **kwargs):
        assert other.publish(at, with_records(9)) is not None
        write(*args, **kwargs)

    monkeypatch.setattr(writer, "_write", slowly)
    assert writer.publish(at, with_records(2)) is None
    assert Store(store.redis).read(SLUG).row("topics", "rides")["records"] == 9


def test_after_a_redis_without_data_versions_go_on(store, writer):
    at = writer.publish(Snapshot(), with_records(1))
    reader = Store(store.redis)
    reader.read(SLUG)
    store.redis.flushall()
    assert writer.hold()
    assert reader.read(SLUG) == at  # what it held, with its age
    base = writer.current(at)
    new = writer.publish(base, with_records(2))
    assert new.version == at.version + 1
    assert reader.read(SLUG) == new
    assert Store(store.redis).read(SLUG) == new


def test_a_view_is_wanted_until_its_time_is_over(store):
    store.want(SLUG, "topics")
    store.want(SLUG, "topic/a%2Fb", seconds=-1)
    assert store.wanted(SLUG) == {"topics"}


def test_a_refresh_is_taken_once(store):
    store.refresh(SLUG)
    assert store.take_refresh(SLUG)
    assert not store.take_refresh(SLUG)
