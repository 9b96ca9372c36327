"""Files of records: what the page shows, some of it, or what a background search found. Reading only; noted in the trail."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import background, export, look
from controlcenter.browse import request as asked
from controlcenter.browse.session import Row
from controlcenter.browse.shown import shown
from controlcenter.errors import Kind, Problem
from controlcenter.web import door

OPERATION = "message.export"
PICKED = 100
PIECE = 500  # rows of a job read at a time
NOT_ASKED = ("format", "separator", "guard", "only", "cursor")


@door.page(OPERATION, "topic")
@require_safe
def page(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """The rows a page of messages shows (the same query), or those named by only=partition:offset,…"""
    format, separator = _wanted(request)
    rows = _picked(request, slug, topic) if request.GET.get("only") else _read(request, slug, topic)
    _note(request, slug, topic, format, len(rows))
    name = f"{topic}.{format}"
    if format == "zip":
        raw = [(shown(row), _raw(row.key), _raw(row.value)) for row in rows]
        return _file(iter([export.archive(raw)]), format, name)
    return _file(export.text(map(shown, rows), format, separator, guard="plain" not in request.GET), format, name)


@door.account
@require_safe
def job(request: HttpRequest, job: int) -> HttpResponse:
    """All that a background search has found so far."""
    found = background.get(request.principal, job)
    access.check(request.principal, OPERATION, found.cluster, found.topic)
    format, separator = _wanted(request)
    if format == "zip":
        raise Problem(Kind.INVALID, "A background search keeps texts, no raw bytes.", "Use ndjson, json or csv.", "format")
    _note(request, found.cluster, found.topic, format, found.found)
    return _file(export.text(_rows(found), format, separator, guard="plain" not in request.GET), format, f"{found.topic}.{format}")


def _read(request: HttpRequest, slug: str, topic: str) -> list[Row]:
    given = {name: value for name, value in request.GET.items() if name not in NOT_ASKED}
    wish = asked.parse(given)
    if wish.is_filtered and not request.GET.get("cursor"):
        wish = replace(wish, until=wish.until if wish.until != "follow" else "end")
    wish = replace(wish, raw_bytes=wish.shown_bytes) if request.GET.get("format") == "zip" else wish
    return list(look.records(request.principal, slug, topic, wish, cursor=request.GET.get("cursor", ""), via="export").rows)


def _picked(request: HttpRequest, slug: str, topic: str) -> list[Row]:
    places = [place.partition(":") for place in request.GET["only"].split(",")]
    if len(places) > PICKED or not all(p.isdecimal() and o.isdecimal() for p, _, o in places):
        raise Problem(Kind.INVALID, "That names no records.", f"Write up to {PICKED} as partition:offset, with commas between.", "only")
    rows: list[Row] = []
    for partition, _, offset in places:
        found = look.records(request.principal, slug, topic, asked.one(int(partition), int(offset)), via="export").rows
        rows += [row for row in found if row.offset == int(offset)]
    return rows


def _rows(found: Any) -> Iterator[dict[str, Any]]:
    first = 0
    while part := background.rows(found, first, PIECE):
        yield from part
        first += len(part)


def _wanted(request: HttpRequest) -> tuple[str, str]:
    format, separator = request.GET.get("format", "ndjson"), request.GET.get("separator", ",")
    export.check(format, separator)
    return format, separator


def _raw(field: Any) -> bytes | None:
    return None if field is None or field.format == "null" else field.raw


def _note(request: HttpRequest, slug: str, topic: str, format: str, count: int) -> None:
    told = {"format": format, "count": count, "filter": request.GET.get("filter", "")}
    audit.record(request.principal, OPERATION, slug, topic, outcome="ok", args=told, via="page")


def _file(pieces: Iterator[bytes], format: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=export.FORMATS[format])
    plain = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer
