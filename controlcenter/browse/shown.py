"""A row as a browser or a program gets it: plain JSON, every text bounded already in the child that made it."""

from typing import Any

from controlcenter.browse.page import Row
from controlcenter.serde.values import Decoded


def shown(row: Row) -> dict[str, Any]:
    """Return a row as frames and kept results hold it; a field is None only where `fault` says why."""
    return {
        "partition": row.partition,
        "offset": row.offset,
        "timestamp_ms": row.timestamp_ms,
        "timestamp_type": row.timestamp_type,
        "leader_epoch": row.leader_epoch,
        "key": _field(row.key),
        "value": _field(row.value),
        "headers": [[name, _field(value)] for name, value in row.headers],
        "headers_count": row.headers_count,
        "fault": row.fault,
        "flags": list(row.flags),
    }


def _field(decoded: Decoded | None) -> dict[str, Any] | None:
    if decoded is None:
        return None
    return {
        "format": decoded.format,
        "text": decoded.text,
        "size_bytes": decoded.size_bytes,
        "is_cut": decoded.is_cut,
        "notes": list(decoded.notes),
        "schema_id": decoded.schema_id,
        "fault": decoded.fault,
    }
