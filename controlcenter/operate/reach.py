"""Whether a cluster can be reached with what was typed: tried by a worker, since no page calls Kafka."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from controlcenter import access
from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import drafts
from controlcenter.operate.perform import ANSWER_S, hand_over, problem_from
from controlcenter.operate.work import as_parts


@dataclass(frozen=True, slots=True)
class Reached:
    """What answered: how many brokers, of which cluster id, and how many topics were visible."""

    brokers: int
    topics: int
    cluster_id: str


def try_out(principal: Principal, draft: Any) -> Reached:
    """Return what answers at a draft's addresses; raises Problem with the cause: refused, sign-in, TLS, no such host, no worker."""
    access.check(principal, "cluster.configure", None)
    reply = uuid4()
    answer = hand_over("controlcenter.jobs.fleet.try_out", reply, [str(reply), drafts.told(draft)], ANSWER_S)
    if answer is None:
        raise Problem(Kind.UNREACHABLE, "No worker tried the connection.", "Try again; if it stays so, see the log of the worker.")
    if answer["problem"]:
        raise problem_from(answer["problem"])
    return Reached(**answer["reached"])


def attempt(told: Mapping[str, str], connect: Callable[[Any], Any]) -> dict[str, Any]:
    """The worker's side: connect, read the cluster's metadata, close; return {"reached", "problem"}."""
    try:
        cluster = connect(drafts.connection(told))
        try:
            seen = cluster.metadata().result
        finally:
            cluster.close()
    except Problem as problem:
        return {"reached": None, "problem": as_parts(problem)}
    return {"reached": {"brokers": len(seen.brokers), "topics": len(seen.topics), "cluster_id": seen.cluster_id or ""}, "problem": None}
