"""Batches written straight to a real broker, to burst whoever unpacks them: each costs its rows at most, and nobody else anything."""

import gc
import zlib
from typing import Any

import psutil
import pytest

from controlcenter.browse import page, session
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.kafka.model import Connection, NewTopic
from tests.poison import batches
from tests.real.worlds import leaders

pytestmark = pytest.mark.real
MOVED_BYTES = 5 << 20
MIB = 1 << 20
EVER = "9223372036854775807"


@pytest.fixture(scope="module")
def box():
    made = Sandbox()
    yield made
    made.stop()


class Target:
    """A topic of one partition whose leader takes anything."""

    def __init__(self, real: Any, name: str) -> None:
        self.real, self.name = real, name
        configs = {"retention.ms": "-1", "max.message.bytes": str(8 * MIB), "message.timestamp.after.max.ms": EVER,
                   "message.timestamp.before.max.ms": EVER}  # fmt: skip
        real.cluster.create_topic(NewTopic(name, 1, 1, configs=configs))
        (number,) = leaders(real.cluster, name)
        self.broker = next(each for each in real.cluster.metadata().result.brokers if each.id == number)

    def write(self, *records: bytes) -> list[int]:
        """Write batches; return their offsets."""
        found = []
        for each in records:
            code, offset = batches.produce(self.broker.host, self.broker.port, self.name, 0, each)
            assert code == 0, f"the broker refuses it with code {code}"
            found.append(offset)
        return found

    def read(self, box: Sandbox, **asked: Any) -> dict[int, page.Row]:
        """Return the rows of a page by offset, in its order. A busy machine unpacks a gigabyte slowly: it has a minute here."""
        talk = session.converse(Connection(self.real.bootstrap), self.name, Request(**asked), "alice", box=box, seconds=60)
        return {said.offset: said for kind, said in talk if kind == "row"}


@pytest.fixture
def target(real, request):
    return Target(real, f"poison-{abs(hash(request.node.nodeid)):x}")


def plain(word: bytes) -> bytes:
    return batches.batch(batches.record(word))


def moved(before: int) -> int:
    gc.collect()
    return psutil.Process().memory_info().rss - before


@pytest.mark.parametrize(
    ("codec", "make", "size"),
    [
        ("gzip", batches.gzip_bomb, 1000 * MIB),
        ("zstd", batches.zstd_bomb, 1000 * MIB),
        ("lz4", batches.lz4_bomb, 1000 * MIB),
        ("snappy", batches.snappy_bomb, 100 * MIB),
    ],
)
def test_a_bomb_of_each_codec_is_one_row_and_all_around_it_is_read(target, box, codec, make, size):
    bomb = batches.batch(make(size), codec=codec)
    assert len(bomb) < 8 * MIB
    target.write(plain(b"before"), bomb, plain(b"after"))
    target.read(box, n=1)  # what a first read keeps is not the bomb's
    before = psutil.Process().memory_info().rss
    rows = target.read(box)
    assert moved(before) < MOVED_BYTES
    assert sorted(rows) == [0, 1, 2]
    assert (rows[0].value.text, rows[2].value.text) == ("before", "after")
    if rows[1].fault:
        assert rows[1].fault.startswith("Offset 1 of partition 0 cannot be decoded safely")
    else:  # snappy packs no better than 21 to 1: what it holds can be shown
        assert (rows[1].value.size_bytes, rows[1].value.is_cut) == (size, True)
    assert [row.value.text for row in target.read(box, n=1).values()] == ["after"]


def test_a_million_records_in_one_batch_are_read_from_its_end(target, box):
    made = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join([*(made.compress(each) for each in batches.many(1_000_000)), made.flush()])
    target.write(batches.batch(packed, count=1_000_000, codec="gzip"))
    before = psutil.Process().memory_info().rss
    rows = target.read(box, n=10)
    assert moved(before) < MOVED_BYTES
    assert list(rows) == list(range(999_999, 999_989, -1))


def test_headers_without_end_repeated_null_and_unnamed_are_shown_and_counted(target, box):
    many = [(b"trace", b"%d" % n) for n in range(100_000)]
    odd = [(b"a", b"1"), (b"a", None), (b"a", b""), (b"", b"\x00\xff"), (b"x" * 30_000, b"long"), (b"\xff\xfe", b"no name")]
    target.write(batches.batch(batches.record(b"many", headers=many)), batches.batch(batches.record(b"odd", headers=odd)))
    rows = target.read(box)
    assert rows[0].headers_count == 100_000
    assert 0 < len(rows[0].headers) < 1000
    assert rows[0].value.text == "many"
    assert rows[1].value.text == "odd"
    assert rows[1].headers_count in (1, 6)  # the client gives no headers at all when one name is no UTF-8


def test_times_at_the_edges_of_the_world_are_shown(target, box):
    edges = [-1, 0, 1, (1 << 63) - 1, 253_402_300_800_000]
    target.write(*(batches.batch(batches.record(b"%d" % at), base_ms=at) for at in edges))
    rows = target.read(box)
    assert len(rows) == len(edges)
    assert [rows[place].value.text for place in range(len(edges))] == [str(at) for at in edges]
    assert [rows[place].timestamp_ms for place in range(1, len(edges))] == edges[1:]


def test_null_and_empty_keys_and_values_are_told_apart(target, box):
    pairs = [(None, None), (b"", b""), (None, b""), (b"", None)]
    target.write(*(batches.batch(batches.record(value, key)) for key, value in pairs))
    rows = target.read(box)
    words = {None: "null", b"": "empty"}
    assert [(rows[n].key.format, rows[n].value.format) for n in range(4)] == [(words[key], words[value]) for key, value in pairs]


def test_a_record_of_20_mb_is_cut_and_says_so(real, box):
    target = Target(real, "poison-large")
    made = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed = made.compress(batches.record(b'{"a": "' + b"x" * (20 * MIB) + b'"}')) + made.flush()
    target.write(batches.batch(packed, codec="gzip"))
    before = psutil.Process().memory_info().rss
    (row,) = target.read(box).values()
    assert moved(before) < MOVED_BYTES
    assert row.value.size_bytes == 20 * MIB + 9
    assert row.value.is_cut
    assert "are shown" in row.value.notes[0]
