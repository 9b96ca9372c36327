"""The pages of one topic: overview, partitions, consumers, config, activity. Messages are web/messages.py."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import redis
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.access.models import AuditEvent
from controlcenter.errors import Kind, Problem
from controlcenter.observe import events, store
from controlcenter.observe.snapshot import TABLES, Row, Snapshot, key, only
from controlcenter.web import numbers, partitions, tables
from controlcenter.web.door import page

WAIT_S = 1.5  # for settings nobody had open yet; after that the page says so, and they arrive live
LOOK_S = 0.1
MOST = 50
NOTHING = "–"
SAID = 3  # partitions in words
SET = ("topic", "dynamic broker", "dynamic default broker", "static")


@page("topic.view", name="topic")
@require_safe
def topic(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    snapshot = _snapshot(request)
    known = partitions.rows(_partitions(snapshot, topic))
    context = {
        "retention": retention(snapshot.row("topics", topic), int(time.time() * 1000)),
        "groups": consumers(request.principal, slug, snapshot, topic)[:8],  # type: ignore[attr-defined]
        "events": events.read(slug, "topic", topic, limit=8),
        **_troubled(known),
        "known": known[:1],
        "min_isr": (snapshot.row("topics", topic) or {}).get("min_insync_replicas"),
        "series": f"topic.records_per_s/{key(topic)}",
    }
    return _tab(request, slug, topic, "overview", context)


@page("topic.view", name="topic")
@require_safe
def topic_partitions(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    snapshot = _snapshot(request)
    known = partitions.rows(_partitions(snapshot, topic))
    racks = _racks(request.principal, slug, snapshot)  # type: ignore[attr-defined]
    listed = tables.listing(request, known, partitions.columns(known, racks), partitions.FIELDS, name="partition")
    if (kind := request.GET.get("format", "")) in ("csv", "ndjson"):
        return tables.download(listed, (*TABLES["partitions"], "records"), kind, f"{slug}-{topic}-partitions")
    brokers = partitions.holders(known, [row["broker"] for row in snapshot.table("brokers").values()])
    context = {
        "listing": listed,
        "chips": listed.chips(
            tables.Chip("Lagging", "lagging:yes", sum(row["is_lagging"] for row in known)),
            tables.Chip("Not preferred", "preferred:no"),
            tables.Chip("No traffic", "in:0"),
        ),
        "grid": mark_safe(partitions.grid(brokers, listed.shown, racks)),  # noqa: S308  racks are escaped
        "pivot": partitions.pivot(known, brokers, racks),
        "skew": partitions.skew(known),
        "fields": tables.fields_json(partitions.FIELDS),
        **_troubled(known),
        "min_isr": (snapshot.row("topics", topic) or {}).get("min_insync_replicas"),
    }
    return _tab(request, slug, topic, "partitions", context)


@page("topic.view", name="topic")
@require_safe
def topic_consumers(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    found = consumers(request.principal, slug, _snapshot(request), topic)  # type: ignore[attr-defined]
    return _tab(request, slug, topic, "consumers", {"groups": found[:MOST], "all_groups": len(found)})


@page("topic.config.view", name="topic")
@require_safe
def topic_config(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    snapshot = _wait(request, slug, topic, lambda found: bool(_configs(found, topic)))
    return _tab(request, slug, topic, "config", {"configs": configs(snapshot, topic), "source": snapshot.source("opened")})


@page("topic.view", name="topic")
@require_safe
def topic_activity(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    may_audit = decisions.could(request.principal, "app.audit.view", None)  # type: ignore[attr-defined]
    context = {
        "events": events.read(slug, "topic", topic, limit=MOST),
        "may_audit": may_audit,
        "trail": trail(slug, topic) if may_audit else [],
    }
    return _tab(request, slug, topic, "activity", context)


def consumers(principal: Any, slug: str, snapshot: Snapshot, topic: str) -> list[dict[str, Any]]:
    """Return the groups that commit to a topic, furthest behind first: each with its part of this topic only."""
    by_group: dict[str, list[Row]] = {}
    for row in snapshot.table("group_partitions").values():
        if row["topic"] == topic:
            by_group.setdefault(row["group"], []).append(row)
    seen = decisions.visible(principal, "group.view", slug, by_group)
    found = [_consumer(slug, snapshot.row("groups", group), group, by_group[group]) for group in seen]
    return sorted(found, key=lambda each: (-(each["lag"] or 0), each["group"]))


def _consumer(slug: str, group: Row | None, name: str, parts: Sequence[Row]) -> dict[str, Any]:
    known = [row["lag"] for row in parts if row["lag"] is not None]
    rates = [row["consumed_per_s"] for row in parts if row["consumed_per_s"] is not None]
    return {
        "group": name,
        "href": reverse("group", args=[slug, name]),
        "type": (group or {}).get("type"),
        "state": (group or {}).get("state"),
        "members": _members(group, parts),
        "partitions": len(parts),
        "lag": sum(known) if known else None,
        "unknown": len(parts) - len(known),
        "consumed_per_s": sum(rates) if rates else None,
        "committed_at_ms": max((row["committed_at_ms"] for row in parts if row["committed_at_ms"] is not None), default=None),
    }


def _members(group: Row | None, parts: Sequence[Row]) -> int | None:
    """Return how many members read the topic; in a share group every member may take from every partition."""
    if group is not None and group["type"] == "share":
        return group["members"]  # type: ignore[no-any-return]
    return len({row["member_id"] for row in parts if row["member_id"]})


def configs(snapshot: Snapshot, topic: str) -> list[dict[str, Any]]:
    """Return the settings: those set on the topic first, then those set elsewhere, then defaults; each by name."""
    found = sorted(_configs(snapshot, topic).values(), key=lambda row: (_rank(row["source"]), row["name"]))
    return [{**row, "human": human(row["name"], row["value"]), "is_set": row["source"] == "topic"} for row in found]


def human(name: str, value: str | None) -> str:
    """Return a value as a person says it, or "" where the raw one already does."""
    try:
        number = int(value or "")
    except ValueError:
        return ""
    if number == -2 and name.startswith("local.retention."):
        return f"as {name.removeprefix('local.')}"
    if number in (2**63 - 1, 2**31 - 1):
        return "no limit"
    if name.endswith(".ms"):
        return "no limit" if number < 0 else numbers.duration(number)
    if name.endswith(".bytes"):
        return "no limit" if number < 0 else numbers.bytes_text(number)
    return ""


def retention(row: Row | None, now_ms: int) -> dict[str, int | str]:
    """Return how full retention is, in percent, by time and by size: "?" where not known, "–" where there is no limit.

    More than 100 is no fault: a segment goes as a whole, when its newest record is past keeping.
    """
    if row is None:
        return {"time": numbers.UNKNOWN, "size": numbers.UNKNOWN}
    return {"time": _filled_by_time(row, now_ms), "size": _filled_by_size(row)}


def _filled_by_time(row: Row, now_ms: int) -> int | str:
    if row["cleanup_policy"] is None or row["retention_ms"] is None:
        return numbers.UNKNOWN
    if "delete" not in row["cleanup_policy"] or row["retention_ms"] <= 0 or row["records"] == 0:
        return NOTHING
    if row["first_record_at_ms"] is None:
        return numbers.UNKNOWN
    return max(0, round(100 * (now_ms - row["first_record_at_ms"]) / row["retention_ms"]))


def _filled_by_size(row: Row) -> int | str:
    """Return the size on the leaders against retention.bytes, which counts for each partition."""
    if row["cleanup_policy"] is None or row["retention_bytes"] is None:
        return numbers.UNKNOWN
    if "delete" not in row["cleanup_policy"] or row["retention_bytes"] <= 0:
        return NOTHING
    if row["size_bytes"] is None or not row["partitions"]:
        return numbers.UNKNOWN
    return round(100 * row["size_bytes"] / (row["retention_bytes"] * row["partitions"]))


def trail(slug: str, topic: str) -> list[AuditEvent]:
    """Return the audit rows that name the topic, newest first."""
    rows = AuditEvent.objects.filter(cluster=slug, operation__startswith="topic.").exclude(phase=AuditEvent.Phase.INTENT)
    return [row for row in rows.order_by("-seq")[:1000] if topic in (row.names or ())][:MOST]


def _racks(principal: Any, slug: str, snapshot: Snapshot) -> dict[int, str]:
    """Return broker → rack, of the brokers that have one; nothing for who may not see brokers."""
    if not decisions.could(principal, "broker.view", slug):
        return {}
    return {row["broker"]: row["rack"] for row in snapshot.table("brokers").values() if row["rack"]}


def _troubled(known: list[Row]) -> dict[str, Any]:
    """Return the first partitions that are not whole, and how many more there are: a broker that dies troubles all."""
    found = [row for row in known if row["state"] != "in_sync"]
    return {"troubled": found[:SAID], "more_troubled": len(found[SAID:])}


def _tab(request: HttpRequest, slug: str, topic: str, tab: str, context: dict[str, Any]) -> HttpResponse:
    snapshot = _snapshot(request)
    if snapshot.row("topics", topic) is None and snapshot.table("sources"):
        return _gone(request, slug, topic)
    context |= {"view": f"topic/{key(topic)}", "topic": topic, "tab": tab, "row": snapshot.row("topics", topic)}
    context["recreated"] = next(iter(events.read(slug, "topic", topic, ["topic_recreated"], limit=1)), None)
    return render(request, f"pages/topic/{tab}.html", context)


def _gone(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """A topic that was there and is not any more has a story; one that never was is absent."""
    told = events.read(slug, "topic", topic, ["topic_deleted"], limit=1)
    if not told:
        raise Problem(Kind.ABSENT, f"There is no topic {topic} in this cluster, or you may not see it.", "Look at the list of topics.")
    return render(request, "pages/topic/gone.html", {"view": "topics", "topic": topic, "event": told[0]}, status=404)


def _wait(request: HttpRequest, slug: str, topic: str, is_there: Callable[[Snapshot], bool]) -> Snapshot:
    """Return the snapshot with the settings of the topic, or the last one after WAIT_S; pages never ask Kafka themselves."""
    snapshot = _snapshot(request)
    kept = store.default()
    try:
        kept.want(slug, f"topic/{key(topic)}")
    except (redis.RedisError, OSError):
        return snapshot
    end = time.monotonic() + WAIT_S
    while snapshot.row("topics", topic) is not None and not is_there(snapshot) and time.monotonic() < end:
        time.sleep(LOOK_S)
        snapshot = kept.read(slug) or snapshot
    request.snapshot = snapshot  # type: ignore[attr-defined]
    return snapshot


def _configs(snapshot: Snapshot, topic: str) -> dict[str, Row]:
    return {k: row for k, row in only(snapshot.table("configs"), "owner", [topic]).items() if row["kind"] == "topic"}


def _rank(source: str | None) -> int:
    return SET.index(source) if source in SET else len(SET)


def _partitions(snapshot: Snapshot, topic: str) -> list[Row]:
    return [row for row in snapshot.table("partitions").values() if row["topic"] == topic]


def _snapshot(request: HttpRequest) -> Snapshot:
    return request.snapshot  # type: ignore[attr-defined, no-any-return]
