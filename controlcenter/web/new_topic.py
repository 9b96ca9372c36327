"""The form that creates a topic: parse what was typed, preview it, check it with the broker, perform it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from controlcenter.access import decisions
from controlcenter.errors import Kind, Problem
from controlcenter.observe import store
from controlcenter.observe.snapshot import Row, Snapshot
from controlcenter.operate import CreateTopic
from controlcenter.operate.perform import Faulty, Request, check, perform, plan
from controlcenter.operate.topics import live_brokers
from controlcenter.web import door, projection

SEEN_S = 8.0
CONFIGS = ("min.insync.replicas", "cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes", "compression.type",
           "message.timestamp.type", "min.cleanable.dirty.ratio", "delete.retention.ms", "max.compaction.lag.ms")  # fmt: skip
KEEP = (
    ("", "The broker's default"),
    ("3600000", "1 hour"),
    ("86400000", "1 day"),
    ("604800000", "7 days"),
    ("2592000000", "30 days"),
    ("-1", "Forever"),
)
CLEANUPS = (("delete", "Delete"), ("compact", "Compact"), ("compact,delete", "Compact, then delete"))
CLOCKS = ("CreateTime", "LogAppendTime")
CODECS = ("", "producer", "zstd", "lz4", "snappy", "gzip", "uncompressed")

# name, what it is for, the fields it sets
TEMPLATES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("event-log", "Event log", {"cleanup.policy": "delete", "retention.ms": "604800000"}),
    ("table", "Compacted table", {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.5"}),
    ("dead-letters", "Dead letters", {"partitions": "1", "cleanup.policy": "delete", "retention.ms": "2592000000"}),
    ("maximum", "Maximum safety", {"replication_factor": "3", "min.insync.replicas": "2"}),
    ("moderate", "Moderate safety", {"replication_factor": "2", "min.insync.replicas": "1"}),
    ("low", "Low safety", {"replication_factor": "1", "min.insync.replicas": "1"}),
)


@dataclass(slots=True)
class Form:
    """What stands in the fields, and what is wrong with it: a list of Problems per field, "" for the whole form."""

    values: dict[str, str]
    faults: dict[str, list[Problem]] = field(default_factory=dict)

    def blame(self, problem: Problem) -> None:
        place = problem.field if problem.field in self.values else ""
        self.faults.setdefault(place, []).append(problem)


@door.page("topic.create", any_name=True)
def new_topic(request: HttpRequest, slug: str) -> HttpResponse:
    if request.method != "POST":
        return _show(request, Form(_start(request, request.GET)))
    form = Form({**_start(request, {}), **{name: value.strip() for name, value in request.POST.items()}})
    action = _action(form, slug)
    if form.faults or action is None:
        return _show(request, form, status=422)
    wish = Request(request.principal, "page", plan_hash=request.POST.get("plan_hash", ""), address=door.address_of(request))
    return _answer(request, form, action, wish)


def _answer(request: HttpRequest, form: Form, action: CreateTopic, wish: Request) -> HttpResponse:
    try:
        if form.values.get("do") == "check":
            check(action, wish)
            return _show(request, form, action, checked=True)
        if form.values.get("do") == "preview":
            return _previewed(request, form, action)
        result = perform(action, wish)
    except Faulty as faulty:
        for fault in faulty.faults:
            form.blame(fault)
        return _show(request, form, status=422)
    except Problem as problem:
        form.blame(problem)
        return _show(request, form, status=door.STATUS[problem.kind])
    if result.problem:
        form.blame(result.problem)
        return _show(request, form, status=door.STATUS[result.problem.kind])
    messages.success(request, result.text)
    if _is_seen(request.cluster.slug, action.name):
        return redirect("topic", request.cluster.slug, action.name)
    return redirect("topics", request.cluster.slug)


def _is_seen(slug: str, name: str) -> bool:
    """Wait until a poll has seen the new topic: Kafka's success means accepted, and its page would not know it yet."""
    start = asked_at = monotonic()
    while monotonic() < start + SEEN_S:
        snapshot = store.default().read(slug)
        if snapshot is not None and snapshot.row("topics", name):
            return True
        if monotonic() > asked_at + 1:  # the broker asked last may not have heard of it yet
            store.default().refresh(slug)
            asked_at = monotonic()
        sleep(0.1)
    return False


def _previewed(request: HttpRequest, form: Form, action: CreateTopic) -> HttpResponse:
    seen = plan(action)
    for fault in seen.faults:
        form.blame(fault)
    return _show(request, form, action, status=422 if seen.faults else 200, preview=None if seen.faults else seen)


def _show(request: HttpRequest, form: Form, action: CreateTopic | None = None, *, status: int = 200, **extra: Any) -> HttpResponse:
    racks = {row["rack"] for row in request.snapshot.table("brokers").values() if row["rack"]}
    context = {
        "view": "topics",
        "form": form,
        "values": form.values,
        "faults": form.faults,
        "templates": TEMPLATES,
        "keep": _keep(form.values["retention.ms"]),
        "cleanups": CLEANUPS,
        "clocks": CLOCKS,
        "codecs": CODECS,
        "brokers": len(live_brokers(request.snapshot)),
        "racks": len(racks),
        "action": action,
        "projection": projection.project(form.values, _free_bytes(request.snapshot)),
        **extra,
    }
    return render(request, "pages/new_topic/form.html", context, status=status)


def _keep(ms: str) -> tuple[tuple[str, str], ...]:
    """Return the choices of how long to keep records, with the present one among them."""
    return KEEP if ms in dict(KEEP) else (*KEEP, (ms, f"{ms} ms"))


def _free_bytes(snapshot: Snapshot) -> int | None:
    return snapshot.cluster()["disk_usable_bytes"]  # type: ignore[no-any-return]


def _start(request: HttpRequest, query: Mapping[str, str]) -> dict[str, str]:
    """Return the fields as the form opens: defaults, then a template or a copy of a topic that may be seen, by the query."""
    snapshot: Snapshot = request.snapshot
    live = len(live_brokers(snapshot))
    copies = min(3, live) if live else 3
    values = dict.fromkeys(("name", "placement", "others", "expected_kib_per_s", *CONFIGS), "")
    values |= {
        "partitions": "3",
        "replication_factor": str(copies),
        "min.insync.replicas": str(max(1, copies - 1)),
        "cleanup.policy": "delete",
    }
    values |= next((fields for name, _, fields in TEMPLATES if name == query.get("template")), {})
    source = _source(request, query.get("from", ""))
    if source:
        values |= {"partitions": str(source["partitions"]), "replication_factor": str(source["replication_factor"] or copies)}
        values |= {name: str(source[column]) for name, column in COPIED.items() if source[column] is not None}
        rate = projection.rate_of(source)
        values |= {"expected_kib_per_s": f"{rate / 1024:.2f}"} if rate is not None else {}
    return values | ({"name": query["name"]} if query.get("name") else {})


def _source(request: HttpRequest, name: str) -> Row | None:
    """Return the topic to copy from; one that may not be seen is not there."""
    seen = decisions.visible(request.principal, "topic.view", request.cluster.slug, [name])
    return request.snapshot.row("topics", name) if seen else None


COPIED = {
    "min.insync.replicas": "min_insync_replicas", "cleanup.policy": "cleanup_policy", "retention.ms": "retention_ms",
    "retention.bytes": "retention_bytes", "max.message.bytes": "max_message_bytes", "message.timestamp.type": "timestamp_type",
}  # fmt: skip


def _action(form: Form, slug: str) -> CreateTopic | None:
    values = form.values
    partitions, copies = _whole(form, "partitions"), _whole(form, "replication_factor")
    placement = _placement(form)
    configs = {name: values[name] for name in CONFIGS if values.get(name)} | _others(form)
    if placement:
        partitions, copies = len(placement), None
    return None if form.faults else CreateTopic(slug, values["name"], partitions, copies, placement, configs)


def _whole(form: Form, name: str) -> int | None:
    text = form.values.get(name, "")
    if not text:
        return None
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdecimal():
        form.blame(Problem(Kind.INVALID, f"“{text}” is not a whole number.", "Use digits only.", name))
        return None
    return int(text)


def _placement(form: Form) -> tuple[tuple[int, ...], ...]:
    text = form.values.get("placement", "")
    try:
        return tuple(tuple(int(broker) for broker in line.replace(",", " ").split()) for line in text.splitlines() if line.strip())
    except ValueError:
        form.blame(
            Problem(
                Kind.INVALID, "The placement holds something that is no broker id.", "Write one line a partition: 1, 2, 3.", "placement"
            )
        )
        return ()


def _others(form: Form) -> dict[str, str]:
    configs = {}
    for line in form.values.get("others", "").splitlines():
        name, sign, value = line.partition("=")
        if line.strip() and (not sign or not name.strip()):
            form.blame(Problem(Kind.INVALID, f"“{line.strip()}” is not a setting.", "Write one a line: name=value.", "others"))
        elif sign:
            configs[name.strip()] = value.strip()
    return configs
