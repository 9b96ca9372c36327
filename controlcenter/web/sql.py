"""The pages of SQL: editor, streams, tables, queries, functions, history, one result, and a stream made from a topic."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from controlcenter.access import decisions
from controlcenter.browse import look
from controlcenter.browse import request as asked
from controlcenter.errors import Kind, Problem
from controlcenter.query import catalog, editing, host, limits, persistent, push, rights, sheets, shown, wizard
from controlcenter.query.wizard import Sample
from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.functions.registry import text as signature_text
from controlcenter.web import door

SAMPLES = 50
LIMITS = (("rows", "rows", limits.ROWS_KEPT), ("seconds", "seconds", limits.PUSH_S), ("bytes", "MiB read", limits.PUSH_BYTES >> 20))
EXAMPLE = "-- Ask a topic. Ctrl-Enter runs the statement under the cursor.\nSHOW TOPICS;\n"


@door.page("query.run")
@require_safe
def sql(request: HttpRequest, slug: str) -> HttpResponse:
    host.wake()
    known = _known(request, slug)
    own = sheets.of(request.principal, slug)
    text = request.GET.get("text")
    chosen = next((sheet for sheet in own if str(sheet["id"]) == request.GET.get("sheet")), own[0])
    if text is not None:
        chosen = next((sheet for sheet in own if not sheet["text"].strip()), None) or sheets.keep(request.principal, slug, None, "", text)
        chosen["text"] = text
        own = own if chosen in own else [*own, chosen]
    context = {
        **_frame(request, slug, known, "sql"),
        "sheets": own,
        "sheet": chosen,
        "text": chosen["text"] or EXAMPLE,
        "loose": _loose(request, slug, known),
        "running": editing.queries(request.principal, slug),
        "saved": sheets.saved(request.principal, slug),
        "words": editing.words(),
        "limits": LIMITS,
        "seen_groups": _groups(request, slug),
        "may_persist": decisions.could(request.principal, rights.PERSIST, slug),
    }
    return render(request, "pages/sql/editor.html", context)


@door.page("query.run")
@require_safe
def sources(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The streams, or the tables."""
    known = _known(request, slug)
    found = [shown.described(s, slug, known)["source"] for s in known.sources.values() if s.kind == kind[:-1].upper()]
    return render(request, "pages/sql/sources.html", {**_frame(request, slug, known, f"sql-{kind}"), "kind": kind, "sources": found})


@door.page("query.view")
@require_safe
def queries(request: HttpRequest, slug: str) -> HttpResponse:
    known = _known(request, slug)
    context = {
        **_frame(request, slug, known, "sql-queries"),
        "queries": editing.queries(request.principal, slug),
        "guarantee": persistent.GUARANTEE,
    }
    return render(request, "pages/sql/queries.html", context)


@door.page("query.run")
@require_safe
def functions(request: HttpRequest, slug: str) -> HttpResponse:
    text = request.GET.get("filter", "").strip().upper()
    found = [f for f in BUILTIN.all() if text in f.name.upper() or text in f.description.upper() or text in f.category.upper()]
    listed = [
        {"name": f.name.upper(), "kind": type(f).__name__.lower(), "category": f.category, "description": f.description,
         "signatures": [signature_text(f.name, signature) for signature in f.signatures]}
        for f in found
    ]  # fmt: skip
    context = {
        **_frame(request, slug, _known(request, slug), "sql-functions"),
        "functions": listed,
        "filter": request.GET.get("filter", ""),
    }
    return render(request, "pages/sql/functions.html", context)


@door.page("query.run")
@require_safe
def history(request: HttpRequest, slug: str) -> HttpResponse:
    context = {**_frame(request, slug, _known(request, slug), "sql-history"), "history": sheets.history(request.principal, slug)}
    return render(request, "pages/sql/history.html", context)


@door.page("query.run")
@require_safe
def result(request: HttpRequest, slug: str, query: str) -> HttpResponse:
    """A result at its own address, for a day."""
    about = push.about(request.principal, slug, query)
    at = datetime.fromtimestamp(about["started_ms"] / 1000, UTC)
    return render(
        request, "pages/sql/result.html", {**_frame(request, slug, _known(request, slug), "sql"), "about": about, "query": query, "at": at}
    )


@door.page("message.read", "topic")
@require_safe
def from_topic(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """The statement that makes a stream of a topic, from its newest records; the editor opens with it."""
    samples = _samples(request, slug, topic)
    found = wizard.infer(topic, samples)
    rows = [{"key": sample.key[:120], "value": sample.value[:400]} for sample in samples[:8]]
    context = {**_frame(request, slug, _known(request, slug), "sql"), **found, "topic": topic, "samples": rows, "seen": len(samples)}
    return render(request, "pages/sql/wizard.html", context)


@door.page("message.read", "topic")
@require_safe
def columns_of_topic(request: HttpRequest, slug: str, topic: str) -> JsonResponse:
    """What columns a topic without a stream would have, and how many of its newest records tell so."""
    samples = _samples(request, slug, topic)
    found = wizard.infer(topic, samples)
    told = [{"name": column["name"], "type": column["type"]} for column in found["columns"]] if samples else []
    return JsonResponse({"columns": told, "records": len(samples), "notes": found["notes"]})


def _samples(request: HttpRequest, slug: str, topic: str) -> list[Sample]:
    page = look.records(request.principal, slug, topic, asked.parse({"from": "newest", "n": str(SAMPLES)}))
    return [
        Sample(row.key.format, row.key.text, row.value.format, row.value.text)
        for row in page.rows
        if row.key is not None and row.value is not None
    ]


@door.page("query.run")
@require_POST
def keep_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Write, open or close a tab: do=keep|new|close."""
    given, number = request.POST, request.POST.get("id", "")
    if given.get("do") == "close":
        sheets.close(request.principal, slug, int(number) if number.isdecimal() else 0)
        return JsonResponse({"closed": True})
    which = int(number) if number.isdecimal() and given.get("do") == "keep" else None
    return JsonResponse(sheets.keep(request.principal, slug, which, given.get("title", ""), given.get("text", "")))


@door.page("query.run")
@require_POST
def keep_query(request: HttpRequest, slug: str) -> HttpResponse:
    """Save a text under a name, or remove it: do=save|remove."""
    given = request.POST
    if given.get("do") == "remove":
        sheets.forget(request.principal, slug, given.get("name", ""))
    elif given.get("do") == "save":
        sheets.save(request.principal, slug, given.get("name", ""), given.get("description", ""), given.get("text", ""))
    else:
        raise Problem(Kind.INVALID, "This request cannot be right.", "Send do=save or do=remove.")
    return JsonResponse({"saved": sheets.saved(request.principal, slug)})


def _known(request: HttpRequest, slug: str) -> Any:
    return rights.visible(request.principal, slug, catalog.read(slug))


def _frame(request: HttpRequest, slug: str, known: Any, tab: str) -> dict[str, Any]:
    streams = [source for source in known.sources.values() if source.kind == "STREAM"]
    tables = [source for source in known.sources.values() if source.kind == "TABLE"]
    tabs = (
        ("sql", "Editor", None), ("sql-streams", "Streams", len(streams)), ("sql-tables", "Tables", len(tables)),
        ("sql-queries", "Queries", len(known.queries)), ("sql-functions", "Functions", None), ("sql-history", "History", None),
    )  # fmt: skip
    groups = (("Streams", streams, "waves"), ("Tables", tables, "table-2"))
    return {"view": "sql", "tab": tab, "tabs": tabs, "groups": groups}


def _loose(request: HttpRequest, slug: str, known: Any) -> list[str]:
    """Return the topics somebody may read that no stream or table reads yet."""
    taken = {source.topic for source in known.sources.values()}
    rows = [row["name"] for row in request.snapshot.table("topics").values() if not row["is_internal"] and row["name"] not in taken]
    return sorted(decisions.visible(request.principal, rights.READ, slug, rows))[:200]


def _groups(request: HttpRequest, slug: str) -> list[str]:
    """Return the groups somebody may see, to start where one stands."""
    return sorted(
        decisions.visible(request.principal, "group.view", slug, [row["group"] for row in request.snapshot.table("groups").values()])
    )[:200]
