"""Topics: list, one with its partitions, create, delete."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router, Status

from controlcenter.access import decisions
from controlcenter.api import lists, reading, shapes
from controlcenter.errors import Kind, Problem
from controlcenter.observe import filters
from controlcenter.operate import CreateTopic, DeleteTopic
from controlcenter.operate.perform import Request, perform, plan
from controlcenter.operate.preview import Action

router = Router(tags=["topics"])
SOURCES = ("metadata", "ends", "starts", "log_dirs", "commits")


@router.get("", response=shapes.List[shapes.Topic])
def list_topics(
    request: HttpRequest, slug: Path[str], filter: str = "", sort: str = "name", limit: int = 100, cursor: str = ""
) -> dict[str, Any]:
    snapshot = reading.of(request, "topic.view", slug)
    rows = snapshot.table("topics").values()
    seen = set(decisions.visible(request.principal, "topic.view", slug, [row["name"] for row in rows]))
    shown, total, more = lists.page(
        [row for row in rows if row["name"] in seen],
        fields=filters.TOPICS, name="name", text=filter, sort=sort, limit=limit, cursor=cursor,
    )  # fmt: skip
    as_of, complete = shapes.age(snapshot, *SOURCES)
    return {"as_of": as_of, "complete": complete, "total": total, "items": shown, "cursor": more}


@router.get("{name:topic}/", response=shapes.TopicWithPartitions)
def show_topic(request: HttpRequest, slug: Path[str], topic: str) -> dict[str, Any]:
    snapshot = reading.of(request, "topic.view", slug, topic)
    row = snapshot.row("topics", topic)
    if row is None:
        raise Problem(Kind.ABSENT, f"Topic {topic} does not exist.", "See the list of topics.")
    partitions = sorted((p for p in snapshot.table("partitions").values() if p["topic"] == topic), key=lambda p: p["partition"])
    as_of, complete = shapes.age(snapshot, *SOURCES)
    return {**row, "as_of": as_of, "complete": complete, "partitions": partitions}


@router.post("", response={200: shapes.Plan, 201: shapes.Outcome, 422: shapes.Refusal})
def create_topic(request: HttpRequest, slug: Path[str], spec: shapes.NewTopic, preview: bool = False) -> Status:
    placement = tuple(tuple(brokers) for brokers in spec.placement)
    action = CreateTopic(slug, spec.name, spec.partitions, spec.replication_factor, placement, spec.configs)
    reading.of(request, action.operation, slug, spec.name)
    if preview:
        return Status(200, shapes.plan(plan(action)))
    return Status(
        201, _perform(action, Request(request.principal, "api", plan_hash=spec.plan_hash, address=request.META.get("REMOTE_ADDR", "")))
    )


@router.delete("{name:topic}/", response={200: shapes.Plan | shapes.Outcome, 422: shapes.Refusal})
def delete_topic(request: HttpRequest, slug: Path[str], topic: str, given: shapes.Confirmation, preview: bool = False) -> Status:
    action = DeleteTopic(slug, topic)
    reading.of(request, action.operation, slug, topic)
    if preview:
        return Status(200, shapes.plan(plan(action)))
    wish = Request(request.principal, "api", given.plan_hash, given.confirm, given.reason, request.META.get("REMOTE_ADDR", ""))
    return Status(200, _perform(action, wish))


def _perform(action: Action, wish: Request) -> dict[str, Any]:
    result = perform(action, wish)
    if result.problem:
        raise result.problem
    return {"outcome": result.outcome, "text": result.text, "audit_id": result.audit_id}
