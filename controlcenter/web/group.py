"""The pages of one group: its lag by partition, its members, its events. A group's id may be any text."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.errors import Kind, Problem
from controlcenter.observe import events
from controlcenter.observe.filters import Field
from controlcenter.observe.snapshot import TABLES, Row, Snapshot, key
from controlcenter.web import cells, groups, names, numbers, tables
from controlcenter.web.door import page
from controlcenter.web.tables import Chip, Column

MOST = 200  # members, and columns of the assignment matrix, drawn by the server
# flag of a group's partition → tone, word, and the sentence it stands for
FLAGS = {
    "data_loss": ("bad", "Data loss", "The committed offset is below the start of the log: those records are deleted."),
    "ahead_of_log": ("warn", "Ahead of log", "The committed offset is past the end of the log: it was truncated, or recreated."),
    "topic_gone": ("warn", "Topic gone", "The topic does not exist any more; its commits are left over."),
    "not_committed": ("", "None yet", "Nothing was ever committed for this partition."),
}
FIELDS: Mapping[str, Field] = {
    "topic": Field("topic", "text"),
    "partition": Field("partition", "number"),
    "client": Field("client_id", "text"),
    "host": Field("host", "text"),
    "member": Field("member_id", "text"),
    "committed": Field("committed", "number"),
    "end": Field("end", "number"),
    "lag": Field("lag", "number"),
    "lead": Field("lead", "number"),
    "flag": Field("flags", "list"),
    "commit": Field("committed_at_ms", "age"),
    "out": Field("consumed_per_s", "number"),
}


@page("group.view", name="group")
@require_safe
def group(request: HttpRequest, slug: str, group: str) -> HttpResponse:
    known = parts(request.principal, slug, request.snapshot, group)  # type: ignore[attr-defined]
    listed = tables.listing(request, known, columns(slug, known), FIELDS, name="name", sort="-lag")
    if (kind := request.GET.get("format", "")) in ("csv", "ndjson"):
        return tables.download(listed, (*TABLES["group_partitions"], "lead"), kind, f"{slug}-group-lag")
    context = {
        "listing": listed,
        "chips": listed.chips(
            Chip("Only with lag", "lag:>0", sum(bool(row["lag"]) for row in known)),
            Chip("None yet", "flag:not_committed"),
            Chip("Data loss", "flag:data_loss", sum("data_loss" in row["flags"] for row in known)),
        ),
        "fields": tables.fields_json(FIELDS),
        "lost": [row for row in known if "data_loss" in row["flags"]][:3],
        "known": known[:1],
    }
    return _tab(request, slug, group, "lag", context)


@page("group.view", name="group")
@require_safe
def group_members(request: HttpRequest, slug: str, group: str) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    found = members(request.principal, slug, snapshot, group)  # type: ignore[attr-defined]
    return _tab(request, slug, group, "members", {"members": found[:MOST], "matrix": matrix(found)})


@page("group.view", name="group")
@require_safe
def group_events(request: HttpRequest, slug: str, group: str) -> HttpResponse:
    return _tab(request, slug, group, "events", {"events": events.read(slug, "group", group, limit=50)})


def parts(principal: Any, slug: str, snapshot: Snapshot, group: str) -> list[Row]:
    """Return the group's partitions of topics that may be seen, each with its name and its lead over the start of the log."""
    held = [row for row in snapshot.table("group_partitions").values() if row["group"] == group]
    seen = set(decisions.visible(principal, "topic.view", slug, {row["topic"] for row in held}))
    return [
        {
            **row,
            "name": f"{row['topic']}/{row['partition']:05d}",
            "lead": None if row["committed"] is None or row["start"] is None else row["committed"] - row["start"],
            "flags": row["flags"] or [],
        }
        for row in held
        if row["topic"] in seen
    ]


def columns(slug: str, rows: Sequence[Row]) -> tuple[Column, ...]:
    root = reverse("topics", args=[slug])
    top = max((row["lag"] for row in rows if row["lag"]), default=1)
    return (
        Column("topic", "Topic", lambda row: cells.name(f"{root}{names.encode(row['topic'])}/partitions/", row["topic"])),
        Column("partition", "Part.", lambda row: cells.number(str(row["partition"])), "short", True),
        Column("client", "Client", lambda row: _member(row, "client_id", row["member_id"]), "mid"),
        Column("host", "Host", lambda row: _member(row, "host", row["host"]), "mid"),
        Column("committed", "Committed", _committed, "mid", True),
        Column("end", "End", lambda row: cells.number(numbers.grouped(row["end"]), "mono dim"), "mid", True),
        Column("lag", "Lag", lambda row: _lag(row, top), "graph", True),
        Column("lead", "Lead", _lead, "short", True),
        Column("flag", "Marks", _flags, "count"),
        Column("out", "Out /s", lambda row: cells.rate(row["consumed_per_s"]), "short", True),
        Column("commit", "Commit", _age, "count", True),
    )


def _member(row: Row, column: str, title: str | None) -> str:
    """A partition nobody holds has no member: that does not apply, and is not unknown."""
    if row["member_id"] is None:
        return f"<td>{cells.NONE}</td>"
    return f'<td class="mono dim" title="{escape(title or "")}">{escape(row[column] or "?")}</td>'


def _committed(row: Row) -> str:
    if "not_committed" in row["flags"]:
        return '<td class="num dimmer">none yet</td>'
    told = f' title="{escape(row["metadata"])}"' if row["metadata"] else ""
    return f'<td class="num mono"{told}>{numbers.grouped(row["committed"])}</td>'


def _lag(row: Row, top: float) -> str:
    if "topic_gone" in row["flags"]:
        return f'<td class="num">{cells.NONE}</td>'
    if row["lag"] is None:
        return '<td class="num">?</td>'
    tone = "late" if row["lag"] else ""
    return f'<td><micro-bar value="{row["lag"]}" max="{top}" tone="{tone}">{numbers.count(row["lag"])}</micro-bar></td>'


def _age(row: Row) -> str:
    """When it last moved, as far as we watched; never having committed does not apply, not having seen it move is unknown."""
    return cells.age(row["committed_at_ms"], cells.NONE if "not_committed" in row["flags"] else "?")


def _lead(row: Row) -> str:
    if "not_committed" in row["flags"] or "topic_gone" in row["flags"]:
        return f'<td class="num">{cells.NONE}</td>'
    return cells.number("?" if row["lead"] is None else numbers.count(row["lead"]) if row["lead"] >= 0 else "below start", "dim")


def _flags(row: Row) -> str:
    marks = [FLAGS[flag] for flag in FLAGS if flag in row["flags"] and flag != "not_committed"]
    shown = (f'<span class="status {tone}" title="{told}">{word}</span>' for tone, word, told in marks)
    return f"<td>{' '.join(shown)}</td>"


def members(principal: Any, slug: str, snapshot: Snapshot, group: str) -> list[dict[str, Any]]:
    """Return the members by client and id, each with what it holds, and what it is to hold where the protocol tells."""
    held = [row for row in snapshot.table("members").values() if row["group"] == group]
    named = {topic for row in held for topic, _ in [*(row["assignment"] or ()), *(row["target"] or ())]}
    seen = set(decisions.visible(principal, "topic.view", slug, named))
    found = []
    for row in sorted(held, key=lambda row: (row["client_id"] or "", row["member_id"])):
        now, target = ([(t, p) for t, p in row[column] or () if t in seen] for column in ("assignment", "target"))
        moving = bool(target) and set(now) != set(target)
        found.append({**row, "assignment": sorted(now), "target": sorted(target), "is_moving": moving, "words": by_topic(now)})
    return found


def by_topic(held: Sequence[tuple[str, int]]) -> list[tuple[str, str]]:
    """Return the partitions of each topic in words: 0–3, 7."""
    topics: dict[str, list[int]] = {}
    for topic, partition in sorted(held):
        topics.setdefault(topic, []).append(partition)
    return [(topic, _spans(numbers_)) for topic, numbers_ in topics.items()]


def _spans(sorted_numbers: Sequence[int]) -> str:
    spans: list[list[int]] = []
    for n in sorted_numbers:
        if spans and n == spans[-1][1] + 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)


def matrix(found: Sequence[Mapping[str, Any]]) -> Any:
    """Return members down, partitions across, as a table; "" when there is too much for one."""
    all_ = sorted({pair for row in found for pair in (*row["assignment"], *row["target"])})
    if not all_ or len(all_) > MOST or len(found) > 50:
        return ""
    heads = "".join(f'<th scope="col" title="{escape(topic)}">{partition}</th>' for topic, partition in all_)
    lines = "".join(_line(row, all_) for row in found)
    head = f'<thead><tr><th scope="col"><span class="vh">Member</span></th>{heads}</tr></thead>'
    return mark_safe(f'<table><caption class="vh">Assignment</caption>{head}<tbody>{lines}</tbody></table>')  # noqa: S308  names are escaped


def _line(row: Mapping[str, Any], all_: Sequence[tuple[str, int]]) -> str:
    now, target = set(row["assignment"]), set(row["target"]) or set(row["assignment"])
    squares = []
    for pair in all_:
        state, word = _held(pair in now, pair in target)
        squares.append(f'<td class="{state}" title="{escape(pair[0])} {pair[1]}: {word}"><span class="vh">{word}</span></td>')
    name = escape(row["client_id"] or row["member_id"])
    return f'<tr><th scope="row" title="{escape(row["member_id"])}">{name}</th>{"".join(squares)}</tr>'


def _held(is_now: bool, is_target: bool) -> tuple[str, str]:
    if is_now:
        return ("leader", "held") if is_target else ("lagging", "to be given up")
    return ("follower preferred", "to come") if is_target else ("none", "not held")


def _tab(request: HttpRequest, slug: str, group: str, tab: str, more: dict[str, Any]) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    row = snapshot.row("groups", group)
    if row is None and snapshot.table("sources"):
        return _gone(request, slug, group)
    shown = [row] if row else []
    context = {
        "view": f"group/{key(group)}",
        "group": group,
        "tab": tab,
        "row": row,
        "state": mark_safe(groups.state(row["state"])) if row else "",  # noqa: S308  escaped there
        "series": key(group),
        "lag_about": lag_about(row) if row else "",
        "topics": _topics(request.principal, slug, row),  # type: ignore[attr-defined]
        "hosts": len({each["host"] for each in snapshot.table("members").values() if each["group"] == group}),
        "tabs": [(name, word, reverse(url, args=[slug, group])) for name, word, url in TABS],
        "commits_at_ms": (snapshot.source("commits") or {}).get("as_of_ms"),
        "is_read": bool(shown),
        **more,
    }
    return render(request, f"pages/group/{tab}.html", context)


def lag_about(row: Row) -> str:
    """Return the line under the figure of the lag."""
    if row["lag"] is None:
        return groups.why_unknown(row)
    if row["unknown_partitions"]:
        return "at least: some partitions are unknown"
    return "not yet taken, by the broker's count" if row["type"] == "share" else "not yet read"


TABS = (("lag", "Lag", "group"), ("members", "Members", "group-members"), ("events", "Events", "group-events"))


def _topics(principal: Any, slug: str, row: Row | None) -> list[tuple[str, str]]:
    seen = decisions.visible(principal, "topic.view", slug, (row or {}).get("topic_names") or ())
    return [(name, reverse("topic", args=[slug, name])) for name in seen[:5]]


def _gone(request: HttpRequest, slug: str, group: str) -> HttpResponse:
    told = events.read(slug, "group", group, ["group_deleted"], limit=1)
    if not told:
        raise Problem(Kind.ABSENT, f"There is no group {group} in this cluster, or you may not see it.", "Look at the list of groups.")
    return render(request, "pages/group/gone.html", {"view": "groups", "group": group, "event": told[0]}, status=404)
