"""The list of groups."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.observe import filters
from controlcenter.observe.snapshot import TABLES, Row, Snapshot, key
from controlcenter.web import cells, names, numbers, states, tables
from controlcenter.web.door import page
from controlcenter.web.tables import Chip, Column

# state of a group → tone and icon; the word is Kafka's own
STATES = {
    "Stable": ("ok", "check"),
    "Empty": ("", ""),
    "Dead": ("", "ban"),
    "PreparingRebalance": ("info", "loader"),
    "CompletingRebalance": ("info", "loader"),
    "Assigning": ("info", "loader"),
    "Reconciling": ("info", "loader"),
    "NotReady": ("warn", "triangle-alert"),
}
# the trend is of the lag, and sorts by it
FIELDS = {**filters.GROUPS, "trend": filters.Field("lag", "number")}


@page("group.view", any_name=True)
@require_safe
def groups(request: HttpRequest, slug: str) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    principal = request.principal  # type: ignore[attr-defined]
    known = visible(principal, slug, snapshot)
    listed = tables.listing(request, known, columns(slug, known), FIELDS, name="group", sort="-lag")
    if (kind := request.GET.get("format", "")) in ("csv", "ndjson"):
        return tables.download(listed, TABLES["groups"], kind, f"{slug}-groups")
    wanted = listed.filter.split(":")[-1]
    closest = states.closest(wanted, [row["group"] for row in known]) if known and not listed.rows else []
    context = {
        "view": "groups",
        "listing": listed,
        "chips": listed.chips(
            Chip("Behind", "lag:>0", sum(bool(row["lag"]) for row in known)),
            Chip("Hide empty", "-state:empty"),
            Chip("No members", "members:0"),
            Chip("Lag unknown", "lag:?"),
        ),
        "facts": facts(known),
        "fields": tables.fields_json(FIELDS),
        "closest": [(name, reverse("group", args=[slug, name])) for name in closest],
        "commits_at_ms": (snapshot.source("commits") or {}).get("as_of_ms"),
        "is_read": bool(snapshot.table("sources")),
    }
    return render(request, "pages/groups/list.html", context)


def visible(principal: Any, slug: str, snapshot: Snapshot) -> list[Row]:
    """Return the groups the principal may see, each naming only topics that may be seen."""
    by_name = {row["group"]: row for row in snapshot.table("groups").values()}
    rows = [by_name[name] for name in decisions.visible(principal, "group.view", slug, by_name)]
    named = {topic for row in rows for topic in row["topic_names"] or ()}
    seen = set(decisions.visible(principal, "topic.view", slug, named))
    if seen == named:
        return rows
    return [{**row, "topic_names": [topic for topic in row["topic_names"] or () if topic in seen]} for row in rows]


def columns(slug: str, rows: Sequence[Row]) -> tuple[Column, ...]:
    root = reverse("groups", args=[slug])
    top = max((row["lag"] for row in rows if row["lag"]), default=1)
    return (
        Column("name", "Group", lambda row: cells.name(f"{root}{names.encode(row['group'])}/", row["group"])),
        Column("state", "State", lambda row: f"<td>{state(row['state'])}</td>", "mid"),
        Column("type", "Type", lambda row: cells.text(row["type"] or "?"), "count"),
        Column("members", "Members", lambda row: cells.count(row["members"]), "count", True),
        Column("topics", "Topics", _topics, "short", True),
        Column("partitions", "Partitions", lambda row: cells.count(row["partitions"], "dim"), "count", True),
        Column("lag", "Lag", lambda row: lag(row, top), "graph", True),
        Column("out", "Out /s", lambda row: cells.rate(row["consumed_per_s"]), "short", True),
        Column("trend", "Lag, trend", _trend, "mid"),
        Column(
            "commit", "Last commit", lambda row: cells.age(row["committed_at_ms"], "?" if row["partitions"] else cells.NONE), "count", True
        ),
        Column("coordinator", "Coordinator", _coordinator, "count", True),
    )


def state(word: str | None) -> str:
    tone, picture = STATES.get(word or "", ("", "circle-help"))
    return f'<span class="status {tone}">{cells.icon(picture) if picture else ""}{escape(word or "Unknown")}</span>'


def lag(row: Row, top: float) -> str:
    """Draw a lag that may miss partitions: "≥ 12" with how many are not known, and "?" when none is."""
    if row["lag"] is None:
        return f'<td class="num" title="{why_unknown(row)}">?</td>'
    missing = row["unknown_partitions"]
    words = f"{'≥ ' if missing else ''}{numbers.count(row['lag'])}"
    title = f' title="{numbers.grouped(missing)} partitions unknown"' if missing else ""
    return f'<td{title}><micro-bar value="{row["lag"]}" max="{top}" tone="{"late" if row["lag"] else ""}">{words}</micro-bar></td>'


def why_unknown(row: Row) -> str:
    """Return why a group's lag is not known; static/js/lib/groups.js says the same."""
    if row["type"] == "share":
        return "it has taken nothing yet, or this cluster does not tell where share groups stand"
    return "its offsets are not read yet"


def facts(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the sums above the table. A sum that misses a part is a lower bound, and is marked."""
    known = [row["lag"] for row in rows if row["lag"] is not None]
    members = [row["members"] for row in rows]
    by_state: dict[str, int] = {}
    for row in rows:
        by_state[row["state"] or "Unknown"] = by_state.get(row["state"] or "Unknown", 0) + 1
    return {
        "groups": len(rows),
        "members": None if None in members else sum(members),
        "lag": sum(known) if known or not rows else None,
        "unknown": sum(row["unknown_partitions"] or 0 for row in rows) + sum(row["lag"] is None for row in rows),
        "by_state": sorted(by_state.items(), key=lambda pair: -pair[1]),
    }


def _trend(row: Row) -> str:
    return cells.spark(f"group.lag/{key(row['group'])}", "late")


def _topics(row: Row) -> str:
    told = ", ".join(row["topic_names"] or ())
    return f'<td class="num dim" title="{escape(told)}">{numbers.count(row["topics"])}</td>'


def _coordinator(row: Row) -> str:
    return cells.number("?" if row["coordinator"] is None else f"broker {row['coordinator']}", "dim")
