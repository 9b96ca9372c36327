"""Searches run to their end in the background: rows of the database, worked on by whoever holds their lease. Exports do the same
(`exports`), but for what they keep.

Law: what was found and where to go on are written in one transaction. A worker that is killed loses at most what it looked
at since; another takes over when the lease is out, finds nothing twice and misses nothing.
"""

import logging
import secrets
import threading
import time
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgpack
import orjson
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from controlcenter.access import principals
from controlcenter.browse import cursor as cursors
from controlcenter.browse import files, look, progress, session
from controlcenter.browse import request as asked
from controlcenter.browse.models import Job, JobPart
from controlcenter.browse.page import Place
from controlcenter.browse.request import Request
from controlcenter.browse.session import Talk
from controlcenter.browse.shown import shown
from controlcenter.errors import Kind, Problem

log = logging.getLogger(__name__)
PER_USER = 2  # that run at once
WAITING = 8  # more of one user that wait in line
KEPT = timedelta(days=7)
LEASE = timedelta(seconds=30)
CHECKPOINT_S = 2.0
STEP_S = 60.0
KEPT_BYTES = 64 << 20  # of what one search found
SHOWN_BYTES = 4096  # of a field
ALIVE = ("queued", "running")
OVER = ("limit", "stopped", "failed", "partial")
AGAIN = ("time", "bytes")


def start(principal: Any, slug: str, topic: str, query: str, *, cursor: str = "") -> Job:
    """Begin a search in the background; raises Problem for what may not or cannot be read, CONFLICT when enough wait already."""
    given = dict(parse_qsl(query))
    request = replace(parse({**given, "n": given.get("n") or str(asked.MOST)}), most_shown=SHOWN_BYTES, raw_bytes=0)
    look.may(principal, slug, topic, request)
    cursor = cursor or given.get("cursor", "")
    place = cursors.read(cursor, slug, topic, principal.id, request) if cursor else None
    made = make(principal, slug, topic, query, request, place)
    look.note(principal, slug, topic, request, "background")
    return made


def parse(given: dict[str, str]) -> Request:
    """Return the request of a query that has an end; raises Problem(INVALID)."""
    if given.get("from") == "live" or given.get("until") == "follow":
        raise Problem(Kind.INVALID, "What is followed live has no end to run to.", "Choose an end.", "until")
    return asked.parse(given)


def make(principal: Any, slug: str, topic: str, query: str, request: Request, place: Place | None = None) -> Job:
    """Put a search or an export in line; raises Problem CONFLICT when enough of one's own stand there."""
    if principal.user_id is None:
        raise Problem(Kind.DENIED, "What runs in the background belongs to an account.", "Sign in first.")
    with transaction.atomic():
        _room(principal)
        made: Job = Job.objects.create(
            owner_id=principal.user_id, cluster=slug, topic=topic, query=query, request=msgpack.packb(asdict(request)),
            place=packed(place), form=request.form, expires_at=timezone.now() + KEPT,
        )  # fmt: skip
    return made


def _room(principal: Any) -> None:
    if Job.objects.filter(owner_id=principal.user_id, state__in=ALIVE).count() >= PER_USER + WAITING:
        raise Problem(
            Kind.CONFLICT, f"{PER_USER + WAITING} searches and exports of yours run or wait already.", "Wait for one, or stop it."
        )


def line() -> dict[int, int]:
    """Return the place in line of everything that waits, from 1 on: what was asked for first comes first."""
    waiting = Job.objects.filter(state="queued", expires_at__gt=timezone.now()).order_by("created_at", "pk")
    return {number: place for place, number in enumerate(waiting.values_list("pk", flat=True), 1)}


def of(principal: Any) -> list[Job]:
    """Return somebody's searches, the newest first."""
    return list(Job.objects.filter(owner_id=principal.user_id, expires_at__gt=timezone.now()).order_by("-created_at"))


def get(principal: Any, number: int) -> Job:
    """Return a search of one's own whose topic one may still read; raises Problem ABSENT for any other."""
    found: Job | None = Job.objects.filter(pk=number, owner_id=principal.user_id, expires_at__gt=timezone.now()).first()
    if found is None:
        raise Problem(Kind.ABSENT, "There is no such search.", "Searches are kept for seven days, and shown to who began them.")
    look.may(principal, found.cluster, found.topic, request_of(found))
    return found


def rows(job: Job, first: int = 0, many: int = 100) -> list[dict[str, Any]]:
    """Return what was found from a row on, in order."""
    found: list[dict[str, Any]] = []
    passed = 0
    for part in job.parts.order_by("number").iterator():
        each = orjson.loads(zlib.decompress(part.rows))
        if passed + len(each) > first:
            found += each[max(0, first - passed) :]
        passed += len(each)
        if len(found) >= many:
            break
    return found[:many]


def stop(principal: Any, number: int) -> None:
    """Ask a search of one's own to end; one that waits ends at once."""
    job = get(principal, number)
    Job.objects.filter(pk=job.pk, state="queued").update(state="stopped", reason="Stopped.", finished_at=timezone.now())
    Job.objects.filter(pk=job.pk, state="running").update(is_stop_asked=True)


def resume(principal: Any, number: int) -> None:
    """Let a search of one's own go on where it stood; raises Problem CONFLICT when it runs, or everything is read."""
    job = get(principal, number)
    if job.state not in OVER or (job.place is None and job.found):
        raise Problem(Kind.CONFLICT, "This search cannot go on: it still runs, or everything is read.", "")
    _room(principal)
    Job.objects.filter(pk=job.pk, state=job.state).update(
        state="queued", reason="", is_stop_asked=False, finished_at=None, lease_until=None, expires_at=timezone.now() + KEPT
    )


def remove(principal: Any, number: int) -> None:
    """Forget a search of one's own; one that runs ends with it."""
    get(principal, number).delete()
    files.remove(number)


def claim(many: int) -> list[tuple[int, str]]:
    """Return up to so many searches nobody works on, leased to the runner named beside each; no third one of the same user."""
    now = timezone.now()
    free = Q(state="queued") | Q(state="running", lease_until__lt=now)
    busy = Counter(Job.objects.filter(state="running", lease_until__gte=now).values_list("owner_id", flat=True))
    claimed: list[tuple[int, str]] = []
    for number, owner in Job.objects.filter(free, expires_at__gt=now).order_by("created_at", "pk").values_list("pk", "owner_id"):
        if len(claimed) >= many:
            break
        if busy[owner] >= PER_USER:
            continue
        runner = secrets.token_hex(8)
        # asked again in the change itself: another worker may have been faster
        if Job.objects.filter(free, pk=number).update(state="running", runner=runner, lease_until=now + LEASE):
            busy[owner] += 1
            claimed.append((number, runner))
    return claimed


def forget() -> None:
    """Drop what is older than seven days."""
    Job.objects.filter(expires_at__lt=timezone.now()).delete()
    files.sweep()


def request_of(job: Job) -> Request:
    return asked.of_frame(msgpack.unpackb(job.request, strict_map_key=False))


def packed(place: Place | None) -> bytes | None:
    return None if place is None else bytes(msgpack.packb([place.topic_id, place.parts, place.is_backward]))


def unpacked(data: bytes | None) -> Place | None:
    if data is None:
        return None
    topic_id, parts, is_backward = msgpack.unpackb(data)
    return Place(topic_id, tuple((p, start, stop, at) for p, start, stop, at in parts), is_backward)


class Lost(Exception):
    """Somebody else holds the lease by now, or the search was removed."""


class Run:
    """One worker's work on one search. is_closing: set when the worker must end; the search is handed over then."""

    ENDS: Mapping[str, tuple[str, str]] = {
        "stopped": ("stopped", "Stopped."),
        "limit": ("limit", "As many were found as asked."),
        "records": ("limit", "As many records as asked were read."),
    }

    def __init__(self, number: int, runner: str, is_closing: threading.Event) -> None:
        self.number, self.runner, self.is_closing = number, runner, is_closing
        self._rows: list[dict[str, Any]] = []
        self._uncertain: list[dict[str, Any]] = []
        self._wrote_at = self._asked_at = time.monotonic()
        self._began = time.monotonic()
        self._is_stop_asked = False
        self._bytes = 0

    def run(self) -> None:
        """Work until the search is over, lost, or handed over."""
        try:
            self._steps()
        except Lost:
            return
        except Problem as problem:
            self._end("failed", str(problem))
        except Exception:  # nobody waits for this thread
            log.exception("a search in the background failed")
            self._end("failed", "The search met trouble it did not expect; the server's log has it.")

    def _steps(self) -> None:
        while True:
            job = Job.objects.filter(pk=self.number, runner=self.runner).select_related("owner").first()
            if job is None:
                return
            self._before, self._found = job.progress, job.found
            talk = self._step(job)
            if self.is_closing.is_set() and talk.reason == "stopped" and not self._is_stop_asked:
                Job.objects.filter(pk=self.number, runner=self.runner).update(lease_until=timezone.now())
                return
            if talk.reason not in AGAIN:
                self._finish(job, talk)
                return

    def _step(self, job: Job) -> Talk:
        principal = principals.of_id(job.owner_id)
        request = request_of(job)
        connection, registry = look.may(principal, job.cluster, job.topic, request)
        self._began = time.monotonic()
        for kind, said in session.converse(
            connection, job.topic, self._left(request), f"job {job.pk}", registry=registry, place=unpacked(job.place), seconds=STEP_S,
            kind="search", is_stopped=self._must_stop,
        ):  # fmt: skip
            if kind == "reached":
                if self._reach() or time.monotonic() - self._wrote_at > CHECKPOINT_S:
                    self._write(said)
            elif kind == "done":
                self._drop()
                self._write(said)
                talk: Talk = said
            else:
                self._hear(kind, said)
        return talk

    def _left(self, request: Request) -> Request:
        """Return what is still to be read of a request, beside its place."""
        return replace(request, n=max(1, request.n - self._found))

    def _hear(self, kind: str, said: Any) -> None:
        if kind == "row":
            self._uncertain.append(shown(said))

    def _reach(self) -> bool:
        """Take all that was heard as certain; return whether that is much by now."""
        self._rows, self._uncertain = [*self._rows, *self._uncertain], []
        return len(self._rows) >= 500

    def _drop(self) -> None:
        """Forget what is not certain: it is read again."""
        self._uncertain = []

    def _is_full(self) -> bool:
        return self._bytes > KEPT_BYTES

    def _why_full(self) -> str:
        return "More was found than is kept of one search."

    def _must_stop(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at > 0.5:
            self._asked_at = now
            asked_to = Job.objects.filter(pk=self.number, runner=self.runner).values_list("is_stop_asked", flat=True).first()
            self._is_stop_asked = asked_to is None or asked_to
        return self._is_stop_asked or self.is_closing.is_set() or self._is_full()

    def _write(self, talk: Talk) -> None:
        """Write what is certain: the rows, and the place after them."""
        self._wrote_at = time.monotonic()
        found = progress.of(
            talk.accounting, talk.passed, is_backward=talk.request.is_backward, scanned=talk.scanned + self._before.get("records", 0),
            size_bytes=talk.bytes + self._before.get("bytes", 0), waiting=talk.waiting, met=talk.met,
            took_s=self._wrote_at - self._began + self._before.get("took_s", 0.0),
        )  # fmt: skip
        place = talk.place(is_backward=talk.request.is_backward)
        with transaction.atomic():
            mine = Job.objects.filter(pk=self.number, runner=self.runner).update(
                place=packed(place), progress=found, found=F("found") + self._new(), lease_until=timezone.now() + LEASE
            )
            if not mine:
                raise Lost
            self._keep()
        self._rows = []

    def _new(self) -> int:
        """Return how many were found since all was written last."""
        return len(self._rows)

    def _keep(self) -> None:
        """Write what is certain, in the transaction that says so."""
        if self._rows:
            data = zlib.compress(orjson.dumps(self._rows), 1)
            self._bytes += len(data)
            JobPart.objects.create(job_id=self.number, number=JobPart.objects.filter(job_id=self.number).count(), rows=data)

    def _finish(self, job: Job, talk: Talk) -> None:
        states = {account.state for account in talk.accounting}
        if not talk.reason:
            state, reason = ("complete", "") if states <= {"complete"} else ("partial", "Some partitions could not be read to their end.")
        elif talk.reason == "stopped" and not self._is_stop_asked:
            state, reason = "limit", self._why_full()
        else:
            state, reason = self.ENDS.get(talk.reason, ("failed", talk.stopped))
        look.note(principals.of_id(job.owner_id), job.cluster, job.topic, request_of(job), "background", talk.accounting, self._found)
        self._end(state, reason)

    def _end(self, state: str, reason: str) -> None:
        Job.objects.filter(pk=self.number, runner=self.runner).update(
            state=state, reason=reason, finished_at=timezone.now(), lease_until=None, runner=""
        )
