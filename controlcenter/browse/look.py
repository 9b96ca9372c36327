"""Reading messages with right and trail: what doors call. The right is asked, the cluster found, the ranges noted."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import criterion, session
from controlcenter.browse import cursor as cursors
from controlcenter.browse.page import Account, Page, Place
from controlcenter.browse.request import Request
from controlcenter.errors import Problem
from controlcenter.fleet import clusters
from controlcenter.kafka.model import Connection
from controlcenter.schemas.model import Connection as Registry

OPERATION = "message.read"


def records(principal: Any, slug: str, topic: str, request: Request, *, cursor: str = "", via: str = "page") -> Page:
    """Return one page of records; raises Problem, and leaves a trail of what was read either way.

    cursor  of the page, "" for the first one
    """
    connection, registry = may(principal, slug, topic, request)
    at = cursors.read(cursor, slug, topic, principal.id, request) if cursor else None
    try:
        page = session.read(connection, topic, request, principal.id, registry=registry, place=at)
    except Problem as problem:
        note(principal, slug, topic, request, via, error=str(problem))
        raise
    note(principal, slug, topic, request, via, page.accounting, len(page.rows))
    return replace(
        page,
        next=written(page.after, principal, slug, topic, request),
        previous=written(page.before, principal, slug, topic, request),
    )


def may(principal: Any, slug: str, topic: str, request: Request) -> tuple[Connection, Registry | None]:
    """Return the way to the cluster and its registry for whoever may read this; raises Problem for who may not, and for a bad filter."""
    access.check(principal, OPERATION, slug, topic)
    if request.group:
        access.check(principal, "group.view", slug, request.group)
    criterion.compiled(request)
    cluster = clusters.get(slug)
    return clusters.connection(cluster), clusters.registry(cluster)


def written(place: Place | None, principal: Any, slug: str, topic: str, request: Request) -> str:
    """Return a place as the cursor of its reader, "" for none."""
    return "" if place is None else cursors.write(place, slug, topic, principal.id, request)


def note(
    principal: Any,
    slug: str,
    topic: str,
    request: Request,
    via: str,
    accounting: Iterable[Account] = (),
    count: int = 0,
    *,
    error: str = "",
) -> None:
    """Write which ranges somebody read."""
    told = {"from": request.start, "limit": request.n, "partitions": spans(accounting), "count": count}
    audit.record(principal, OPERATION, slug, topic, outcome="error" if error else "ok", args=told, via=via, error=error)


def spans(accounting: Iterable[Account]) -> list[str]:
    """Return what was read as the trail holds it: `partition:low-high`, half-open, partition by partition."""
    return [f"{account.partition}:{account.low}-{account.high}" for account in accounting if account.high > account.low][:1000]
