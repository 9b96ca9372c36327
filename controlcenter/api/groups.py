"""Groups: list, and one with what it has committed."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router

from controlcenter.access import decisions
from controlcenter.api import lists, reading, shapes
from controlcenter.errors import Kind, Problem
from controlcenter.observe import filters

router = Router(tags=["groups"])
SOURCES = ("groups", "described", "commits", "ends")


@router.get("", response=shapes.List[shapes.Group])
def list_groups(
    request: HttpRequest, slug: Path[str], filter: str = "", sort: str = "group", limit: int = 100, cursor: str = ""
) -> dict[str, Any]:
    snapshot = reading.of(request, "group.view", slug)
    rows = snapshot.table("groups").values()
    seen = set(decisions.visible(request.principal, "group.view", slug, [row["group"] for row in rows]))
    shown, total, more = lists.page(
        [row for row in rows if row["group"] in seen],
        fields=filters.GROUPS, name="group", text=filter, sort=sort, limit=limit, cursor=cursor,
    )  # fmt: skip
    as_of, complete = shapes.age(snapshot, *SOURCES)
    return {"as_of": as_of, "complete": complete, "total": total, "items": shown, "cursor": more}


@router.get("{name:group}/", response=shapes.GroupWithPartitions)
def show_group(request: HttpRequest, slug: Path[str], group: str) -> dict[str, Any]:
    snapshot = reading.of(request, "group.view", slug, group)
    row = snapshot.row("groups", group)
    if row is None:
        raise Problem(Kind.ABSENT, f"Group {group} does not exist.", "See the list of groups.")
    mine = [p for p in snapshot.table("group_partitions").values() if p["group"] == group]
    seen = set(decisions.visible(request.principal, "topic.view", slug, sorted({p["topic"] for p in mine})))
    partitions = sorted((p for p in mine if p["topic"] in seen), key=lambda p: (p["topic"], p["partition"]))
    as_of, complete = shapes.age(snapshot, *SOURCES)
    return {**row, "as_of": as_of, "complete": complete, "partitions": partitions}
