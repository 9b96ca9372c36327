"""Statistics of a topic, from a sample of its records that says what it is a sample of."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlcenter.browse import look, statistics
from controlcenter.browse import request as asked
from controlcenter.errors import Kind, Problem
from controlcenter.observe.snapshot import key
from controlcenter.web import door

MOST = 10_000
MEASURES = ("How many", "Least", "Mean", *(name for name, _ in statistics.QUANTILES), "Greatest")
SAMPLES = (("newest", "1000"), ("newest", "10000"), ("oldest", "1000"), ("oldest", "10000"))


@door.page("message.read", "topic")
@require_safe
def topic_statistics(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    start, count = request.GET.get("from") or "newest", request.GET.get("n") or "1000"
    found, page, problem = None, None, None
    try:
        wish = replace(asked.parse({"from": start, "n": count}), raw_bytes=64, has_batches=True)
        page = look.records(request.principal, slug, topic, wish, via="statistics")
        found = statistics.compute(page.rows)
    except Problem as trouble:
        if trouble.kind is Kind.DENIED:
            raise
        problem = trouble
    context = {
        "view": f"topic/{key(topic)}", "topic": topic, "tab": "statistics", "row": request.snapshot.row("topics", topic), "page": page,
        "found": found, "problem": problem, "start": start, "count": count, "samples": SAMPLES, **(_drawn(found) if found else {}),
    }  # fmt: skip
    return render(request, "pages/topic/statistics.html", context, status=door.STATUS[problem.kind] if problem else 200)


def _drawn(found: statistics.Statistics) -> dict[str, Any]:
    return {
        "hours": [(_hour(at), *more) for at, *more in _bars(found.by_hour)],
        "partitions": _bars(found.by_partition),
        "measures": list(zip(MEASURES, _measures(found.keys), _measures(found.values), strict=True)),
    }


def _measures(sizes: statistics.Sizes) -> tuple[int | None, ...]:
    quantiles = dict(sizes.quantiles)
    mean = None if sizes.mean is None else round(sizes.mean)
    return (sizes.count, sizes.least, mean, *(quantiles.get(name) for name, _ in statistics.QUANTILES), sizes.greatest)


def _hour(ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%m-%d %H:00")
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"  # a producer may write any number there


def _bars(pairs: tuple[tuple[int, int], ...]) -> list[tuple[int, int, float]]:
    """Return (name, count, share of the largest) as bars are drawn."""
    largest = max((count for _, count in pairs), default=1)
    return [(name, count, round(100 * count / largest, 1)) for name, count in pairs[-48:]]
