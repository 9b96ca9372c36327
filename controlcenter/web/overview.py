"""The overview of one cluster: what needs somebody first, then the figures, the map, the brokers and the latest events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.observe import attention as attention_list
from controlcenter.observe import events
from controlcenter.observe.snapshot import Row, Rows, Snapshot, key, only
from controlcenter.web import brokers, numbers
from controlcenter.web.door import page

MOST_GROUPS, MOST_TOPICS, MOST_EVENTS = 6, 5, 10
SERIES = ("cluster.records_per_s", "cluster.consumed_per_s", "cluster.lag")


@page("cluster.view")
@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    principal = request.principal  # type: ignore[attr-defined]
    may_brokers = decisions.could(principal, "broker.view", slug)
    context = {
        "view": "overview",
        "cluster": snapshot.cluster(),
        "attention": attention(principal, slug, snapshot),
        "figures": figures(snapshot.cluster()),
        "groups": ranked(principal, slug, snapshot),
        "busiest": busiest(principal, slug, snapshot),
        "brokers": brokers.rows(slug, snapshot) if may_brokers else [],
        "may_brokers": may_brokers,
        "racks": racks(snapshot) if may_brokers else [],
        "events": visible_events(principal, slug, events.read(slug, limit=4 * MOST_EVENTS))[:MOST_EVENTS],
        "may_create": decisions.could(principal, "topic.create", slug),
        "is_read": bool(snapshot.table("sources")),
        "checked_at_ms": (snapshot.source("metadata") or {}).get("as_of_ms"),
    }
    return render(request, "pages/overview/overview.html", context)


def attention(principal: Any, slug: str, snapshot: Snapshot) -> list[Mapping[str, Any]]:
    """Return what needs somebody, worst first, each with its address; what may not be seen is neither named nor counted."""

    def allowed(operation: str, names: Iterable[str]) -> Collection[str]:
        return decisions.visible(principal, operation, slug, names)

    partitions, groups = (_visible(snapshot, *place, allowed) for place in SEEN)
    rows = list(attention_list.seen(snapshot, partitions, groups, allowed).values())
    rows.sort(key=lambda row: (row["tone"] != "bad", row["since_ms"] or 0))
    root = reverse("overview", args=[slug])
    return [{**row, "href": root + row["path"], "icon": _icon(row)} for row in rows]


SEEN = (("partitions", "topic", "topic.view"), ("groups", "group", "group.view"))  # table, the column that names, the right on it


def _visible(snapshot: Snapshot, table: str, column: str, operation: str, allowed: attention_list.MaySee) -> Rows:
    names = {row[column] for row in snapshot.table(table).values()}
    seen = set(allowed(operation, names))
    return snapshot.table(table) if len(seen) == len(names) else only(snapshot.table(table), column, seen)


def may_see(principal: Any, slug: str, kind: str, name: str) -> bool:
    """Return whether a row about this object may be shown."""
    operation = {"topic": "topic.view", "partition": "topic.view", "group": "group.view", "broker": "broker.view"}.get(kind, "cluster.view")
    wanted = name if operation in ("topic.view", "group.view") else ""
    return decisions.decide(principal, operation, slug, wanted).effect == "allow"


def visible_events(principal: Any, slug: str, found: Sequence[Any]) -> list[Any]:
    return [event for event in found if may_see(principal, slug, event.subject_kind, event.subject)]


def figures(row: Row) -> list[dict[str, Any]]:
    """Return the strip of key figures: each with its word, unit, a line about it, and the series behind it."""
    used = _used(row["disk_total_bytes"], row["disk_usable_bytes"])
    size, unit = numbers.bytes_of(row["size_bytes"])
    under_replicated, under_min_isr = row["under_replicated_partitions"], row["under_min_isr_partitions"]
    offline = f"{numbers.grouped(row['offline_partitions'])} offline"
    return [
        _figure("in", "Records in", numbers.rate(row["records_per_s"]), "/s", "over the last minute", series=SERIES[0]),
        _figure("out", "Records out", numbers.rate(row["consumed_per_s"]), "/s", "committed by groups", spark="c2", series=SERIES[1]),
        _figure("lag", "Total lag", numbers.count(row["lag"]), "", _lag_about(row), spark="late", series=SERIES[2]),
        _figure(
            "under_replicated", "Under-replicated", numbers.grouped(under_replicated), "", _of(row), "warn" if under_replicated else ""
        ),
        _figure("under_min_isr", "Under min-ISR", numbers.grouped(under_min_isr), "", offline, "bad" if under_min_isr else ""),
        _figure("size", "Size on disk", size, unit, f"disks {used} full" if used else "disk size not told"),
    ]


def ranked(principal: Any, slug: str, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the groups furthest behind, by records, with the share of the worst one."""
    rows = [row for row in snapshot.table("groups").values() if row["lag"]]
    allowed = set(decisions.visible(principal, "group.view", slug, [row["group"] for row in rows]))
    worst = sorted((row for row in rows if row["group"] in allowed), key=lambda row: -row["lag"])[:MOST_GROUPS]
    return [{"row": row, "href": reverse("group", args=[slug, row["group"]]), "top": worst[0]["lag"]} for row in worst]


def busiest(principal: Any, slug: str, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the topics written to fastest, by records, each with the series of its last hour; internal ones aside."""
    rows = [row for row in snapshot.table("topics").values() if row["records_per_s"] and not row["is_internal"]]
    allowed = set(decisions.visible(principal, "topic.view", slug, [row["name"] for row in rows]))
    found = sorted((row for row in rows if row["name"] in allowed), key=lambda row: -row["records_per_s"])[:MOST_TOPICS]
    return [
        {"row": row, "href": reverse("topic", args=[slug, row["name"]]), "series": f"topic.records_per_s/{key(row['name'])}"}
        for row in found
    ]


def racks(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the brokers as the partition map stands: by rack, then id."""
    rows = snapshot.table("brokers").values()
    return sorted(rows, key=lambda row: (row["rack"] or "", row["broker"]))  # type: ignore[arg-type, return-value]


def _figure(name: str, word: str, value: str, unit: str, about: str, tone: str = "", spark: str = "", series: str = "") -> dict[str, Any]:
    return {"name": name, "word": word, "value": value, "unit": unit, "about": about, "tone": tone, "spark": spark, "series": series}


def _of(row: Row) -> str:
    return f"of {numbers.grouped(row['partitions'])} partitions"


def _lag_about(row: Row) -> str:
    unknown = row["unknown_lag_partitions"]
    return f"{numbers.grouped(unknown)} partitions not known" if unknown else f"in {numbers.grouped(row['groups'])} groups"


def _used(total: float | None, usable: float | None) -> str:
    return "" if not total or usable is None else f"{100 * (total - usable) / total:.0f}%"


def _icon(row: Row) -> str:
    if "disk" in row["kind"] or "log_dir" in row["kind"]:
        return "hard-drive"
    return "circle-x" if row["tone"] == "bad" else "trending-up" if "group" in row["kind"] else "triangle-alert"
