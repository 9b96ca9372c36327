"""The questions doors and verbs ask. A principal carries its compiled policy: nothing here waits for a database."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from controlcenter.access import policy
from controlcenter.access.operations import BY_NAME
from controlcenter.access.policy import ALLOW, DENY, Decision
from controlcenter.errors import Kind, Problem

if TYPE_CHECKING:  # principals import our models, which Django must load first
    from controlcenter.access.principals import Principal


def decide(principal: "Principal", operation: str, cluster: str | None, name: str = "", now: datetime | None = None) -> Decision:
    """Return what the principal may do with one object: allow, request or deny, by which grants, and why."""
    if not principal.is_active:
        return Decision(DENY, (), "account is disabled or unknown")
    at = now or datetime.now(UTC)
    decisions = [policy.decide(each, operation, cluster, name, at) for each in principal.policies]
    weakest = Decision(ALLOW)
    for decision in decisions:
        weakest = policy.weaker(decision, weakest)
    return weakest if decisions else Decision(DENY, (), "no grant")


def visible(principal: "Principal", operation: str, cluster: str | None, names: Iterable[str], now: datetime | None = None) -> list[str]:
    """Return the names the principal may do this with, in their order."""
    if not principal.is_active or not principal.policies:
        return []
    kept = list(names)
    for each in principal.policies:
        kept = policy.visible(each, operation, cluster, kept, now or datetime.now(UTC))
    return kept


def could(principal: "Principal", operation: str, cluster: str | None, now: datetime | None = None) -> bool:
    """Return whether there may be a name the principal can do this with: should the list or the form be offered?"""
    at = now or datetime.now(UTC)
    return (
        principal.is_active and bool(principal.policies) and all(policy.could(each, operation, cluster, at) for each in principal.policies)
    )


def check(principal: "Principal", operation: str, cluster: str | None, name: str = "", *, any_name: bool = False) -> Decision:
    """Return the decision that allows it; raises Problem.

    any_name  ask for the right on some name (a list, an empty form) instead of on this one
    raises    ABSENT when the principal may not know that the object exists; DENIED otherwise
    """
    if any_name and could(principal, operation, cluster):
        return Decision(ALLOW, (), "granted on some names")
    decision = decide(principal, operation, cluster, name)
    if decision.effect == ALLOW:
        return decision
    wanted = BY_NAME.get(operation)
    if wanted is None or not _may_know(principal, wanted.seen_by, cluster, name):
        raise Problem(Kind.ABSENT, "There is nothing here, or you may not see it.", "Check the address, or ask an administrator.")
    if decision.effect == DENY:
        raise Problem(
            Kind.DENIED,
            f"You may not do this: {operation}{f' on {name}' if name else ''} ({decision.reason}).",
            "Ask an administrator for the right.",
        )
    raise Problem(
        Kind.DENIED, f"This needs a second person's agreement: {operation} ({decision.reason}).", "Approvals are not in this version."
    )


def _may_know(principal: "Principal", seen_by: str, cluster: str | None, name: str) -> bool:
    if not seen_by:
        return False
    if not name or BY_NAME[seen_by].resource == "cluster":
        return could(principal, seen_by, cluster)
    return decide(principal, seen_by, cluster, name).effect == ALLOW
