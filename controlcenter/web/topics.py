"""The list of topics."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.observe import filters
from controlcenter.observe.snapshot import TABLES, Row, Snapshot
from controlcenter.web import cells, names, numbers, states, tables
from controlcenter.web.door import page
from controlcenter.web.tables import Chip, Column


@page("topic.view", any_name=True)
@require_safe
def topics(request: HttpRequest, slug: str) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    known = visible(request.principal, slug, snapshot)  # type: ignore[attr-defined]
    shows_internal = request.GET.get("internal") == "show" or "internal:" in request.GET.get("filter", "")
    rows = known if shows_internal else [row for row in known if not row["is_internal"]]
    listed = tables.listing(request, rows, columns(slug, rows), filters.TOPICS, name="name", total=len(rows))
    if (kind := request.GET.get("format", "")) in ("csv", "ndjson"):
        return tables.download(listed, TABLES["topics"], kind, f"{slug}-topics")
    return render(request, "pages/topics/list.html", _context(request, slug, snapshot, listed, rows, shows_internal))


def visible(principal: Any, slug: str, snapshot: Snapshot) -> list[Row]:
    """Return the topics the principal may see."""
    by_name = {row["name"]: row for row in snapshot.table("topics").values()}
    return [by_name[name] for name in decisions.visible(principal, "topic.view", slug, by_name)]


def columns(slug: str, rows: Sequence[Row]) -> tuple[Column, ...]:
    root = reverse("topics", args=[slug])
    largest = max((row["size_bytes"] for row in rows if row["size_bytes"] is not None), default=1)
    return (
        Column("name", "Name", lambda row: cells.name(f"{root}{names.encode(row['name'])}/", row["name"], _badge(row))),
        Column("health", "Health", lambda row: cells.state(row["health"]), "pill"),
        Column("partitions", "Partitions", _partitions, "count", True),
        Column("records", "Records", lambda row: cells.number(_records(row), "dim"), "count", True),
        Column("size", "Size", lambda row: cells.size(row["size_bytes"], largest), "graph", True),
        Column("in", "In /s", lambda row: cells.rate(row["records_per_s"]), "short", True),
        Column("groups", "Groups", lambda row: cells.count(row["groups"], "dim"), "short", True),
        Column("lag", "Max lag", _lag, "count", True),
        Column(
            "idle",
            "Last record",
            lambda row: cells.age(row["last_record_at_ms"], "?" if row["records"] is None else cells.NONE),
            "mid",
            True,
        ),
        Column(
            "retention", "Kept", lambda row: cells.number("?" if row["cleanup_policy"] is None else kept(row) or "?", "dim"), "count", True
        ),
    )


def kept(row: Row) -> str | None:
    """Return how long records stay, in a word: compact, or the retention."""
    policy = row["cleanup_policy"]
    if policy is None:
        return None
    span = numbers.duration(row["retention_ms"])
    return {"compact": "compact", "delete": span}.get(policy, f"compact, {span}")


def _badge(row: Row) -> str:
    return ' <span class="status line">internal</span>' if row["is_internal"] else ""


def _partitions(row: Row) -> str:
    factor = {None: "?", 0: "mixed"}.get(row["replication_factor"], row["replication_factor"])
    return f'<td class="num">{numbers.grouped(row["partitions"])}<span class="dimmer"> × {escape(factor)}</span></td>'


def _records(row: Row) -> str:
    """Compaction leaves holes between offsets: end − start is then an upper bound, and says so."""
    is_bound = row["records"] and "compact" in (row["cleanup_policy"] or "")
    return f"{'≤ ' if is_bound else ''}{numbers.count(row['records'])}"


def _lag(row: Row) -> str:
    return f'<td class="num">{cells.NONE}</td>' if row["groups"] == 0 else cells.count(row["max_lag"])


def _context(
    request: HttpRequest, slug: str, snapshot: Snapshot, listed: tables.Listing, rows: Sequence[Row], shows_internal: bool
) -> dict[str, Any]:
    troubled = sum(row["health"] not in ("ok", "unknown") for row in rows)
    wanted = listed.filter.split(":")[-1]
    closest = states.closest(wanted, [row["name"] for row in rows]) if rows and not listed.rows else []
    principal = request.principal  # type: ignore[attr-defined]
    return {
        "view": "topics",
        "listing": listed,
        "chips": listed.chips(
            Chip("Needs attention", "-health:ok,unknown", troubled),
            Chip("No traffic", "in:0"),
            Chip("Compacted", "cleanup:compact"),
            Chip("No consumers", "groups:0"),
        ),
        "shows_internal": shows_internal,
        "facts": _facts(rows),
        "fields": tables.fields_json(filters.TOPICS),
        "field_names": filters.short_names(filters.TOPICS),
        "closest": [(name, reverse("topic", args=[slug, name])) for name in closest],
        "sizes_at_ms": (snapshot.source("log_dirs") or {}).get("as_of_ms"),
        "is_read": bool(snapshot.table("sources")),
        "may_create": decisions.could(principal, "topic.create", slug),
        "may_delete": decisions.could(principal, "topic.delete", slug),
    }


def _facts(rows: Sequence[Row]) -> dict[str, float | None]:
    """Return the sums above the table; one that misses a part is not a sum, and is left unknown."""
    return {"topics": len(rows), **{column: _sum(rows, column) for column in ("partitions", "size_bytes", "records_per_s")}}


def _sum(rows: Sequence[Row], column: str) -> float | None:
    values = [row[column] for row in rows]
    return None if None in values else sum(values)
