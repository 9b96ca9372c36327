"""Record batches by their headers alone: where one begins and ends, how it is packed, whose transaction it is of.

Nothing is unpacked here, so a batch that would burst a decoder's memory can be named and stepped over. Librdkafka hides
markers and what transactions became; this is where they come from. Format: Kafka's record batch, magic 2, 61 bytes of head.
"""

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from kafka.protocol.consumer import FetchRequest

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors, unpacked
from controlcenter.kafka.wire import Wire

# base offset, length, leader epoch, magic, crc, attributes, last offset delta, base and max timestamp, producer id, epoch,
# base sequence, records
HEAD = struct.Struct(">qiibIhiqqqhii")
LENGTH_FROM = 12  # bytes before what `length` counts
CODECS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
TRANSACTIONAL, CONTROL = 0x10, 0x20
MARKERS = {0: "abort", 1: "commit"}
READ_UNCOMMITTED, READ_COMMITTED = 0, 1  # the latter brings the list of aborted transactions
HIGHEST = 12  # 13 names topics by id
WINDOW_BYTES = 1 << 20
OUT_OF_RANGE = 1  # Kafka's error code


class Batch(NamedTuple):
    """base, last: first and last offset. marker: "commit" or "abort", "" for records. state: "" or "aborted" or "open".

    unpacked_bytes  what it unpacks to, where it says so itself; 0 where it does not
    """

    base: int
    last: int
    timestamp_ms: int
    leader_epoch: int
    codec: str
    records: int
    size_bytes: int
    producer_id: int
    is_transactional: bool
    marker: str
    state: str
    unpacked_bytes: int = 0


def fetch(wire: Wire, topic: str, partition: int, leader: int, offset: int, size_bytes: int = WINDOW_BYTES) -> list[Batch]:
    """Return the whole batches at and after an offset, about as many bytes as asked but at least one; none at the end.

    raises Problem as the broker refuses, INVALID for an offset that is not there
    """
    told = _ask(wire, topic, partition, leader, offset, size_bytes, READ_COMMITTED)
    if not told.records and offset < told.high_watermark:  # behind an open transaction
        told = _ask(wire, topic, partition, leader, offset, size_bytes, READ_UNCOMMITTED)
    aborted = {(each.producer_id, each.first_offset) for each in told.aborted_transactions or ()}
    return _stated(list(heads(bytes(told.records or b""))), aborted, told.last_stable_offset)


def _ask(wire: Wire, topic: str, partition: int, leader: int, offset: int, size_bytes: int, level: int) -> Any:
    part = FetchRequest.FetchTopic.FetchPartition(partition=partition, fetch_offset=offset, partition_max_bytes=size_bytes)
    topics = [FetchRequest.FetchTopic(topic=topic, partitions=[part])]
    asked = FetchRequest(
        max_wait_ms=0, min_bytes=0, max_bytes=size_bytes, isolation_level=level, topics=topics, min_version=4, max_version=HIGHEST
    )
    answer = wire.ask(asked, leader)
    if answer.error_code:
        raise errors.by_code(answer.error_code, f"topic {topic}")
    (told,) = [part for response in answer.responses for part in response.partitions]
    if told.error_code == OUT_OF_RANGE:
        raise Problem(Kind.INVALID, f"Offset {offset:,} of partition {partition} is not there.", "")
    if told.error_code:
        raise errors.by_code(told.error_code, f"partition {partition} of {topic}")
    return told


def heads(data: bytes) -> list[Batch]:
    """Return the batches that are whole in these bytes; what is not magic 2 ends them: no broker since 3.0 writes it."""
    found, at = [], 0
    while len(data) - at >= HEAD.size:
        base, length, epoch, magic, _, attributes, delta, _, max_ms, producer, _, _, records = HEAD.unpack_from(data, at)
        end = at + LENGTH_FROM + length
        if magic != 2 or length <= 0 or end > len(data):
            break
        marker = _marker(data[at + HEAD.size : end]) if attributes & CONTROL else ""
        codec = CODECS.get(attributes & 7, f"codec {attributes & 7}")
        is_transactional = bool(attributes & TRANSACTIONAL)
        size = LENGTH_FROM + length
        whole = unpacked.size_bytes(codec, data[at + HEAD.size : end])
        found.append(Batch(base, base + delta, max_ms, epoch, codec, records, size, producer, is_transactional, marker, "", whole))
        at = end
    return found


def _marker(record: bytes) -> str:
    """Return what a control record says: its key is a version and a type, after four varints of one byte and attributes."""
    at = 0
    while at < len(record) and record[at] & 0x80:  # length, which may take two bytes
        at += 1
    at += 1 + 1 + 1 + 1  # past the length; attributes, timestamp delta and offset delta: each one byte, as they are 0
    key = record[at + 1 : at + 5]
    return MARKERS.get(struct.unpack(">hh", key)[1], "control") if len(key) == 4 else "control"


def _stated(found: list[Batch], aborted: set[tuple[int, int]], stable: int) -> list[Batch]:
    """Return batches with what became of their transactions.

    As a consumer decides it (KIP-98): from a transaction's first offset on, its producer's batches are aborted, until the
    producer's abort marker.
    """
    first: Mapping[int, list[int]] = {p: sorted(o for q, o in aborted if q == p) for p, _ in aborted}
    running: set[int] = set()
    stated = []
    for batch in found:
        begins = first.get(batch.producer_id, [])
        if begins and begins[0] <= batch.last:
            begins.pop(0)
            running.add(batch.producer_id)
        state = ""
        if batch.marker:
            running.discard(batch.producer_id)
        elif batch.is_transactional:
            state = "aborted" if batch.producer_id in running else "open" if batch.base >= stable >= 0 else ""
        stated.append(batch._replace(state=state))
    return stated


def shown(batch: Batch) -> dict[str, Any]:
    """Return what a record's page tells of its batch."""
    return {
        "codec": batch.codec, "producer_id": batch.producer_id if batch.producer_id >= 0 else None, "base_offset": batch.base,
        "records": batch.records, "size_bytes": batch.size_bytes, "is_transactional": batch.is_transactional,
    }  # fmt: skip
