"""What happened in a cluster, newest first: filtered by kind, object and actor, a page at a time."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlcenter import operate
from controlcenter.observe import events
from controlcenter.web import overview
from controlcenter.web.door import page

PAGE = 50
LOOK = 1000  # events read to fill one page, when most may not be seen or do not match
SUBJECTS = ("topic", "group", "broker", "cluster")
ADDRESSES = {"topic": "topic", "group": "group", "broker": "broker"}


@page("cluster.view")
@require_safe
def timeline(request: HttpRequest, slug: str) -> HttpResponse:
    asked = {key: request.GET.get(key, "").strip() for key in ("kind", "object", "name", "actor")}
    before = request.GET.get("before", "")
    found, more = _found(request.principal, slug, asked, int(before) if before.isascii() and before.isdecimal() else None)  # type: ignore[attr-defined]
    context = {
        "view": "timeline",
        "events": found,
        "more": more,
        "asked": asked,
        "is_filtered": any(asked.values()),
        "is_first": not before,
        "kinds": KINDS,
        "subjects": SUBJECTS,
    }
    return render(request, "pages/timeline/timeline.html", context)


KINDS = (*events.KINDS, *(action.verb for action in operate.ACTIONS))  # what happened, and what was done through us


def _found(principal: Any, slug: str, asked: dict[str, str], before: int | None) -> tuple[list[Any], int | None]:
    """Return one page of events that match and may be seen, and where the next page begins (None at the end)."""
    read = events.read(
        slug,
        subject_kind=asked["object"] or None,
        kinds=[asked["kind"]] if asked["kind"] else None,
        limit=LOOK,
        before=before,
    )
    kept = []
    for event in read:
        if _matches(event, asked) and overview.may_see(principal, slug, event.subject_kind, event.subject):
            kept.append(event)
        if len(kept) > PAGE:
            return kept[:PAGE], kept[PAGE - 1].pk
    return kept, read[-1].pk if len(read) == LOOK else None


def _matches(event: Any, asked: dict[str, str]) -> bool:
    return asked["name"].lower() in event.subject.lower() and asked["actor"].lower() in event.actor.lower()
