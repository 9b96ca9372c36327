"""Records as frames: decoded inside a child, as plain values that cross its pipe. And the way in: the connection."""

from collections.abc import Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from controlcenter.config import Secret
from controlcenter.kafka.browsing import Raw
from controlcenter.kafka.model import Connection
from controlcenter.serde import detect, framed
from controlcenter.serde.values import Decoded, Schemas

HEADER_BYTES = 4096  # of one header's value
HEADERS = 200  # of one record
FIELDS = tuple(each.name for each in fields(Decoded))
VALUES = attrgetter(*FIELDS)
LARGEST_BYTES = 8 << 20  # of a field that is decoded: a second's work at the slowest


def row(
    record: Raw,
    shown: int,
    raw: int,
    topic: str = "",
    schemas: Schemas | None = None,
    *,
    key_as: str | None = None,
    value_as: str | None = None,
) -> dict[str, Any]:
    """Return a record decoded, as a frame. key_as, value_as: the formats chosen for this topic, None to find out."""
    key = _large(record.key, shown, raw) or detect.decode(
        record.key, shown, raw, topic=topic, part="key", forced=key_as, schemas=schemas, frame=framed.of_headers(record.headers, "key")
    )
    value = _large(record.value, shown, raw) or detect.decode(
        record.value, shown, raw, topic=topic, forced=value_as, schemas=schemas, key=record.key,
        frame=framed.of_headers(record.headers, "value"),
    )  # fmt: skip
    return {
        **bare(record, ""),
        "key": _frame(key),
        "value": _frame(value),
        "headers": [
            [name[:1000], _frame(detect.decode(found, HEADER_BYTES, 256, part="header"))] for name, found in record.headers[:HEADERS]
        ],
        "headers_count": len(record.headers),
    }


def _large(data: bytes | None, shown: int, raw: int) -> Decoded | None:
    """Return the beginning of a field too large to be decoded in time, as text or bytes; None for any other."""
    if data is None or len(data) <= LARGEST_BYTES:
        return None
    head = data[:shown]
    text = head.decode("utf-8", "ignore").encode()
    is_text = len(head) - len(text) < 4  # a character may be cut in two
    found = detect.decode(text if is_text else head, shown, raw, forced="text" if is_text else "hex")
    note = f"The first {shown:,} of {len(data):,} bytes are shown, and not decoded: more than {LARGEST_BYTES >> 20} MiB take too long."
    return replace(found, size_bytes=len(data), notes=(note,), is_exact=False, is_cut=True)


def _frame(found: Decoded) -> dict[str, Any]:
    """Return a field as a frame; by hand, as dataclasses.asdict takes longer than decoding did."""
    return dict(zip(FIELDS, VALUES(found), strict=True))


def bare(record: Any, fault: str) -> dict[str, Any]:
    """Return a record without its content."""
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "timestamp_type": record.timestamp_type,
        "leader_epoch": record.leader_epoch,
        "fault": fault,
        "flags": record.flags,
        "batch": record.batch,
    }


def connection_of(given: Mapping[str, str]) -> Connection:
    """Return the connection as it came over the pipe."""
    secret = {"sasl_password", "ssl_key_pem"}
    return Connection(**{name: Secret(value) if name in secret else value for name, value in given.items()})  # type: ignore[arg-type]
