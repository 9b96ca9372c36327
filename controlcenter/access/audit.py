"""The trail: an intent row before a change leaves, an outcome row after, each chained to the one before by its hash.

Laws: `seq` has no gap; `hash == sha256(prev_hash + canonical row)`; no row is ever changed (the database refuses, see
`triggers`). The state of a change on its way lives apart, in `Intent`: one compare-and-swap decides who performs it, or
that nobody does.
"""

import hashlib
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from django.db.models import F, Q

from controlcenter.access.models import AuditEvent, AuditHead, Intent
from controlcenter.access.operations import BY_NAME
from controlcenter.access.policy import Decision
from controlcenter.errors import Kind, Problem

if TYPE_CHECKING:
    from controlcenter.access.principals import Principal

Phase = AuditEvent.Phase
OUTCOMES = ("ok", "denied", "error", "timeout", "unknown")
UNCHAINED = ("hash",)  # every other column is under the hash


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row at which the chain does not hold, and why."""

    seq: int
    what: str


def intent(
    principal: "Principal",
    operation: str,
    cluster: str | None,
    names: str | Sequence[str] = (),
    *,
    args: Mapping[str, Any] | None = None,
    plan_hash: str = "",
    decision: Decision | None = None,
    via: str = "page",
    reason: str = "",
    address: str = "",
    client: str = "",
    request_id: str = "",
) -> AuditEvent:
    """Write that a change is about to be asked for, and return the row. It is committed when this returns, or it raises."""
    about = _about(principal, operation, cluster, names, address)
    with transaction.atomic():
        row = _append(
            **about,
            phase=Phase.INTENT,
            args=redacted(operation, args or {}),
            plan_hash=plan_hash,
            effect=decision.effect if decision else "",
            grant_ids=list(decision.grant_ids) if decision else [],
            via=via,
            reason=reason,
            client=client,
            request_id=request_id,
        )
        kept = {name: about[name] for name in ("actor", "cluster", "operation", "names")}
        Intent.objects.create(id=row.id, args=dict(args or {}), created_at=row.at, changed_at=row.at, **kept)
    return row


def intent_of(intent_id: str | uuid.UUID) -> Intent:
    """Return a change on its way, with its full arguments; raises Problem(ABSENT)."""
    found = Intent.objects.filter(pk=intent_id).first()
    if found is None:
        raise Problem(Kind.ABSENT, f"There is no change {intent_id}.")
    return found


def claim(intent_id: str | uuid.UUID, state: str) -> bool:
    """Move a waiting change to a state ("running", "withdrawn"); False when somebody was faster. Exactly one caller wins."""
    return bool(Intent.objects.filter(pk=intent_id, state="waiting").update(state=state, changed_at=datetime.now(UTC)))


def outcome(
    intent_id: AuditEvent | str | uuid.UUID,
    outcome: str,
    *,
    error: str = "",
    before: Any = None,
    after: Any = None,
    duration_ms: int | None = None,
) -> AuditEvent:
    """Write how an intent ended, as a row of its own. A second one (`unknown`, later found `ok`) is a further row."""
    said = intent_id if isinstance(intent_id, AuditEvent) else AuditEvent.objects.get(pk=intent_id)
    same = ("actor_kind", "actor_id", "actor", "credential", "address", "client", "request_id", "via", "cluster", "operation", "resource")
    with transaction.atomic():
        row = _append(
            **{name: getattr(said, name) for name in (*same, "names", "plan_hash")},
            phase=Phase.OUTCOME,
            intent=said.id,
            outcome=outcome,
            error=error,
            before=before,
            after=after,
            duration_ms=duration_ms,
        )
        Intent.objects.filter(pk=said.id).exclude(state="withdrawn").update(state="done", changed_at=row.at)
    return row


def denied(principal: "Principal", operation: str, cluster: str | None, names: str | Sequence[str] = (), **more: Any) -> AuditEvent:
    """Write that a change was asked for and refused."""
    return record(principal, operation, cluster, names, outcome="denied", effect="deny", **more)


def record(
    principal: "Principal",
    operation: str,
    cluster: str | None,
    names: str | Sequence[str] = (),
    *,
    outcome: str = "ok",
    address: str = "",
    args: Mapping[str, Any] | None = None,
    **more: Any,
) -> AuditEvent:
    """Write one event that needs no intent: a sign-in, a range of messages read, a refusal."""
    with transaction.atomic():
        return _append(
            **_about(principal, operation, cluster, names, address),
            phase=Phase.EVENT,
            outcome=outcome,
            args=redacted(operation, args or {}),
            **more,
        )


def redacted(operation: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as the trail may hold them: what the operation lists in clear, anything else as •••."""
    known = BY_NAME.get(operation)
    return {name: value if known and name in known.args else "•••" for name, value in args.items()}


def head() -> tuple[int, str]:
    """Return the number and hash of the last row: kept elsewhere, it shows a trail cut short."""
    kept = AuditHead.objects.filter(pk=1).first()
    return (kept.seq, kept.hash) if kept else (0, "")


def verify(expected: tuple[int, str] | None = None, newest: int | None = None) -> Fault | None:
    """Return the first row where the trail was edited, cut, reordered or removed; None when it holds.

    expected  a head noted earlier (or elsewhere): the row of that number must still bear that hash
    newest    look at this many rows only, from the end
    """
    last, last_hash = head()
    if not last and not AuditEvent.objects.exists():
        return Fault(1, "the trail is empty, but rows were seen") if expected and expected[0] else None
    first = max(1, last - newest + 1) if newest else 1
    rows = AuditEvent.objects.filter(seq__gte=first).order_by("seq")
    fault = _broken_link(rows.iterator(chunk_size=2000), first, expected)
    if fault:
        return fault
    end = AuditEvent.objects.order_by("-seq").values_list("seq", "hash").first() or (0, "")
    if end != (last, last_hash):
        return Fault(min(end[0], last) + 1, f"the trail ends at row {end[0]}, its head says row {last}")
    if expected and expected[0] > last:
        return Fault(last + 1, f"the trail ends at row {last}; row {expected[0]} had been seen")
    return None


def read(*, text: str = "", outcome: str = "", before: int | None = None, limit: int = 100) -> list[AuditEvent]:
    """Return rows of the trail, newest first. text: words that each must stand in actor, operation, cluster, names or error."""
    rows = AuditEvent.objects.all()
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if outcome:
        rows = rows.filter(phase=Phase.INTENT) if outcome == "intent" else rows.filter(outcome=outcome)
    for word in text.split():
        rows = rows.filter(_says(word))
    return list(rows[:limit])


def chained(row: AuditEvent) -> str:
    """Return the hash a row must bear."""
    told = {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields if field.attname not in UNCHAINED}
    return hashlib.sha256(row.prev_hash.encode() + orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _broken_link(rows: Iterator[AuditEvent], first: int, expected: tuple[int, str] | None) -> Fault | None:
    wanted, previous = first, None
    for row in rows:
        if row.seq != wanted:
            return Fault(wanted, f"row {wanted} is missing")
        if previous is not None and row.prev_hash != previous:
            return Fault(row.seq, f"row {row.seq} does not follow row {row.seq - 1}")
        if wanted == 1 and row.prev_hash:
            return Fault(1, "row 1 is not the first")
        if chained(row) != row.hash:
            return Fault(row.seq, f"row {row.seq} was changed")
        if expected and row.seq == expected[0] and row.hash != expected[1]:
            return Fault(row.seq, f"row {row.seq} is not the one that was seen")
        wanted, previous = wanted + 1, row.hash
    return None


def _append(**told: Any) -> AuditEvent:
    """Add a link. Writing the head first takes the lock that puts all writers in a row."""
    if not AuditHead.objects.filter(pk=1).update(seq=F("seq") + 1):
        AuditHead.objects.get_or_create(pk=1)
        AuditHead.objects.filter(pk=1).update(seq=F("seq") + 1)
    last = AuditHead.objects.get(pk=1)
    at = datetime.now(UTC)
    row = AuditEvent(id=_uuid7(), seq=last.seq, prev_hash=last.hash, at=at, **told)
    row.hash = chained(row)
    row.save(force_insert=True)
    AuditHead.objects.filter(pk=1).update(hash=row.hash)
    return row


def _about(principal: "Principal", operation: str, cluster: str | None, names: str | Sequence[str], address: str) -> dict[str, Any]:
    known = BY_NAME.get(operation)
    return {
        "actor_kind": principal.kind,
        "actor_id": principal.id,
        "actor": principal.name,
        "credential": principal.credential,
        "address": address or principal.address,
        "cluster": cluster or "",
        "operation": operation,
        "resource": known.resource if known else operation.partition(".")[0],
        "names": [names] if isinstance(names, str) and names else list(names),
    }


def _says(word: str) -> Any:
    return (
        Q(actor__icontains=word)
        | Q(operation__icontains=word)
        | Q(cluster__icontains=word)
        | Q(names__icontains=word)
        | Q(error__icontains=word)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, uuid.UUID) else value


def _uuid7() -> uuid.UUID:
    """RFC 9562: 48 bits of milliseconds, then chance; sorts by time."""
    value = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)
