"""Searches and exports in the background: each person's own, their place in line, their progress, and what they found."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from controlcenter.browse import background
from controlcenter.browse.models import Job
from controlcenter.errors import Kind, Problem
from controlcenter.web import door
from controlcenter.web.numbers import bytes_text

PAGE = 100
TONES = {"complete": "ok", "failed": "bad", "partial": "warn", "limit": "warn", "stopped": "off"}
WORDS = {"queued": "Waits", "running": "Runs", "complete": "Complete", "partial": "Partly read", "limit": "Limit reached",
         "stopped": "Stopped", "failed": "Failed"}  # fmt: skip
DOES = {"stop": background.stop, "resume": background.resume, "remove": background.remove}


@door.account
@require_http_methods(["GET", "HEAD", "POST"])
def jobs(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        waiting = background.line()
        found = [Line(job, waiting) for job in background.of(request.principal)]  # type: ignore[attr-defined]
        return render(request, "pages/jobs/jobs.html", {"view": "jobs", "jobs": found})
    do, number = request.POST.get("do", ""), request.POST.get("id", "")
    if do not in DOES or not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Problem(Kind.INVALID, "This request cannot be right.", "Go back and try again.")
    DOES[do](request.principal, int(number))  # type: ignore[attr-defined]
    return redirect("job", int(number)) if do != "remove" and "job" in request.POST else redirect("jobs")


@door.account
@require_safe
def job(request: HttpRequest, job: int) -> HttpResponse:
    found = background.get(request.principal, job)  # type: ignore[attr-defined]
    at = request.GET.get("from", "0")
    first = int(at) if at.isascii() and at.isdecimal() and len(at) < 10 else 0
    rows = background.rows(found, first, PAGE)
    context = {
        "view": "jobs", "job": Line(found, background.line()),
        "rows": [_row(row) for row in rows], "first": first + 1, "last": first + len(rows),
        "older": first + PAGE if first + len(rows) < found.found else None, "newer": max(0, first - PAGE) if first else None,
    }  # fmt: skip
    return render(request, "pages/jobs/job.html", context)


@door.page("message.read", "topic")
@require_POST
def begin(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    given = request.POST.copy()
    given.pop("csrfmiddlewaretoken", None)
    made = background.start(request.principal, slug, topic, given.urlencode())  # type: ignore[attr-defined]
    return redirect("job", made.pk)


class Line:
    """A search or an export as the page shows it. waiting: the place in line of what waits."""

    def __init__(self, job: Job, waiting: Mapping[int, int]) -> None:
        self.job = job
        self.what = what(job.query)
        self.place = ordinal(waiting[job.pk]) if job.pk in waiting else ""
        self.size = bytes_text(job.size_bytes)
        self.word, self.tone = WORDS.get(job.state, job.state), TONES.get(job.state, "")
        self.is_alive = job.state in background.ALIVE
        self.can_go_on = job.state in background.OVER and (job.place is not None or not job.found)
        self.can_fetch = bool(job.form) and not self.is_alive and (job.state != "failed" or job.found > 0)
        self.progress: dict[str, Any] = job.progress or {}

    @property
    def percent(self) -> int | None:
        share = self.progress.get("share")
        return None if share is None else int(100 * share)


def what(query: str) -> str:
    """Return what a search looks for, in short."""
    asked = dict(parse_qsl(query))
    return asked.get("filter") or (f"key {asked['key']}" if asked.get("key") else "every record")


def ordinal(place: int) -> str:
    """Return 2 as 2nd."""
    end = "th" if 10 < place % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{end}"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    def preview(field: dict[str, Any] | None) -> str:
        if field is None:
            return ""
        return field["format"] if field["format"] in ("null", "empty") else field["text"][:300]

    return {**row, "key_preview": preview(row["key"]), "value_preview": preview(row["value"])}
