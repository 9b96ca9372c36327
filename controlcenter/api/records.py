"""Records of a topic: the same reads as the page of messages, as JSON."""

import json
import time
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from controlcenter import access
from controlcenter.api import shapes
from controlcenter.browse import look
from controlcenter.browse import request as asked
from controlcenter.browse.session import Page, Row
from controlcenter.serde.values import Decoded

router = Router(tags=["messages"])


class Record(Schema):
    """key, value: {"format", "text", "json", "size_bytes"}, null for null. text holds the exact letters; json is the document,
    or null where a usual parser would lose some of it. headers: [{"name", "value"}] in order, names may repeat.
    fault: why the record cannot be decoded, "" when it was.
    """

    partition: int
    offset: int
    timestamp_ms: int | None
    key: dict[str, Any] | None
    value: dict[str, Any] | None
    headers: list[dict[str, Any]]
    fault: str


@router.get("{name:topic}/records/", response=shapes.List[Record])
def list_records(
    request: HttpRequest,
    slug: Path[str],
    topic: Path[str],
    start: str = Query("newest", alias="from", description="newest, oldest, offset or time"),
    limit: str = Query("100", description="1 to 1000"),
    partitions: str = Query("", description="0,2,5-7; empty for all"),
    offset: str = Query("", description="one offset, or partition:offset pairs"),
    at: str = Query("", description="epoch milliseconds, or ISO 8601 in UTC"),
    isolation: str = Query("read_committed", description="read_committed or read_uncommitted"),
) -> dict[str, Any]:
    access.check(request.principal, "cluster.view", slug, "")  # type: ignore[attr-defined]
    access.check(request.principal, look.OPERATION, slug, topic)  # type: ignore[attr-defined]
    given = {"from": start, "limit": limit, "partitions": partitions, "offset": offset, "at": at, "isolation": isolation}
    page = look.records(request.principal, slug, topic, asked.parse(given), via="api")  # type: ignore[attr-defined]
    items = [_record(row) for row in page.rows]
    return {"as_of": int(time.time() * 1000), "complete": _is_whole(page), "total": len(items), "items": items}


def _record(row: Row) -> dict[str, Any]:
    return {
        "partition": row.partition,
        "offset": row.offset,
        "timestamp_ms": row.timestamp_ms,
        "key": _field(row.key),
        "value": _field(row.value),
        "headers": [{"name": name, "value": _field(value)} for name, value in row.headers],
        "fault": row.fault,
    }


def _field(decoded: Decoded | None) -> dict[str, Any] | None:
    """Return a field as published: null for null. The text was checked and bounded in the child that decoded it."""
    if decoded is None or decoded.format == "null":
        return None
    document = json.loads(decoded.text) if decoded.format == "json" and decoded.is_exact else None
    return {"format": decoded.format, "text": decoded.text, "json": document, "size_bytes": decoded.size_bytes}


def _is_whole(page: Page) -> bool:
    """Whether all that was asked for is there: a page that was full first is, a partition that failed or was blocked is not."""
    return not page.stopped and all(account.state in ("complete", "limit") for account in page.accounting)
