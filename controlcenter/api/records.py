"""Records of a topic: the same reads as the page of messages, as JSON."""

import json
import time
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from controlcenter import access
from controlcenter.api import shapes
from controlcenter.browse import look
from controlcenter.browse import request as asked
from controlcenter.browse.page import Page, Row
from controlcenter.serde.values import Decoded

router = Router(tags=["messages"])


class Wanted(Schema):
    """Which records, in the same words as the page's address."""

    start: str = Field("newest", alias="from", description="newest, oldest, time, offset, group or key")
    at: str = Field("", description="for from=time: epoch milliseconds; ISO 8601, in `zone` or with an offset; -15m, today, yesterday")
    zone: str = Field("UTC", description="name of the time zone of `at` and `to`")
    offset: str = Field("", description="for from=offset: one offset, or partition:offset pairs")
    group: str = Field("", description="for from=group: read from where this group stands")
    key: str = Field("", description="only records with this key, in its partition alone")
    key_as: str = Field("text", description="how the key is written: text, hex, base64, int32 or int64")
    key_all: str = Field("", description="1: look for the key in every partition")
    order: str = Field("", description="newest or oldest first")
    until: str = Field("end", description="end, time, offset or records")
    to: str = Field("", description="what ends it: a time, an offset or pairs, or a number of records")
    limit: str = Field("100", description="1 to 10000 results")
    partitions: str = Field("", description="0,2,5-7; empty for all")
    isolation: str = Field("read_committed", description="read_committed or read_uncommitted")
    markers: str = Field("", description="1: transaction markers, aborted and open records too, flagged")
    filter: str = Field("", description="a text, or an expression")
    mode: str = Field("text", description="text or expression")
    ignore_case: str = Field("", description="1: a text is found in any case")
    parts: str = Field("", alias="in", description="where a text is looked for: key, value, headers")
    key_serde: str = Field("", description="format of the key; empty finds out")
    value_serde: str = Field("", description="format of the value; empty finds out")
    cursor: str = Field("", description="of the next or the previous page, with all other parameters the same")


class Record(Schema):
    """key, value: {"format", "text", "json", "size_bytes"}, null for null. text holds the exact letters; json is the document,
    or null where a usual parser would lose some of it. headers: [{"name", "value"}] in order, names may repeat.
    fault: why the record cannot be decoded, "" when it was. flags: control, commit, abort, aborted, open.
    """

    partition: int
    offset: int
    timestamp_ms: int | None
    key: dict[str, Any] | None
    value: dict[str, Any] | None
    headers: list[dict[str, Any]]
    fault: str
    flags: list[str]


class Partition(Schema):
    """What was read of a partition: of [start, stop), from one end up to `at`. holes: offsets in there that hold no record."""

    partition: int
    start: int
    stop: int
    at: int
    records: int
    matched: int
    undecodable: int
    holes: int
    behind: int
    expired: list[int] | None
    state: str
    what: str


class Records(shapes.List[Record]):
    """cursor: of the next page; previous: of the one before. ended_by: "" when all was read, else limit, time, bytes, records, deaths."""

    previous: str | None
    ended_by: str
    partitions: list[Partition]


@router.get("{name:topic}/records/", response=Records)
def list_records(request: HttpRequest, slug: Path[str], topic: Path[str], wanted: Query[Wanted]) -> dict[str, Any]:
    principal = request.principal  # type: ignore[attr-defined]
    access.check(principal, "cluster.view", slug, "")
    access.check(principal, look.OPERATION, slug, topic)
    given = wanted.dict(by_alias=True)
    page = look.records(principal, slug, topic, asked.parse(given), cursor=wanted.cursor, via="api")
    items = [_record(row) for row in page.rows]
    return {
        "as_of": int(time.time() * 1000), "complete": _is_whole(page), "total": len(items), "items": items, "cursor": page.next or None,
        "previous": page.previous or None, "ended_by": page.reason, "partitions": [_partition(account) for account in page.accounting],
    }  # fmt: skip


def _partition(account: Any) -> dict[str, Any]:
    return {name: getattr(account, name) for name in Partition.model_fields}


def _record(row: Row) -> dict[str, Any]:
    return {
        "partition": row.partition,
        "offset": row.offset,
        "timestamp_ms": row.timestamp_ms,
        "key": _field(row.key),
        "value": _field(row.value),
        "headers": [{"name": name, "value": _field(value)} for name, value in row.headers],
        "fault": row.fault,
        "flags": list(row.flags),
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
