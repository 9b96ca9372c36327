"""The one door to a change: right → plan → audit intent → worker → outcome.

The intent row commits before anything leaves this process, and a worker must claim it to act: a change whose caller gave
up before a worker took it is withdrawn, and will never happen. An answer that did not come in time is `unknown`, never
`failed`; the next poll shows which it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import orjson
from celery import current_app

from controlcenter import access
from controlcenter.access import audit
from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.observe import store
from controlcenter.operate import preview
from controlcenter.operate.preview import Action, Preview

ANSWER_S = 12.0  # a broker gets 10 s (reliability: admin change), the way there and back the rest
RUNNING_S = 2.0  # an action that may take long is shown as running from here on
WITHDRAWN_S = 2.0  # once a worker has claimed the change it is on its way: a little longer


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants the change, by which door, and what they typed to confirm it. plan_hash "" accepts the plan of now."""

    principal: Principal
    via: str
    plan_hash: str = ""
    typed_name: str = ""
    reason: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """outcome: ok, error, unknown, running. problem: what went wrong, None when ok. details: what the action itself tells."""

    outcome: str
    audit_id: str
    text: str
    problem: Problem | None = field(default=None)
    details: dict[str, Any] = field(default_factory=dict)


class Faulty(Exception):
    """The action cannot be done: every fault at once, each on its field."""

    def __init__(self, faults: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


def plan(action: Action) -> Preview:
    """Return the action's preview against the newest snapshot of its cluster."""
    cluster = clusters.get(action.cluster)
    snapshot = store.default().read(action.cluster)
    if snapshot is None:
        raise Problem(Kind.UNREACHABLE, "This cluster has not been read yet.", "Wait for its first figures, then try again.")
    return preview.of(action, snapshot, cluster.bootstrap_servers, is_protected=cluster.mode == "protected")


def perform(action: Action, request: Request) -> Result:
    """Do it, and return how it ended. Raises Problem (DENIED, CONFLICT, UNREACHABLE) or Faulty when nothing was sent."""
    try:
        decision = access.check(request.principal, action.operation, action.cluster, action.name)
    except Problem as refused:
        audit.denied(
            request.principal, action.operation, action.cluster, action.name, via=request.via, reason=str(refused), address=request.address
        )
        raise
    now = plan(action)
    _confirm(action, request, now)
    intent = audit.intent(
        request.principal, action.operation, action.cluster, action.name,
        args={"verb": action.verb, **action.args()}, plan_hash=now.plan_hash, decision=decision,
        via=request.via, reason=request.reason, address=request.address,
    )  # fmt: skip
    if action.runs_on:
        return _running(action, str(intent.id))
    answer = hand_over("controlcenter.jobs.operate.perform", intent.id, [str(intent.id)], ANSWER_S)
    if answer is None:
        _withdraw(intent.id)
        answer = _await(intent.id, WITHDRAWN_S)
    return _result(action, str(intent.id), answer)


def _running(action: Action, intent_id: str) -> Result:
    """Wait for the answer of an action that may take long: soon enough it is "running", if a worker has it."""
    current_app.send_task("controlcenter.jobs.operate.perform", args=[intent_id], expires=ANSWER_S)
    deadline = monotonic() + ANSWER_S
    while (answer := _await(intent_id, RUNNING_S)) is None and audit.intent_of(intent_id).state == "waiting" and monotonic() < deadline:
        continue
    if answer is None:
        _withdraw(intent_id)
        return Result("running", intent_id, "It is still running: what it has done so far is shown as it goes.")
    return _result(action, intent_id, answer)


def _withdraw(intent_id: Any) -> None:
    """Take back a change that no worker has taken, and say so; one on its way is left alone."""
    if audit.claim(intent_id, "withdrawn"):
        audit.outcome(intent_id, "error", error="no worker took the change; nothing was sent")
        raise Problem(
            Kind.UNREACHABLE,
            "No worker took the change; nothing was sent to the cluster.",
            "Try again; if it stays so, see the health page.",
        )


def check(action: Action, request: Request) -> None:
    """Ask the broker whether it would accept the action; nothing changes. Raises the broker's Problem, or Faulty."""
    access.check(request.principal, action.operation, action.cluster, action.name)
    faults = plan(action).faults
    if faults:
        raise Faulty(faults)
    reply = uuid4()
    answer = hand_over("controlcenter.jobs.operate.check", reply, [str(reply), {"verb": action.verb, **action.args()}], ANSWER_S)
    if answer is None:
        raise Problem(Kind.TIMEOUT, "The broker did not answer the check in time.", "Nothing was created. Try again.")
    if answer["problem"]:
        raise problem_from(answer["problem"])


def hand_over(task: str, reply: object, args: list[Any], seconds: float) -> dict[str, Any] | None:
    """Give a task to a worker and return what it answers under a reply's key; None when no answer came in time."""
    current_app.send_task(task, args=args, expires=seconds)
    return _await(reply, seconds)


def reply_key(reply: object) -> str:
    return f"cc:reply:{reply}"


def problem_from(parts: Sequence[str]) -> Problem:
    kind, what, hint, place = parts
    return Problem(Kind(kind), what, hint, place)


def _confirm(action: Action, request: Request, now: Preview) -> None:
    if now.faults:
        raise Faulty(now.faults)
    if request.plan_hash and request.plan_hash != now.plan_hash:
        raise Problem(
            Kind.CONFLICT, "The cluster changed since the preview: the plan no longer fits.", "Look at the new preview, then confirm again."
        )
    faults = []
    if now.level >= 2 and request.typed_name != action.name:
        faults.append(Problem(Kind.INVALID, f"The name does not match {action.name}.", "Type it exactly.", "typed_name"))
    if now.level >= 3 and not request.reason.strip():
        faults.append(Problem(Kind.INVALID, "A reason is needed: it is written to the audit trail.", "Say why in a few words.", "reason"))
    if faults:
        raise Faulty(faults)


def _await(reply: object, seconds: float) -> dict[str, Any] | None:
    deadline = monotonic() + seconds
    while (left := deadline - monotonic()) > 0:  # in slices: the client ends any command after 2 s
        answer = store.default().redis.blpop([reply_key(reply)], timeout=min(1.0, left))
        if answer:
            found: dict[str, Any] = orjson.loads(answer[1])
            return found
    return None


def _result(action: Action, audit_id: str, answer: dict[str, Any] | None) -> Result:
    if answer is None:
        slow = Problem(
            Kind.TIMEOUT, "The broker did not answer in time: whether it happened is unknown.", "The next poll shows it within seconds."
        )
        audit.outcome(audit_id, "unknown", error=slow.what)
        return Result("unknown", audit_id, slow.what, slow)
    problem = problem_from(answer["problem"]) if answer["problem"] else None
    return Result(str(answer["outcome"]), audit_id, problem.what if problem else action.done(), problem, answer.get("details") or {})
