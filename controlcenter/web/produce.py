"""The form that writes records: one by hand, a copy of another, or the rows of a file.

Nothing typed is lost: every answer shows the form again as it was. Bytes are made in a child (`browse.encoding`), since a
schema is somebody else's text.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.browse import encoding
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.kafka.model import CODECS
from controlcenter.observe import store
from controlcenter.observe.snapshot import key
from controlcenter.operate import ProduceRecords, parcels, records
from controlcenter.operate.perform import Faulty, Request, Result, perform, plan
from controlcenter.web import door, producing, uploads

NOTHING_YET = {"state": "waiting", "sent": 0, "ok": 0, "failed": 0, "unknown": 0, "results": []}


@door.page("message.produce", "topic")
def produce(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    if request.method != "POST":
        return _show(request, slug, topic, producing.opened(request, slug, topic))
    form = producing.typed(request)
    try:
        if request.POST.get("do") == "file":
            return _file(request, slug, topic, form)
        make = producing.of_parcel if request.POST.get("parcel") else producing.of_form
        return _answer(request, form, make(request, slug, topic, form))
    except Faulty as faulty:
        for fault in faulty.faults:
            form.blame(fault)
        return _show(request, slug, topic, form, status=422)
    except Problem as problem:
        form.blame(problem)
        return _show(request, slug, topic, form, status=door.STATUS[problem.kind])


@door.page("message.produce", "topic")
def run(request: HttpRequest, slug: str, topic: str, parcel: str) -> HttpResponse:
    """How far one's own writing is, as JSON; POST stops it."""
    redis = store.default().redis
    if parcels.owner(redis, parcel) != str(request.principal.id):
        raise Problem(Kind.ABSENT, "There is no such run.", "Results are kept for a day.")
    if request.method == "POST":
        parcels.stop(redis, parcel)
    return JsonResponse(parcels.progress(redis, parcel) or NOTHING_YET)


@door.page("message.produce", "topic")
@require_safe
def sample(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """A document that fits a schema, to begin with."""
    registry = clusters.registry(clusters.get(slug))
    if registry is None:
        raise Problem(Kind.ABSENT, "This cluster has no schema registry.", "Set one for the cluster.")
    version = producing.version_of(request.GET.get("version", ""), "version")
    return JsonResponse({"text": encoding.sample(registry, request.GET.get("subject", ""), version, request.principal.id)})


def _answer(request: HttpRequest, form: producing.Form, action: ProduceRecords) -> HttpResponse:
    slug, topic = action.cluster, action.name
    if request.POST.get("do") == "preview":
        seen = plan(action)
        for fault in seen.faults:
            form.blame(fault)
        return _show(request, slug, topic, form, status=422 if seen.faults else 200, preview=seen, action=action)
    wish = Request(
        request.principal, "page", plan_hash=request.POST.get("plan_hash", ""), typed_name=form.values["typed_name"],
        address=door.address_of(request),
    )  # fmt: skip
    try:
        result = perform(action, wish)
    except Faulty as faulty:
        for fault in faulty.faults:
            form.blame(fault)
        return _show(request, slug, topic, form, status=422, preview=plan(action), action=action)
    if result.problem:
        form.blame(result.problem)
    return _show(request, slug, topic, form, status=door.STATUS[result.problem.kind] if result.problem else 200, result=result, ran=action)


def _file(request: HttpRequest, slug: str, topic: str, form: producing.Form) -> HttpResponse:
    """Read a file, and show what would be sent; bad rows are listed and nothing can be sent until they are accepted."""
    given = request.FILES.get("file")
    if given is None:
        raise Problem(Kind.INVALID, "No file was chosen.", "Choose one.", "file")
    if given.size > uploads.LARGEST_BYTES:
        raise Problem(
            Kind.INVALID, f"{given.name} has {given.size:,} bytes; a file may have {uploads.LARGEST_BYTES:,}.", "Split it.", "file"
        )
    read = producing.of_file(form)
    documents = frozenset(part for part in ("key", "value") if read.values[f"{part}_form"] == "json")
    parsed = uploads.parse(given.read(), read.values["file_form"], read.values["separator"], documents)
    messages, faults = producing.messages_of(request, slug, topic, read, parsed)
    if not messages:
        form.blame(Problem(Kind.INVALID, "No line of the file can be sent.", "See what is wrong below.", "file"))
        return _show(request, slug, topic, form, status=422, faulty=faults)
    form = read  # from here on, what the file's fields say is what is sent
    action = producing.packed(
        request, slug, topic, messages, form, {"count": 1, "rate": producing.whole(form, "rate"), "seconds": records.MOST_SECONDS}
    )
    return _show(
        request,
        slug,
        topic,
        form,
        preview=plan(action),
        action=action,
        faulty=faults,
        first=producing.first_rows(parsed),
        file_name=given.name,
    )


def _show(request: HttpRequest, slug: str, topic: str, form: producing.Form, *, status: int = 200, **extra: Any) -> HttpResponse:
    row = request.snapshot.row("topics", topic)
    result: Result | None = extra.get("result")
    has_registry = clusters.registry(clusters.get(slug)) is not None
    context = {
        "view": f"topic/{key(topic)}",
        "tab": "produce",
        "topic": topic,
        "row": row,
        "form": form,
        "values": form.values,
        "headers": [*form.headers, *[("", "text", "")] * producing.SPARE_HEADERS],
        "faults": form.faults,
        "forms": [pair for pair in producing.FORMS if has_registry or pair[0] not in producing.BY_SCHEMA],
        "by_schema": producing.BY_SCHEMA,
        "header_forms": producing.HEADER_FORMS,
        "file_forms": producing.FILE_FORMS,
        "codecs": CODECS,
        "limit": row["max_message_bytes"] if row else None,
        "is_compacted": bool(row and "compact" in (row["cleanup_policy"] or "")),
        "may_read": decisions.decide(request.principal, "message.read", slug, topic).is_allowed,
        "progress": result.details if result else None,
        **extra,
    }
    return render(request, "pages/produce/form.html", context, status=status)
