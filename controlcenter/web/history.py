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
from controlcenter.observe import events, lag_map
from controlcenter.observe import history as samples
from controlcenter.observe.snapshot import key
from controlcenter.web import frame, overview
from controlcenter.web.door import page

MOST = 12  # series a question
MOST_SPARKS, MOST_POINTS = 60, 200  # series a question when each is thinned, and into how many points
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
    parts = _parts(request.GET.get("points", ""))
    most = MOST_SPARKS if parts else MOST
    if not asked or len(asked) > most:
        raise Problem(Kind.INVALID, f"{len(asked)} series were asked for.", f"Ask for 1 to {most}, each as series=….", "series")
    until_ms = int(time.time() * 1000)
    since_ms = until_ms - frame.RANGES[frame.range_of(request)]
    principal = request.principal  # type: ignore[attr-defined]
    for name in asked:
        _check(principal, slug, name)
    read = samples.points(slug, asked, since_ms, until_ms)
    answer: dict[str, Any] = {"since_ms": since_ms, "until_ms": until_ms}
    if parts:
        thin = {name: samples.thinned(own, since_ms, until_ms, parts) for name, own in read.items()}
        return JsonResponse({**answer, "series": thin})
    series = {name: dict(zip(("times", "values"), samples.with_gaps(own), strict=True)) for name, own in read.items()}
    marked = _events(principal, slug, request.GET.get("events", ""), since_ms)
    return JsonResponse({**answer, "series": series, "events": marked})


@page("group.view", name="group")
@require_safe
def lags(request: HttpRequest, slug: str, group: str) -> JsonResponse:
    """Return the map of a group's lag by partition over the chosen range."""
    until_ms = int(time.time() * 1000)
    since_ms = until_ms - frame.RANGES[frame.range_of(request)]
    series = f"group.partition_lag/{key(group)}"
    principal = request.principal  # type: ignore[attr-defined]
    found = samples.points(slug, [series], since_ms, until_ms)[series]
    drawn = lag_map.draw(found, since_ms, until_ms, lambda topics: decisions.visible(principal, "topic.view", slug, topics))
    return JsonResponse({"times": drawn.times_ms, "rows": drawn.rows, "cells": drawn.cells, "left_out": drawn.left_out})


def _parts(text: str) -> int | None:
    """Return into how many points each series is thinned; None: not at all."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 2 <= int(text[:6]) <= MOST_POINTS:
        raise Problem(Kind.INVALID, f"{text} is no number of points.", f"Ask for 2 to {MOST_POINTS}.", "points")
    return int(text)


def _check(principal: Any, slug: str, series: str) -> None:
    """Raise Problem(ABSENT) for a series that may not be seen, as for one that is not."""
    kind, _, rest = series.partition(".")
    name = unquote(rest.partition("/")[2])
    if kind not in OPERATIONS or rest.startswith("partition_lag/"):
        raise Problem(Kind.ABSENT, f"There is no series {series}.", "Series begin with cluster., topic., group. or broker.", "series")
    wanted = name if kind in ("topic", "group") else ""
    if decisions.decide(principal, OPERATIONS[kind], slug, wanted).effect != "allow":
        raise Problem(Kind.ABSENT, f"There is no series {series}.", "", "series")


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
