"""Samples for charts, and the events to mark on them, as JSON. Each is shown to whoever may see what it is about."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.errors import Kind, Problem
from controlcenter.observe import events
from controlcenter.observe import history as samples
from controlcenter.web import frame, overview
from controlcenter.web.door import page

MOST = 12  # series a question
MOST_MARKS = 200
BROKERS = ("broker_gone", "broker_back", "broker_fenced", "broker_unfenced", "broker_left", "controller_moved", "cluster_replaced")
TOPICS = ("topic_created", "topic_deleted", "topic_recreated", "partitions_added", "config_changed")
# what a chart is about → the kinds of events marked on it; None: all of them
MARKED: Mapping[str, tuple[str, ...] | None] = {
    "cluster": (*BROKERS, *TOPICS, "leader_moved"),
    "brokers": BROKERS,
    "topic": None,
    "group": None,
}
OPERATIONS = {"topic": "topic.view", "group": "group.view", "broker": "broker.view", "cluster": "cluster.view"}


@page("cluster.view")
@require_safe
def history(request: HttpRequest, slug: str) -> JsonResponse:
    asked = list(dict.fromkeys(request.GET.getlist("series")))
    if not asked or len(asked) > MOST:
        raise Problem(Kind.INVALID, f"{len(asked)} series were asked for.", f"Ask for 1 to {MOST}, each as series=….", "series")
    until_ms = int(time.time() * 1000)
    since_ms = until_ms - frame.RANGES[frame.range_of(request)]
    principal = request.principal  # type: ignore[attr-defined]
    return JsonResponse(
        {
            "since_ms": since_ms,
            "until_ms": until_ms,
            "series": {name: _read(principal, slug, name, since_ms, until_ms) for name in asked},
            "events": _events(principal, slug, request.GET.get("events", ""), since_ms),
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


def _events(principal: Any, slug: str, about: str, since_ms: int) -> list[dict[str, Any]]:
    """Return the events to mark: of the cluster, of its brokers, or of one `topic/…` or `group/…`; oldest first."""
    if not about:
        return []
    kind, _, name = about.partition("/")
    if kind not in MARKED:
        raise Problem(Kind.ABSENT, f"There are no events of {about}.", "Ask for cluster, brokers, topic/… or group/….", "events")
    subject = {"subject_kind": kind, "subject": unquote(name)} if name else {}
    since = datetime.fromtimestamp(since_ms / 1000, UTC)
    read = events.read(slug, kinds=MARKED[kind], limit=MOST_MARKS, since=since, **subject)
    seen = overview.visible_events(principal, slug, read)
    return [{"at_ms": int(each.at.timestamp() * 1000), "kind": each.kind, "text": each.text} for each in reversed(seen)]
