"""Messages of a topic, and one record at its own address.

A read that shows what it reads is done here; one that looks for something may take long, and is a search the page follows
over its socket (`plain=1` reads a first piece all the same, for browsers without a script).
"""

import shlex
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from controlcenter.access import decisions
from controlcenter.browse import filter as filters
from controlcenter.browse import look, request, saved, search
from controlcenter.browse.filter import FilterError
from controlcenter.browse.page import Page
from controlcenter.browse.request import Request
from controlcenter.browse.shown import shown
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.observe.snapshot import key
from controlcenter.serde import detect
from controlcenter.web import door, names, own
from controlcenter.web.lines import Line

STARTS = (
    ("live", "Live"),
    ("newest", "Newest"),
    ("oldest", "Oldest"),
    ("time", "Time…"),
    ("offset", "Offset…"),
    ("group", "Group…"),
    ("key", "Key…"),
)
UNTILS = (
    ("end", "The end, as it is now"),
    ("time", "A time"),
    ("offset", "An offset"),
    ("records", "A number of records"),
    ("follow", "No end: follow"),
)
EXPORTS = (("ndjson", "NDJSON"), ("json", "JSON"), ("csv", "CSV, comma"), ("csv&separator=;", "CSV, semicolon"), ("zip", "Raw bytes, ZIP"))
PLACES = (("", "Key, value and headers"), ("key", "Key"), ("value", "Value"), ("headers", "Headers"))
KEYS = tuple(request.KEYS)
KEPT = ("from", "n", "partitions", "offset", "at", "zone", "group", "key", "key_as", "key_all", "order", "until", "to", "isolation",
        "markers", "filter", "mode", "ignore_case", "in", "key_serde", "value_serde")  # fmt: skip
OPTIONS = ("order", "until", "to", "isolation", "in", "key_serde", "value_serde", "ignore_case", "markers")
USUAL = {"until": "end", "isolation": "read_committed"}
STARTLESS = ("offset", "at", "zone", "group", "key", "key_as", "key_all")  # belong to one start alone
SERDES, REMEMBERED = "serdes", 500
WAITING = {
    "offset": ("From which offset?", "Write one offset for every partition, or pairs of partition and offset: 0:1200,3:17."),
    "at": ("From which time?", "Write 2026-11-22T14:29:58, -15m, today, or epoch milliseconds."),
    "group": ("Whose position?", "Write a group: reading begins where it stands."),
    "key": ("Which key?", "Write the key: only its own partition is read."),
}
NEEDS = {"offset": "offset", "time": "at", "group": "group", "key": "key"}


@door.page("message.read", "topic")
@require_safe
def messages(request_: HttpRequest, slug: str, topic: str) -> HttpResponse:
    principal, search_id = request_.principal, request_.GET.get("search", "")  # type: ignore[attr-defined]
    given, problem = _given(request_, slug, topic, search_id)
    asked, page, paths = Request(), None, ()
    start = given.get("from") or "newest"
    missing = NEEDS.get(start) if not search_id and not given.get(NEEDS.get(start, ""), "") else None
    is_scan = bool(search_id)
    try:
        if problem is None and missing is None:
            asked = request.parse({**given, "from": "newest"} if start == "live" else given)
            paths = _paths(asked)
            is_scan = is_scan or (start != "live" and (asked.is_filtered or asked.until == "follow") and "plain" not in request_.GET)
            if not is_scan and start != "live":
                page = look.records(principal, slug, topic, asked, cursor=request_.GET.get("cursor", ""))
    except Problem as found:
        if found.kind is Kind.DENIED:
            raise
        problem = found
    rows = [Line(slug, topic, row) for row in page.rows] if page else []
    context = {
        **_topic(request_, slug, topic, "messages"),
        "asked": asked,
        "given": given,
        "query": urlencode(given),
        "plain": urlencode({**given, "plain": "1"}),
        "starts": [{"value": value, "word": word, "query": urlencode(_elsewhere(given, value))} for value, word in STARTS],
        "start": start,
        "untils": UNTILS,
        "exports": EXPORTS,
        "places": PLACES,
        "key_forms": KEYS,
        "serdes": detect.names(),
        "groups": _groups(request_, slug, topic) if start == "group" else (),
        "options_set": sum(given.get(name, "") not in ("", USUAL.get(name)) for name in OPTIONS),
        "is_scan": is_scan and problem is None,
        "search_id": search_id if problem is None else "",
        "is_waiting": missing is not None and problem is None,
        "waiting": WAITING[missing] if missing else None,
        "page": page,
        "problem": problem,
        "caret": problem.caret if isinstance(problem, FilterError) else "",
        "paths": list(paths),
        "may_export": decisions.decide(principal, "message.export", slug, topic).is_allowed,
        "cursor": request_.GET.get("cursor", ""),
        "rows": rows,
        "rows_json": [shown(line.row) for line in rows],
        "line": rows[0] if rows else None,
        **(_acts(request_, slug, topic, rows[0].row.partition, rows[0].row.offset) if rows else {}),
        "totals": _totals(page) if page else {},
    }
    return render(request_, "pages/messages/messages.html", context, status=door.STATUS[problem.kind] if problem else 200)


@door.page("message.read", "topic")
@require_POST
def remember_serdes(request_: HttpRequest, slug: str, topic: str) -> JsonResponse:
    """Keep in which formats one reads this topic; both automatic: forget it."""
    principal: Any = request_.principal  # type: ignore[attr-defined]
    found = {name: request_.POST.get(name, "") for name in ("key_serde", "value_serde")}
    unknown = set(found.values()) - {"", *detect.names()}
    if unknown:
        raise Problem(Kind.INVALID, f"There is no format {sorted(unknown)[0]}.", "Choose one of the list.", "value_serde")
    held = {name: chosen for name, chosen in (own.read(principal, slug, SERDES) or {}).items() if name != topic}
    if any(found.values()):
        held = {**dict(list(held.items())[-REMEMBERED:]), topic: found}
    own.keep(principal, slug, SERDES, held)
    return JsonResponse(found)


@door.page("message.read", "topic")
def saved_filters(request_: HttpRequest, slug: str, topic: str) -> JsonResponse:
    """One's own filters of a topic, as JSON; POST saves or removes one and answers with the rest."""
    principal = request_.principal  # type: ignore[attr-defined]
    if request_.POST.get("do") == "save":
        saved.save(principal, slug, topic, request_.POST.get("name", ""), request_.POST.get("text", ""), request_.POST.get("mode", "text"))
    elif request_.POST.get("do") == "remove":
        saved.remove(principal, slug, topic, request_.POST.get("name", ""))
    found = [{"name": each.name, "text": each.text, "mode": each.mode} for each in saved.of(principal, slug, topic)]
    return JsonResponse({"filters": found})


@door.page("message.read", "topic")
@require_safe
def record(request_: HttpRequest, slug: str, topic: str, partition: int, offset: int) -> HttpResponse:
    page, line, problem = None, None, None
    try:
        page = look.records(request_.principal, slug, topic, request.one(partition, offset))  # type: ignore[attr-defined]
        line = next((Line(slug, topic, row) for row in page.rows if row.offset == offset), None)
        problem = None if line else _hole(page, partition, offset)
    except Problem as found:
        if found.kind is Kind.DENIED:
            raise
        problem = found if found.kind is not Kind.INVALID else Problem(Kind.ABSENT, found.what, found.hint)
    context = {
        **_topic(request_, slug, topic, "messages"),
        "line": line,
        "problem": problem,
        "partition": partition,
        "offset": offset,
        **_acts(request_, slug, topic, partition, offset),
        **_neighbours(page.marks.get(partition) if page else None, offset),
    }
    template = "pages/topic/record_pane.html" if "pane" in request_.GET else "pages/topic/record.html"
    return render(request_, template, context, status=door.STATUS[problem.kind] if problem else 200)


def _given(request_: HttpRequest, slug: str, topic: str, search_id: str) -> tuple[dict[str, str], Problem | None]:
    """Return what the form shows: the address's own words, or those a search was started with."""
    given = {name: value for name in KEPT if (value := request_.GET.get(name, "")) != ""}
    if not search_id:
        return {**_remembered(request_, slug, topic), **given}, None
    try:
        state = search.read(request_.principal, slug, search_id)  # type: ignore[attr-defined]
    except Problem as problem:
        return given, problem
    return {name: value for name, value in QueryDict(state.query).items() if name in KEPT}, None


def _remembered(request_: HttpRequest, slug: str, topic: str) -> dict[str, str]:
    """Return the formats somebody chose for this topic before, where the address names none."""
    chosen = (own.read(request_.principal, slug, SERDES) or {}).get(topic, {})  # type: ignore[attr-defined]
    return {name: chosen[name] for name in ("key_serde", "value_serde") if chosen.get(name) and name not in request_.GET}


def _elsewhere(given: dict[str, str], start: str) -> dict[str, str]:
    """Return the same question from another start: what belongs to the old one goes."""
    return {**{name: value for name, value in given.items() if name not in STARTLESS}, "from": start}


def _paths(asked: Request) -> tuple[str, ...]:
    """Return the fields a filter names; raises FilterError for one that cannot be understood."""
    if not asked.filter:
        return ()
    return filters.compile(asked.filter, mode=asked.mode, ignore_case=asked.is_case_ignored, parts=asked.parts).paths


def _acts(request_: HttpRequest, slug: str, topic: str, partition: int, offset: int) -> dict[str, Any]:
    """Return what can be done with a record: rights, and the same read by other tools."""
    row = request_.snapshot.row("topics", topic)  # type: ignore[attr-defined]
    principal = request_.principal  # type: ignore[attr-defined]
    servers = clusters.get(slug).bootstrap_servers
    address = request_.build_absolute_uri(f"/api/v1/clusters/{slug}/topics/{names.encode(topic)}/records/")
    return {
        "may_produce": decisions.decide(principal, "message.produce", slug, topic).is_allowed,
        "is_compacted": bool(row and "compact" in (row["cleanup_policy"] or "")),
        "kcat": f"kcat -b {servers} -t {shlex.quote(topic)} -C -p {partition} -o {offset} -c 1 -J",
        "curl": f"curl -H \"Authorization: Bearer $TOKEN\" '{address}?from=offset&offset={partition}:{offset}&limit=1'",
    }


def _groups(request_: HttpRequest, slug: str, topic: str) -> list[str]:
    found = {row["group"] for row in request_.snapshot.table("group_partitions").values() if row["topic"] == topic}  # type: ignore[attr-defined]
    return sorted(decisions.visible(request_.principal, "group.view", slug, found))  # type: ignore[attr-defined]


def _hole(page: Page, partition: int, offset: int) -> Problem:
    failed = next((account.what for account in page.accounting if account.state == "failed"), "")
    if failed or page.stopped:
        return Problem(
            Kind.TIMEOUT, f"Offset {offset:,} of partition {partition} could not be read: {failed or page.stopped}.", "Try again."
        )
    what = f"Partition {partition} holds no record at offset {offset:,}."
    return Problem(Kind.ABSENT, what, "It was compacted away, or a transaction's marker stands there.")


def _neighbours(bounds: tuple[int, int] | None, offset: int) -> dict[str, int | None]:
    """Return the offsets beside this one, as far as the partition goes; the record there may be a hole."""
    start, end = bounds or (offset, offset + 1)
    return {"previous": offset - 1 if offset > start else None, "next": offset + 1 if offset + 1 < end else None}


def _totals(page: Page) -> dict[str, Any]:
    low = [start for start, end in page.marks.values()]
    return {
        "records": page.records,
        "holes": sum(account.holes for account in page.accounting),
        "behind": sum(account.behind for account in page.accounting),
        "failed": [account for account in page.accounting if account.state == "failed"],
        "blocked": [account for account in page.accounting if account.state == "blocked"],
        "expired": [account for account in page.accounting if account.expired],
        "there": sum(end - start for start, end in page.marks.values()),
        "is_empty": bool(low) and all(start >= end for start, end in page.marks.values()),
    }


def _topic(request_: HttpRequest, slug: str, topic: str, tab: str) -> dict[str, Any]:
    snapshot = request_.snapshot  # type: ignore[attr-defined]
    return {"view": f"topic/{key(topic)}", "topic": topic, "tab": tab, "row": snapshot.row("topics", topic)}
