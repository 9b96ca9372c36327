"""Samples for charts, as JSON. A series is shown to whoever may see what it is about."""

import time
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.errors import Kind, Problem
from controlcenter.observe import history as samples
from controlcenter.web import frame
from controlcenter.web.door import page

MOST = 12  # series a question
OPERATIONS = {"topic": "topic.view", "group": "group.view", "broker": "broker.view", "cluster": "cluster.view"}


@page("cluster.view")
@require_safe
def history(request: HttpRequest, slug: str) -> JsonResponse:
    asked = list(dict.fromkeys(request.GET.getlist("series")))
    if not asked or len(asked) > MOST:
        raise Problem(Kind.INVALID, f"{len(asked)} series were asked for.", f"Ask for 1 to {MOST}, each as series=….", "series")
    until_ms = int(time.time() * 1000)
    since_ms = until_ms - frame.RANGES[frame.range_of(request)]
    return JsonResponse(
        {
            "since_ms": since_ms,
            "until_ms": until_ms,
            "series": {name: _read(request.principal, slug, name, since_ms, until_ms) for name in asked},  # type: ignore[attr-defined]
        }
    )


def _read(principal: Any, slug: str, series: str, since_ms: int, until_ms: int) -> dict[str, Any]:
    """Return times and values of a series; raises Problem(ABSENT) for one that may not be seen, as for one that is not."""
    kind, _, rest = series.partition(".")
    name = unquote(rest.partition("/")[2])
    if kind not in OPERATIONS:
        raise Problem(Kind.ABSENT, f"There is no series {series}.", "Series begin with cluster., topic., group. or broker.", "series")
    wanted = name if kind in ("topic", "group") else ""
    if decisions.decide(principal, OPERATIONS[kind], slug, wanted).effect != "allow":
        raise Problem(Kind.ABSENT, f"There is no series {series}.", "", "series")
    times, values = samples.read(slug, series, since_ms, until_ms)
    return {"times": times, "values": values}
