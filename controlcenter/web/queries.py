"""The doors of the SQL page that answer in JSON: run, check, complete, cost, sheets, saved queries, persistent queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Message
from controlcenter.observe import store
from controlcenter.operate import CreateTopic, DeleteTopic, ProduceRecords, parcels, records
from controlcenter.operate.perform import Request, perform
from controlcenter.operate.preview import Action
from controlcenter.query import acts, asked, editing, host, persistent, push, statements
from controlcenter.query.scripts import Wish
from controlcenter.web import door

BODY_BYTES = 3 << 20


@dataclass(frozen=True, slots=True)
class Hands:
    """What statements change outside the query package: through the one door to changes."""

    request: HttpRequest
    slug: str

    def create_topic(self, topic: str, partitions: int | None, replicas: int | None, configs: Mapping[str, str]) -> None:
        self._perform(CreateTopic(self.slug, topic, partitions, replicas, (), dict(configs)))

    def delete_topic(self, topic: str) -> None:
        self._perform(DeleteTopic(self.slug, topic), typed_name=topic, reason="DROP … DELETE TOPIC")

    def write(self, topic: str, key: bytes | None, value: bytes | None, timestamp_ms: int) -> None:
        message = Message(key, value, (), None, timestamp_ms)
        parcel, digest = parcels.put(store.default().redis, str(self.request.principal.id), [message])
        self._perform(ProduceRecords(self.slug, topic, parcel, digest, **records.describe([message])))

    def _perform(self, action: Action, **confirmed: str) -> None:
        result = perform(action, Request(self.request.principal, "sql", address=door.address_of(self.request), **confirmed))
        if result.problem:
            raise result.problem
        failed = next((row for row in result.details.get("results", ()) if row["error"]), None)
        if failed:
            raise Problem(Kind.BROKEN, failed["error"], failed["hint"])


@door.page("query.run")
@require_POST
def run(request: HttpRequest, slug: str) -> HttpResponse:
    """Run a script; answer with one answer a statement."""
    given = _body(request)
    host.wake()
    wish = Wish(
        request.principal, slug, str(given.get("text") or ""), asked.start(given.get("start")), _texts(given.get("properties")),
        _texts(given.get("variables")), limits=asked.most(given.get("limits")),
    )  # fmt: skip
    done = statements.run(wish, Hands(request, slug))
    return JsonResponse({"answers": [answer.as_json() for answer in done]})


@door.page("query.run")
@require_POST
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """What is wrong with a text, where; nothing runs."""
    given = _body(request)
    wish = Wish(
        request.principal,
        slug,
        str(given.get("text") or ""),
        properties=_texts(given.get("properties")),
        variables=_texts(given.get("variables")),
    )
    return JsonResponse({"faults": editing.faults(wish), "cost": editing.cost(wish, asked.start(given.get("start")))})


@door.page("query.run")
@require_POST
def complete(request: HttpRequest, slug: str) -> HttpResponse:
    """What may stand at the cursor."""
    given = _body(request)
    at = given.get("at")
    wish = Wish(request.principal, slug, str(given.get("text") or ""))
    return JsonResponse(editing.completions(wish, at if isinstance(at, int) else len(wish.text)))


@door.page("query.run")
@require_POST
def tidy(request: HttpRequest, slug: str) -> HttpResponse:
    """The script as the formatter prints it."""
    return JsonResponse({"text": editing.tidied(str(_body(request).get("text") or ""))})


@door.page("query.view")
def persistent_queries(request: HttpRequest, slug: str) -> HttpResponse:
    """The persistent queries somebody may know of.

    POST {id, action} pauses, resumes or terminates one, or lets it skip the record it cannot pass.
    """
    if request.method == "POST":
        given = _body(request)
        action = str(given.get("action") or "")
        if action not in ("PAUSE", "RESUME", "SKIP", "TERMINATE"):
            raise Problem(Kind.INVALID, f"There is no action {action}.", "Use PAUSE, RESUME, SKIP or TERMINATE.")
        acts.act_on(request.principal, slug, str(given.get("id") or ""), action)
    return JsonResponse({"queries": editing.queries(request.principal, slug), "guarantee": persistent.GUARANTEE})


@door.page("query.run")
@require_safe
def result(request: HttpRequest, slug: str, query: str) -> HttpResponse:
    """A result as it is kept: what it was, how it stands, its rows."""
    about = push.about(request.principal, slug, query)
    rows = [row for frame in push.frames(query) for row in frame["rows"]]
    return JsonResponse({**about, "owner": None, "running": None, **push.state(query), "rows": rows})


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > BODY_BYTES:
        raise Problem(Kind.INVALID, f"The request has {len(request.body):,} bytes; {BODY_BYTES:,} is the most.", "Send less at once.")
    try:
        found = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Problem(Kind.INVALID, "The request is no JSON object.", 'Send {"text": …}.')
    return found


def _texts(given: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
