"""The list of topics: every column it can have, those the reader chose, and the reader's favourites."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.observe import filters
from controlcenter.observe.snapshot import TABLES, Row, Snapshot, key
from controlcenter.web import cells, names, numbers, own, states, tables
from controlcenter.web.door import page
from controlcenter.web.tables import Chip, Column


@page("topic.view", any_name=True)
@require_safe
def topics(request: HttpRequest, slug: str) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    principal = request.principal  # type: ignore[attr-defined]
    known, favourites = visible(principal, slug, snapshot), own.favourites(principal, slug)
    shows_internal = request.GET.get("internal") == "show" or "internal:" in request.GET.get("filter", "")
    rows = known if shows_internal else [row for row in known if not row["is_internal"]]
    if request.GET.get("favourites") == "only":
        rows = [row for row in rows if row["name"] in favourites]
    every = {column.name: column for column in columns(slug, rows, favourites if principal.user_id else None)}
    chosen = chosen_columns(request, slug)
    listed = tables.listing(request, rows, [every[name] for name in chosen], FIELDS, name="name", total=len(rows))
    if (kind := request.GET.get("format", "")) in ("csv", "ndjson"):
        return tables.download(listed, TABLES["topics"], kind, f"{slug}-topics")
    context = _context(request, slug, snapshot, listed, rows, shows_internal)
    offered = [(every[name], name in chosen) for name in (*chosen, *(name for name in every if name not in chosen))]
    return render(request, "pages/topics/list.html", {**context, "offered": offered, "favourites": sorted(favourites)})


def visible(principal: Any, slug: str, snapshot: Snapshot) -> list[Row]:
    """Return the topics the principal may see."""
    by_name = {row["name"]: row for row in snapshot.table("topics").values()}
    return [by_name[name] for name in decisions.visible(principal, "topic.view", slug, by_name)]


COLUMNS = "topics.columns"  # the name of the choice
FIELDS = {
    **filters.TOPICS,
    "trend": filters.Field("records_per_s", "number"),  # of the rate, and sorts by it
    "replicas_size": filters.Field("replicas_size_bytes", "bytes"),
    "id": filters.Field("id", "text"),
}
NAMES = (
    "name", "health", "partitions", "records", "size", "in", "trend", "groups", "lag", "idle", "retention",
    "cleanup", "replicas_size", "min_isr", "id",
)  # fmt: skip
DEFAULT = NAMES[:10]


def known_columns(wanted: Iterable[str]) -> list[str]:
    """Return those of the wanted columns that there are, each once; the name comes first, and always."""
    found = [name for name in dict.fromkeys(wanted) if name in NAMES]
    return ["name", *(name for name in found if name != "name")] if found else []


def chosen_columns(request: HttpRequest, slug: str) -> Sequence[str]:
    """Return the columns of this address, else those the reader chose, else those the list comes with."""
    asked = known_columns(request.GET.get("columns", "").split(","))
    return asked or known_columns(own.read(request.principal, slug, COLUMNS) or ()) or DEFAULT  # type: ignore[attr-defined]


def columns(slug: str, rows: Sequence[Row], favourites: Collection[str] | None = None) -> tuple[Column, ...]:
    """Return every column the list can have, in the order of NAMES. favourites None: the reader can have none."""
    root = reverse("topics", args=[slug])
    largest = max((row["size_bytes"] for row in rows if row["size_bytes"] is not None), default=1)
    return (
        Column("name", "Name", lambda row: _name(row, root, _star(row["name"], favourites))),
        Column("health", "Health", lambda row: cells.state(row["health"]), "pill"),
        Column("partitions", "Partitions", _partitions, "count", True),
        Column("records", "Records", lambda row: cells.number(_records(row), "dim"), "count", True),
        Column("size", "Size", lambda row: cells.size(row["size_bytes"], largest), "graph", True),
        Column("in", "In /s", lambda row: cells.rate(row["records_per_s"]), "short", True),
        Column("trend", "In, 1 h", lambda row: cells.spark(f"topic.records_per_s/{key(row['name'])}"), "count", True),
        Column("groups", "Groups", lambda row: cells.count(row["groups"], "dim"), "short", True),
        Column("lag", "Max lag", _lag, "count", True),
        Column(
            "idle",
            "Last record",
            lambda row: cells.age(row["last_record_at_ms"], "?" if row["records"] is None else cells.NONE),
            "mid",
            True,
        ),
        Column("retention", "Kept", _kept, "count", True),
        Column("cleanup", "Cleanup", lambda row: cells.text(row["cleanup_policy"]), "mid"),
        Column("replicas_size", "All replicas", _replicas_size, "count", True),
        Column("min_isr", "Min ISR", lambda row: cells.number(numbers.grouped(row["min_insync_replicas"]), "dim"), "short", True),
        Column("id", "Topic id", lambda row: cells.text(row["id"], "mono dim"), "wide"),
    )


def kept(row: Row) -> str | None:
    """Return how long records stay, in a word: compact, or the retention."""
    policy = row["cleanup_policy"]
    if policy is None:
        return None
    span = numbers.duration(row["retention_ms"])
    return {"compact": "compact", "delete": span}.get(policy, f"compact, {span}")


def _name(row: Row, root: str, star: str) -> str:
    name, badge = escape(row["name"]), ' <span class="status line">internal</span>' if row["is_internal"] else ""
    link = f'<a class="name" href="{escape(root + names.encode(row["name"]))}/">{name}</a>'
    return f'<td title="{name}">{star}{link}{badge}</td>'


def _star(name: str, favourites: Collection[str] | None) -> str:
    if favourites is None:
        return ""
    pressed = "true" if name in favourites else "false"
    told = f'form="favourite-form" name="topic" value="{escape(name)}" aria-pressed="{pressed}" aria-label="Favourite {escape(name)}"'
    return f'<button class="star" {told}>{cells.icon("star")}</button>'


def _kept(row: Row) -> str:
    return cells.number("?" if row["cleanup_policy"] is None else kept(row) or "?", "dim")


def _replicas_size(row: Row) -> str:
    value, unit = numbers.bytes_of(row["replicas_size_bytes"])
    return f'<td class="num">{value} <span class="dimmer">{unit}</span></td>'


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
        "only_favourites": request.GET.get("favourites") == "only",
        "own_query": request.GET.urlencode(),
        "is_own": request.principal.user_id is not None,  # type: ignore[attr-defined]
        "facts": _facts(rows),
        "fields": tables.fields_json(FIELDS),
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
