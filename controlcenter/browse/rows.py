"""Records as frames: decoded inside a child, as plain values that cross its pipe. And the way in: the connection."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from controlcenter.config import Secret
from controlcenter.kafka.browsing import Raw
from controlcenter.kafka.model import Connection
from controlcenter.serde import detect

HEADER_BYTES = 4096  # of one header's value
HEADERS = 200  # of one record


def row(record: Raw, shown: int, raw: int) -> dict[str, Any]:
    """Return a record decoded, as a frame."""
    return {
        **bare(record, ""),
        "key": asdict(detect.decode(record.key, shown, raw)),
        "value": asdict(detect.decode(record.value, shown, raw)),
        "headers": [[name[:1000], asdict(detect.decode(value, HEADER_BYTES, 256))] for name, value in record.headers[:HEADERS]],
        "headers_count": len(record.headers),
    }


def bare(record: Raw, fault: str) -> dict[str, Any]:
    """Return a record without its content."""
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "timestamp_type": record.timestamp_type,
        "leader_epoch": record.leader_epoch,
        "fault": fault,
    }


def connection_of(given: Mapping[str, str]) -> Connection:
    """Return the connection as it came over the pipe."""
    secret = {"sasl_password", "ssl_key_pem"}
    return Connection(**{name: Secret(value) if name in secret else value for name, value in given.items()})  # type: ignore[arg-type]
