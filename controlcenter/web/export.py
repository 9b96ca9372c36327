"""Files of records: what the page shows, some of it, or all that matches, which is written in the background first. Noted in the trail."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from controlcenter.access import audit
from controlcenter.browse import background, export, exports, look
from controlcenter.browse import request as asked
from controlcenter.browse.models import Job
from controlcenter.browse.page import Row
from controlcenter.browse.shown import shown
from controlcenter.errors import Kind, Problem
from controlcenter.web import door, jobs
from controlcenter.web.messages import KEPT

OPERATION = "message.export"
PICKED = 100
NOT_ASKED = ("format", "separator", "guard", "plain", "only", "cursor")
WORDS = {
    "ndjson": "NDJSON: one record a line",
    "json": "JSON: one array",
    "csv": "CSV, for a spreadsheet",
    "zip": "ZIP of the bytes as they are",
}


@door.page(OPERATION, "topic")
@require_safe
def page(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """The rows a page of messages shows (the same query), or those named by only=partition:offset,…"""
    format, separator = _wanted(request.GET)
    rows = _picked(request, slug, topic) if request.GET.get("only") else _read(request, slug, topic)
    _note(request, slug, topic, format, len(rows))
    name = f"{topic}.{format}"
    if format == "zip":
        raw = [(shown(row), _raw(row.key), _raw(row.value)) for row in rows]
        return _file(request, iter([export.archive(raw)]), format, name)
    return _file(request, export.text(map(shown, rows), format, separator, guard="plain" not in request.GET), format, name)


@door.page(OPERATION, "topic")
@require_http_methods(["GET", "HEAD", "POST"])
def every(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """All that matches the same query as a page of messages, or what a search of one's own (job=) looks for: how much, then the file."""
    given = request.POST if request.method == "POST" else request.GET
    format, separator = _wanted(given)
    search = _search(request, slug, topic, given.get("job", ""))
    query = search.query if search else _query(given)
    wish = exports.wish(
        query, format, separator, is_guarded="plain" not in given, resolved=background.request_of(search) if search else None
    )
    if request.method == "POST":
        return redirect("job", exports.start(request.principal, slug, topic, query, wish).pk)
    context = {
        "view": "jobs", "topic": topic, "wish": wish, "job": search, "formats": WORDS, "separators": export.SEPARATORS,
        "found": exports.estimate(request.principal, slug, topic, wish), "what": jobs.what(query),
        "kept": [(name, value) for name, value in parse_qsl(query)] if search is None else [("job", search.pk)],
    }  # fmt: skip
    return render(request, "pages/messages/export.html", context)


@door.account
@require_safe
def job(request: HttpRequest, job: int) -> HttpResponse:
    """The file of an export."""
    found, pieces = exports.fetch(request.principal, job)
    return _file(request, pieces, found.form, f"{found.topic}.{found.form}")


def _search(request: HttpRequest, slug: str, topic: str, number: str) -> Job | None:
    if not number:
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Problem(Kind.ABSENT, "There is no such search.", "Searches are kept for seven days, and shown to who began them.")
    found = background.get(request.principal, int(number))
    if (found.cluster, found.topic) != (slug, topic):
        raise Problem(Kind.ABSENT, "That search is of another topic.", "Open the search, and export it there.")
    return found


def _query(given: Any) -> str:
    return urlencode([(name, value) for name, value in given.items() if name in KEPT and value])


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


def _wanted(given: Any) -> tuple[str, str]:
    format, separator = given.get("format", "ndjson"), given.get("separator", ",")
    export.check(format, separator)
    return format, separator


def _raw(field: Any) -> bytes | None:
    return None if field is None or field.format == "null" else field.raw


def _note(request: HttpRequest, slug: str, topic: str, format: str, count: int) -> None:
    told = {"format": format, "count": count, "filter": request.GET.get("filter", "")}
    audit.record(request.principal, OPERATION, slug, topic, outcome="ok", args=told, via="page")


def _file(request: HttpRequest, pieces: Iterator[bytes], format: str, name: str) -> StreamingHttpResponse:
    # an iterator that is not asynchronous would be read to its end before the first byte leaves
    content = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    answer = StreamingHttpResponse(content, content_type=export.FORMATS[format])
    plain = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await following()) is not None:
        yield piece
