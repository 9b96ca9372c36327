"""The worker's side of a change: claim the intent, call Kafka, write the outcome, tell the one who waits."""

from collections.abc import Callable, Mapping
from typing import Any

from controlcenter.access import audit
from controlcenter.errors import Kind, Problem
from controlcenter.observe import events
from controlcenter.operate import ACTIONS
from controlcenter.operate.preview import Action
from controlcenter.operate.topics import Cluster

Reach = Callable[[str], Cluster]  # cluster slug → connection


def action_of(args: Mapping[str, Any]) -> Action:
    """Return the action that travelled as its arguments; raises Problem for a verb nobody knows."""
    for kind in ACTIONS:
        if kind.verb == args["verb"]:
            return kind.from_args({name: value for name, value in args.items() if name != "verb"})
    raise Problem(Kind.INVALID, f"There is no action called {args['verb']}.")


def perform(intent_id: str, reach: Reach) -> dict[str, Any] | None:
    """Perform a claimed intent and return {"outcome", "problem"}; None when the intent was withdrawn or already taken."""
    if not audit.claim(intent_id, "running"):
        return None
    intent = audit.intent_of(intent_id)
    action = action_of(intent.args)
    problem = _attempt(lambda: action.call(reach(action.cluster)))
    outcome = "ok" if problem is None else "unknown" if problem.kind is Kind.TIMEOUT else "error"
    audit.outcome(intent_id, outcome, error=str(problem or ""))
    if outcome == "ok":
        events.record(action.cluster, action.verb, "topic", action.name, action.done(), actor=intent.actor)
    return {"outcome": outcome, "problem": as_parts(problem)}


def check(args: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    """Ask the broker for a dry run; return {"outcome", "problem"}."""
    action = action_of(args)
    problem = _attempt(lambda: action.check(reach(action.cluster)))
    return {"outcome": "ok" if problem is None else "error", "problem": as_parts(problem)}


def as_parts(problem: Problem | None) -> list[str] | None:
    return [problem.kind, problem.what, problem.hint, problem.field] if problem else None


def _attempt(call: Callable[[], None]) -> Problem | None:
    try:
        call()
    except Problem as problem:
        return problem
    return None
