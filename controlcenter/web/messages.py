"""Messages of a topic, and one record at its own address."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from controlcenter.browse import look, request
from controlcenter.browse.request import Request
from controlcenter.browse.session import Page, Row
from controlcenter.errors import Kind, Problem
from controlcenter.observe.snapshot import key
from controlcenter.serde.values import Decoded
from controlcenter.web import door

PREVIEW = 400  # letters of a value in the list
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|\s+|.', re.DOTALL)
STARTS = (("live", "Live"), ("newest", "Newest"), ("oldest", "Oldest"), ("time", "Time"), ("offset", "Offset"))
FORMS = {"null": "null", "empty": "empty", "json": "JSON", "text": "text", "hex": "bytes"}


@door.page("message.read", "topic")
@require_safe
def messages(request_: HttpRequest, slug: str, topic: str) -> HttpResponse:
    asked, page, problem = Request(), None, None
    is_waiting = _lacks_a_place(request_)
    given = request_.GET.dict()
    is_live = given.get("from") == "live"
    try:
        asked = request.parse({**given, "from": "newest"} if is_live else given)
        if not is_waiting:
            page = look.records(request_.principal, slug, topic, asked)  # type: ignore[attr-defined]
    except Problem as found:
        if found.kind is Kind.DENIED:
            raise
        problem = None if is_waiting else found
    rows = [Line(slug, topic, row) for row in page.rows] if page else []
    context = {
        **_topic(request_, slug, topic, "messages"),
        "asked": asked,
        "given": {name: request_.GET.get(name, "") for name in ("from", "n", "partitions", "offset", "at", "isolation")},
        "starts": STARTS,
        "start": request_.GET.get("from") or "newest",
        "is_live": is_live,
        "is_waiting": is_waiting,
        "page": page,
        "problem": problem,
        "rows": rows,
        "line": rows[0] if rows else None,
        "totals": _totals(page) if page else {},
    }
    status = door.STATUS[problem.kind] if problem else 200
    return render(request_, "pages/topic/messages.html", context, status=status)


@door.page("message.read", "topic")
@require_safe
def record(request_: HttpRequest, slug: str, topic: str, partition: int, offset: int) -> HttpResponse:
    page, line, problem = None, None, None
    try:
        page = look.records(request_.principal, slug, topic, request.one(partition, offset))  # type: ignore[attr-defined]
        line = next((Line(slug, topic, row) for row in page.rows if row.offset == offset), None)
        problem = None if line else _hole(page, partition, offset)
    except Problem as found:
        if found.kind is Kind.DENIED:
            raise
        problem = found if found.kind is not Kind.INVALID else Problem(Kind.ABSENT, found.what, found.hint)
    context = {
        **_topic(request_, slug, topic, "messages"),
        "line": line,
        "problem": problem,
        "partition": partition,
        "offset": offset,
        **_neighbours(page.marks.get(partition) if page else None, offset),
    }
    template = "pages/topic/record_pane.html" if "pane" in request_.GET else "pages/topic/record.html"
    return render(request_, template, context, status=door.STATUS[problem.kind] if problem else 200)


class Line:
    """A row as the page shows it."""

    def __init__(self, slug: str, topic: str, row: Row) -> None:
        self.row = row
        self.href = reverse("record", args=[slug, topic, row.partition, row.offset])
        self.key, self.value = row.key, row.value

    @property
    def when(self) -> str:
        at = self._at()
        return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03}" if at else "–"

    @property
    def stamp(self) -> str:
        at = self._at()
        return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03} UTC" if at else "none"

    @property
    def key_preview(self) -> SafeString:
        return preview(self.key, 120)

    @property
    def value_preview(self) -> SafeString:
        return preview(self.value, PREVIEW)

    @property
    def key_form(self) -> str:
        return form(self.key)

    @property
    def value_form(self) -> str:
        return form(self.value)

    @property
    def key_hex(self) -> str:
        return "\n".join(dump(self.key.raw)) if self.key else ""

    @property
    def value_hex(self) -> str:
        return "\n".join(dump(self.value.raw)) if self.value else ""

    @property
    def is_tombstone(self) -> bool:
        return self.value is not None and self.value.format == "null" and self.key is not None and self.key.format != "null"

    def _at(self) -> datetime | None:
        ms = self.row.timestamp_ms
        try:
            return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None  # a producer may write any number there


def form(decoded: Decoded | None) -> str:
    return FORMS.get(decoded.format, decoded.format) if decoded else "?"


def preview(decoded: Decoded | None, most: int) -> SafeString:
    """Return a value in one line; the letters are the value's own."""
    if decoded is None:
        return format_html('<span class="odd">{}</span>', "cannot be decoded")
    if decoded.format in ("null", "empty"):
        return format_html('<span class="nothing">{}</span>', decoded.format)
    text = decoded.text[:most]
    if decoded.format != "json":
        return format_html('<span class="{}">{}</span>', "n" if decoded.format.startswith("int") else "", " ".join(text.split()))
    return format_html_join("", '<span class="{}">{}</span>', _coloured(text))


def dump(raw: bytes) -> Iterator[str]:
    """Yield lines of sixteen bytes: where, digits, letters."""
    for at in range(0, len(raw), 16):
        part = raw[at : at + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
        yield f"{at:08x}  {part.hex(' '):<47}  {letters}"


def _coloured(text: str) -> Iterator[tuple[str, str]]:
    words = [" " if word.isspace() else word for word in TOKEN.findall(text)]
    for i, word in enumerate(words):
        following = next((other for other in words[i + 1 : i + 3] if other != " "), "")
        if word[0] == '"':
            yield ("f" if following == ":" else "s"), word
        else:
            yield ("n" if word[0].isdigit() or (word[0] == "-" and len(word) > 1) else ""), word


def _lacks_a_place(request_: HttpRequest) -> bool:
    """Whether Time or Offset was chosen, and none is written yet: the form waits, nothing is wrong."""
    start = request_.GET.get("from")
    return (start == "offset" and not request_.GET.get("offset")) or (start == "time" and not request_.GET.get("at"))


def _hole(page: Page, partition: int, offset: int) -> Problem:
    failed = next((account.what for account in page.accounting if account.state == "failed"), "")
    if failed or page.stopped:
        return Problem(
            Kind.TIMEOUT, f"Offset {offset:,} of partition {partition} could not be read: {failed or page.stopped}.", "Try again."
        )
    what = f"Partition {partition} holds no record at offset {offset:,}."
    return Problem(Kind.ABSENT, what, "It was compacted away, or a transaction's marker stands there.")


def _neighbours(bounds: tuple[int, int] | None, offset: int) -> dict[str, int | None]:
    """Return the offsets beside this one, as far as the partition goes; the record there may be a hole."""
    start, end = bounds or (offset, offset + 1)
    return {"previous": offset - 1 if offset > start else None, "next": offset + 1 if offset + 1 < end else None}


def _totals(page: Page) -> dict[str, Any]:
    low = [start for start, end in page.marks.values()]
    return {
        "records": page.records,
        "holes": sum(account.holes for account in page.accounting),
        "behind": sum(account.behind for account in page.accounting),
        "failed": [account for account in page.accounting if account.state == "failed"],
        "blocked": [account for account in page.accounting if account.state == "blocked"],
        "expired": [account for account in page.accounting if account.expired],
        "there": sum(end - start for start, end in page.marks.values()),
        "is_empty": bool(low) and all(start >= end for start, end in page.marks.values()),
    }


def _topic(request_: HttpRequest, slug: str, topic: str, tab: str) -> dict[str, Any]:
    snapshot = request_.snapshot  # type: ignore[attr-defined]
    return {"view": f"topic/{key(topic)}", "topic": topic, "tab": tab, "row": snapshot.row("topics", topic)}
