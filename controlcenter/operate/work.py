"""The worker's side of a change: claim the intent, call Kafka, write the outcome, tell the one who waits."""

from collections.abc import Callable, Mapping
from typing import Any

from controlcenter.access import audit
from controlcenter.errors import Kind, Problem
from controlcenter.observe import events
from controlcenter.operate import ACTIONS
from controlcenter.operate.preview import Action

Reach = Callable[[str], Any]  # cluster slug → connection, whose methods the action knows


def action_of(args: Mapping[str, Any]) -> Action:
    """Return the action that travelled as its arguments; raises Problem for a verb nobody knows."""
    for kind in ACTIONS:
        if kind.verb == args["verb"]:
            return kind.from_args({name: value for name, value in args.items() if name != "verb"})
    raise Problem(Kind.INVALID, f"There is no action called {args['verb']}.")


def perform(intent_id: str, reach: Reach) -> dict[str, Any] | None:
    """Perform a claimed intent and return {"outcome", "problem", "details"}; None when it was withdrawn or already taken."""
    if not audit.claim(intent_id, "running"):
        return None
    intent = audit.intent_of(intent_id)
    action = action_of(intent.args)
    details, problem = _attempt(lambda: action.call(reach(action.cluster)))
    outcome = _outcome(details, problem)
    audit.outcome(intent_id, outcome, error=str(problem or ""), after=_counts(details))
    if outcome == "ok":
        events.record(action.cluster, action.verb, "topic", action.name, action.done(), actor=intent.actor)
    return {"outcome": outcome, "problem": as_parts(problem), "details": details}


def check(args: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    """Ask the broker for a dry run; return {"outcome", "problem"}."""
    action = action_of(args)
    _, problem = _attempt(lambda: action.check(reach(action.cluster)))
    return {"outcome": "ok" if problem is None else "error", "problem": as_parts(problem)}


def as_parts(problem: Problem | None) -> list[str] | None:
    return [problem.kind, problem.what, problem.hint, problem.field] if problem else None


def _attempt(call: Callable[[], dict[str, Any] | None]) -> tuple[dict[str, Any] | None, Problem | None]:
    try:
        return call(), None
    except Problem as problem:
        return None, problem


def _outcome(details: Mapping[str, Any] | None, problem: Problem | None) -> str:
    """Return ok, error or unknown; an action on many things is unknown when one of them is, and an error when one failed."""
    if problem is not None:
        return "unknown" if problem.kind is Kind.TIMEOUT else "error"
    if details and details.get("unknown"):
        return "unknown"
    return "error" if details and details.get("failed") else "ok"


def _counts(details: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what the trail keeps of an answer: its counts and words, not its lists."""
    return {name: value for name, value in details.items() if not isinstance(value, list)} if details else None
