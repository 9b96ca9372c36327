"""The head of a topic's pages: its facts, its tabs, and what may be done to it. Every page of a topic draws it the same."""

from typing import Any

from django import template
from django.urls import reverse

from controlcenter.access import decisions
from controlcenter.observe.snapshot import Row, Snapshot, key
from controlcenter.web.topics import kept

register = template.Library()

# tab → word, right; the tab is the URL's name without "topic-"
TABS = (
    ("topic", "Overview", "topic.view"),
    ("topic-messages", "Messages", "message.read"),
    ("topic-statistics", "Statistics", "message.read"),
    ("topic-partitions", "Partitions", "topic.view"),
    ("topic-consumers", "Consumers", "topic.view"),
    ("topic-config", "Config", "topic.config.view"),
    ("topic-activity", "Activity", "topic.view"),
)


@register.simple_tag(takes_context=True)
def topic_head(context: Any) -> dict[str, Any]:
    """Return what pages/topic/head.html draws, from the request alone, so that no view has to prepare it."""
    request = context["request"]
    match = request.resolver_match
    slug, name = match.kwargs["slug"], match.kwargs["topic"]
    snapshot: Snapshot = request.snapshot
    row = snapshot.row("topics", name)
    current = "topic-messages" if match.url_name == "record" else match.url_name
    return {
        "name": name,
        "row": row,
        "kept": kept(row) if row else None,
        "is_bound": bool(row and row["records"] and "compact" in (row["cleanup_policy"] or "")),
        "tabs": _tabs(request.principal, slug, name, row, current),
        "may_delete": _may(request.principal, "topic.delete", slug, name) and bool(row) and not row["is_internal"],  # type: ignore[index]
        "may_produce": _may(request.principal, "message.produce", slug, name) and bool(row) and not row["is_internal"],  # type: ignore[index]
        "may_query": _may(request.principal, "query.run", slug, "") and _may(request.principal, "message.read", slug, name),
        "may_read": _may(request.principal, "message.read", slug, name),
        "groups": _groups(request.principal, slug, snapshot, name),
        "channel": f"topic/{key(name)}",
    }


def _tabs(principal: Any, slug: str, name: str, row: Row | None, current: str) -> list[dict[str, Any]]:
    overridden = row["overridden"] if row else None
    counts = {
        "topic-partitions": row["partitions"] if row else None,
        "topic-config": f"{len(overridden)} set" if overridden else None,
    }
    return [
        {"url": url, "word": word, "href": reverse(url, args=[slug, name]), "count": counts.get(url), "is_current": url == current}
        for url, word, operation in TABS
        if _may(principal, operation, slug, name)
    ]


def _groups(principal: Any, slug: str, snapshot: Snapshot, name: str) -> int | None:
    """Return how many groups that may be seen commit to the topic; None before the first read."""
    if snapshot.source("groups") is None and not snapshot.table("groups"):
        return None
    reading = {row["group"] for row in snapshot.table("group_partitions").values() if row["topic"] == name}
    return len(decisions.visible(principal, "group.view", slug, reading))


def _may(principal: Any, operation: str, slug: str, name: str) -> bool:
    return decisions.decide(principal, operation, slug, name).effect == "allow"
