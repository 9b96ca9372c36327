"""Exports: all that matches, whole, as a file that is written in the background and fetched when it is there.

A search keeps beginnings of fields, to be shown; an export reads again and writes every field to its end. It runs as searches
do (`background`): in line, leased, going on after a kill where its bytes were certain, kept for seven days.
Law: the rows a job counts, the bytes its files count, and the place it goes on at are written in one transaction.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db.models import Sum

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import background, export, files, look, session
from controlcenter.browse import request as asked
from controlcenter.browse.files import Sizes, Spool
from controlcenter.browse.models import Job, JobFile
from controlcenter.browse.request import Request
from controlcenter.browse.session import Talk
from controlcenter.errors import Kind, Problem

OPERATION = "message.export"
ALL = asked.LARGEST  # how many: no number ends it
SAMPLE_S = 1.5
SPARE_BYTES = 512 << 20  # that stay free on the disk: the database lies there too


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an export will be, from a sample. rows, size_bytes: None where the sample met nothing to tell by.

    share     of the offsets that were looked at, 1.0: the numbers are exact
    """

    rows: int | None
    size_bytes: int | None
    share: float
    sampled: int


def wish(query: str, form: str, separator: str = ",", *, is_guarded: bool = True, resolved: Request | None = None) -> Request:
    """Return the request of an export; raises Problem(INVALID). resolved: that of a search, with its times, in place of the query's."""
    export.check(form, separator)
    request = resolved or background.parse({name: value for name, value in parse_qsl(query) if name != "n"})
    if request.most is not None and request.is_backward:
        raise Problem(
            Kind.INVALID, "An export reads from the oldest record on; the newest so many records it cannot tell before.",
            "Begin at the oldest, a time or an offset, or end otherwise.", "until",
        )  # fmt: skip
    return replace(
        request, n=ALL, order="oldest", most_shown=asked.SHOWN_BYTES, raw_bytes=0, form=form, separator=separator, is_guarded=is_guarded
    )


def may(principal: Any, slug: str, topic: str) -> None:
    """Raise Problem for who may not export from a topic."""
    access.check(principal, OPERATION, slug, topic)


def start(principal: Any, slug: str, topic: str, query: str, request: Request) -> Job:
    """Put an export in line; raises Problem for what may not or cannot be read, CONFLICT when enough wait already."""
    may(principal, slug, topic)
    look.may(principal, slug, topic, request)
    made = background.make(principal, slug, topic, query, request)
    told = {"format": request.form, "filter": request.filter, "from": request.start}
    audit.record(principal, OPERATION, slug, topic, outcome="ok", args=told, via="background")
    return made


def estimate(principal: Any, slug: str, topic: str, request: Request) -> Estimate:
    """Return how much an export will write, by what the first second and a half of it would."""
    may(principal, slug, topic)
    connection, registry = look.may(principal, slug, topic, request)
    rows = size = 0
    certain = 0, 0, 0
    try:
        for kind, said in session.converse(connection, topic, request, principal.id, registry=registry, seconds=SAMPLE_S):
            if kind == "written":
                rows, size = rows + len(said.places), size + len(said.data) + len(said.manifest)
            elif kind == "piece":
                size += len(said)
            elif kind == "reached":  # only what was written up to here belongs to the offsets that count as seen
                certain = rows, size, _seen(said)
            elif kind == "done":
                talk: Talk = said
    except Problem as problem:
        if problem.kind is not Kind.TIMEOUT:
            raise
        return Estimate(None, None, 0.0, 0)  # nothing came in time to tell by; the export itself has all the time it needs
    rows, size, seen = certain
    look.note(principal, slug, topic, request, "estimate", talk.accounting, rows)
    whole = sum(account.stop - account.start for account in talk.accounting)
    if not whole or seen >= whole:
        return Estimate(rows, size, 1.0, talk.scanned)
    if not rows:
        return Estimate(None, None, seen / whole, talk.scanned)
    return Estimate(round(rows * whole / seen), round(size * whole / seen), seen / whole, talk.scanned)


def _seen(talk: Talk) -> int:
    return sum(account.high - account.low for account in talk.accounting)


def fetch(principal: Any, number: int) -> tuple[Job, Iterator[bytes]]:
    """Return an export of one's own that is over, and its file as pieces; raises Problem CONFLICT for one that still runs."""
    job = background.get(principal, number)
    may(principal, job.cluster, job.topic)
    if not job.form:
        raise Problem(Kind.CONFLICT, "A search keeps the beginnings of fields; an export writes them whole.", "Export all it looks for.")
    if job.state in background.ALIVE:
        raise Problem(Kind.CONFLICT, "This export is not over yet.", "Wait for its end, or stop it: what is there by then can be fetched.")
    try:
        found = files.pieces(job, background.request_of(job))
    except FileNotFoundError:
        raise Problem(Kind.BROKEN, "The files of this export are gone from the data directory.", "Begin it again.") from None
    told = {"format": job.form, "count": job.found, "filter": background.request_of(job).filter}
    audit.record(principal, OPERATION, job.cluster, job.topic, outcome="ok", args=told, via="download")
    return job, found


class Run(background.Run):
    """One worker's work on one export."""

    ENDS: Mapping[str, tuple[str, str]] = {**background.Run.ENDS, "records": ("complete", "")}

    def __init__(self, number: int, runner: str, is_closing: threading.Event) -> None:
        super().__init__(number, runner, is_closing)
        self._spool: Spool | None = None
        self._certain, self._kept = Sizes(), Sizes()
        self._fresh = self._fresh_certain = 0
        self._looked_at = 0.0
        self._full = ""

    def run(self) -> None:
        try:
            super().run()
        finally:
            if self._spool is not None:
                self._spool.close()

    def _left(self, request: Request) -> Request:
        read = self._before.get("records", 0)
        return request if request.most is None else replace(request, most=max(1, request.most - read))

    def _hear(self, kind: str, said: Any) -> None:
        self._spool = self._spool or Spool(self.number, self.runner)
        if kind == "piece":
            self._spool.piece(said)
        elif kind == "written":
            self._spool.written(said)
            self._fresh += len(said.places)
        elif kind == "phase":
            self._spool.back()

    def _reach(self) -> bool:
        if self._spool is not None:
            self._certain, self._fresh_certain = self._spool.whole, self._fresh
        return False

    def _drop(self) -> None:
        if self._spool is not None:
            self._spool.back(self._certain)
        self._fresh = self._fresh_certain

    def _new(self) -> int:
        return self._fresh_certain

    def _write(self, talk: Talk) -> None:
        if self._spool is not None:
            self._spool.keep()  # on the disk before the database counts it
        super()._write(talk)
        self._fresh -= self._fresh_certain
        self._fresh_certain = 0

    def _keep(self) -> None:
        if self._certain == self._kept:
            return
        told = dict(zip(("size_bytes", "members_bytes", "manifest_bytes"), self._certain, strict=True))
        if not JobFile.objects.filter(job_id=self.number, name=self.runner).update(**told):
            number = JobFile.objects.filter(job_id=self.number).count()
            JobFile.objects.create(job_id=self.number, number=number, name=self.runner, **told)
        size = JobFile.objects.filter(job_id=self.number).aggregate(size=Sum("size_bytes"))["size"]
        Job.objects.filter(pk=self.number).update(size_bytes=size)
        self._kept = self._certain

    def _is_full(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at > background.CHECKPOINT_S and not self._full:
            self._looked_at = now
            self._full = full()
        return bool(self._full)

    def _why_full(self) -> str:
        return self._full


def full() -> str:
    """Return why no export may write on, "" while one may."""
    most = settings.CONFIG.exports_mb << 20
    if (Job.objects.aggregate(size=Sum("size_bytes"))["size"] or 0) >= most:
        return (
            f"All exports together reached {most >> 20:,} MiB, which is what is kept (CC_EXPORTS_MB). Fetch some and remove them, then "
            "continue."
        )
    if (free := files.free_bytes()) < SPARE_BYTES:
        return f"The disk of the data directory has {free >> 20:,} MiB left. Make room there, then continue."
    return ""


def run(number: int, runner: str, is_closing: threading.Event) -> None:
    """Work on a search or an export until it is over, lost, or handed over."""
    form = Job.objects.filter(pk=number).values_list("form", flat=True).first()
    (Run if form else background.Run)(number, runner, is_closing).run()
