"""Reading messages with right and trail: what doors call. The right is asked, the cluster found, the ranges noted."""

from typing import Any

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import session
from controlcenter.browse.request import Request
from controlcenter.browse.session import Page
from controlcenter.errors import Problem
from controlcenter.fleet import clusters

OPERATION = "message.read"


def records(principal: Any, slug: str, topic: str, request: Request, *, via: str = "page") -> Page:
    """Return one page of records; raises Problem, and leaves a trail of what was read either way."""
    access.check(principal, OPERATION, slug, topic)
    cluster = clusters.get(slug)
    try:
        page = session.read(clusters.connection(cluster), topic, request, principal.id, registry=clusters.registry(cluster))
    except Problem as problem:
        note(principal, slug, topic, request, via, error=str(problem))
        raise
    note(principal, slug, topic, request, via, page)
    return page


def note(principal: Any, slug: str, topic: str, request: Request, via: str, page: Page | None = None, *, error: str = "") -> None:
    """Write which ranges somebody read."""
    told = {
        "from": request.start,
        "limit": request.n,
        "partitions": spans(page) if page else [],
        "count": len(page.rows) if page else 0,
    }
    audit.record(principal, OPERATION, slug, topic, outcome="error" if error else "ok", args=told, via=via, error=error)


def spans(page: Page) -> list[str]:
    """Return what was read as the trail holds it: `partition:low-high`, half-open, partition by partition."""
    return [f"{account.partition}:{account.low}-{account.high}" for account in page.accounting if account.high > account.low][:1000]
