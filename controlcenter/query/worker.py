"""The query worker: one thread that forks a child for each query, hears that they live, and makes the wished state true.

It holds no Kafka client and no thread, so a fork is safe and takes milliseconds; a child has its own Redis connection and
never touches the database. What somebody wishes stands in Redis (push) and in the database (persistent); nothing is kept here.
"""

import logging
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import uuid4

import orjson
from django.db import close_old_connections, connections

from controlcenter.access import principals
from controlcenter.errors import Problem
from controlcenter.fleet import clusters
from controlcenter.query import child, limits, persistent, push, rights, writer
from controlcenter.query.job import Job
from controlcenter.query.looking import Looking, Place
from controlcenter.query.models import PersistentQuery
from controlcenter.query.running import Full

TICK_S = 0.05
CONVERGE_S = 2.0
BACKOFF_S = (0.5, 1, 2, 5, 15, 30)
STEADY_S = 60.0  # a child that lived so long did not die of what the one before died of
DONE, TROUBLE, UNEXPECTED, FULL = range(4)  # how a child ends: TROUBLE is a Problem, worth another try; FULL is not
TRACE = "\0"  # stands between a child's words and its traceback
Work = Callable[[Any, Callable[[], None], Looking], None]
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Running:
    """A forked child. heard_at: its last sign of life. row: of a persistent query. said: why it ends, in its own words."""

    pid: int
    pipe: int
    heard_at: float
    job: Job
    looking: Looking
    row: int | None = None
    is_ending: bool = False
    is_silent: bool = False
    said: str = ""
    began_at: float = field(default_factory=time.monotonic)


class Worker:
    """idle_s: it ends when nothing was wished so long and nothing runs; 0: never."""

    def __init__(self, redis_of: Callable[[], Any], idle_s: float = 0) -> None:
        self._redis_of, self._idle_s = redis_of, idle_s
        self._redis = redis_of()
        self._children: dict[int, Running] = {}
        self._deaths: dict[int, tuple[int, float]] = {}  # row → how often in a row, and not before
        self._held_up: dict[int, tuple[Place, int]] = {}  # row → the record its child died at, how often in a row
        self._is_stopping = False
        self._converged_at = self._checked_at = 0.0
        self._busy_at = time.monotonic()

    def stop(self, *_: Any) -> None:
        self._is_stopping = True

    def run(self) -> None:
        """Work until told to stop, or idle for long; every child ends first, and persistent ones commit."""
        while not self._is_stopping and not self.is_idle:
            self._step()
        for running in self._children.values():
            os.kill(running.pid, signal.SIGTERM if running.row is not None else signal.SIGKILL)
        deadline = time.monotonic() + limits.BATCH_S
        while self._children and time.monotonic() < deadline:
            self._hear(TICK_S)
            self._reap()
        for running in self._children.values():
            os.kill(running.pid, signal.SIGKILL)

    def _step(self) -> None:
        self._hear(TICK_S)
        self._reap()
        self._redis.set(push.ALIVE, b"1", px=push.ALIVE_MS)
        while wish := self._redis.lpop(push.WISHES):
            self._busy_at = time.monotonic()
            self._start_push(Job(**orjson.loads(wish)))
        now = time.monotonic()
        if now - self._converged_at > CONVERGE_S or self._redis.getdel(persistent.HURRY):
            self._converged_at = now
            close_old_connections()
            self._converge(now)
        for running in list(self._children.values()):
            if now - running.heard_at > limits.BATCH_S:
                running.is_silent = True
                os.kill(running.pid, signal.SIGKILL)

    @property
    def is_idle(self) -> bool:
        """Whether nothing was to do for so long that it may end."""
        if not self._idle_s or self._children:
            self._busy_at = time.monotonic() if self._children else self._busy_at
            return False
        return time.monotonic() - self._busy_at > self._idle_s

    # — push queries ——————————————————————————————————————————————————————————

    def _start_push(self, job: Job) -> None:
        try:
            cluster = clusters.get(job.slug)
            connection, registry = clusters.connection(cluster), clusters.registry(cluster)
        except Problem as problem:
            told = {"state": "failed", "reason": str(problem)}
            self._redis.set(push.key(job.id, "state"), orjson.dumps(told), ex=limits.KEPT_S)
            return
        self._fork(job, lambda *with_: child.push(job, connection, registry, *with_))

    # — persistent queries ————————————————————————————————————————————————————

    def _converge(self, now: float) -> None:
        """Start what is wished and does not run; end what runs and is not wished, or not permitted any more."""
        rows = {row.pk: row for row in PersistentQuery.objects.all()}
        running = {child.row: child for child in self._children.values() if child.row is not None}
        may_check = now - self._checked_at > limits.RIGHTS_S
        self._checked_at = now if may_check else self._checked_at
        for row in rows.values():
            self._busy_at = now if row.wanted == "RUNNING" else self._busy_at
            if row.wanted == "RUNNING" and may_check and (lost := self._lost(row)):
                persistent.pause_for(row, lost)
            if row.wanted == "RUNNING" and row.pk not in running and self._may_start(row, now):
                self._start_persistent(row)
        for pk, one in running.items():
            if (pk not in rows or rows[pk].wanted != "RUNNING") and not one.is_ending:
                one.is_ending = True
                os.kill(one.pid, signal.SIGTERM)
        for row in rows.values():
            if row.wanted != "RUNNING" and row.pk not in running and row.state != row.wanted:
                persistent.say(row, row.wanted, row.reason)

    def _lost(self, row: PersistentQuery) -> str:
        owner = principals.of_id(int(row.owner_id)) if row.owner_id.isdecimal() else principals.NOBODY
        if not owner.is_active:
            return f"Its owner {row.owner} has no account any more."
        return rights.lost(owner, row.cluster, row.topics, row.sink_topic)

    def _may_start(self, row: PersistentQuery, now: float) -> bool:
        return row.state != "FAILED" and now >= self._deaths.get(row.pk, (0, 0.0))[1]

    def _start_persistent(self, row: PersistentQuery) -> None:
        try:
            cluster = clusters.get(row.cluster)
            connection, registry = clusters.connection(cluster), clusters.registry(cluster)
            job = persistent.job(row)
        except Problem as problem:
            persistent.say(row, "FAILED", str(problem))
            return
        persistent.say(row, "RUNNING", "")
        self._fork(job, lambda *with_: writer.write(job, connection, registry, *with_), row.pk)

    # — children ——————————————————————————————————————————————————————————————

    def _fork(self, job: Job, work: Work, row: int | None = None) -> None:
        ours, theirs = os.pipe()
        looking = Looking(is_careful=row in self._deaths)
        connections.close_all()  # no file of the database is shared with a child
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            self._be_child(theirs, work, looking)
        os.close(theirs)
        self._children[pid] = Running(pid, ours, time.monotonic(), job, looking, row)

    def _be_child(self, pipe: int, work: Work, looking: Looking) -> NoReturn:
        """Be a child, and never return: DONE, or why not, told through the pipe."""
        code = UNEXPECTED
        try:
            for ending in (signal.SIGTERM, signal.SIGINT):
                signal.signal(ending, signal.SIG_DFL)
            for other in self._children.values():
                os.close(other.pipe)
            child.limit()
            beat = _Beat(pipe)
            try:
                work(self._redis_of(), beat, looking)
                code = DONE
            except Full as full:
                beat.say(str(full))
                code = FULL
            except Problem as problem:
                beat.say(str(problem))
                code = TROUBLE
            except MemoryError:
                beat.say(f"It needed more than {limits.CHILD_BYTES >> 30} GiB of memory.")
            except Exception as fault:
                beat.say(f"It met an unexpected fault: {type(fault).__name__}.", traceback.format_exc())
        finally:
            os._exit(code)

    def _hear(self, seconds: float) -> None:
        """Wait a moment, and note who gave a sign of life."""
        pipes = {running.pipe: running for running in self._children.values()}
        ready, _, _ = select.select(list(pipes), [], [], seconds) if pipes else ((), (), ())
        if not pipes:
            time.sleep(seconds)
        for pipe in ready:
            said = os.read(pipe, 4096)
            if said:
                pipes[pipe].heard_at = time.monotonic()
                self._note(pipes[pipe], said)

    def _note(self, running: Running, said: bytes) -> None:
        running.said += (said if running.said else said.lstrip(b".")).decode("utf-8", "replace")

    def _reap(self) -> None:
        for pid, running in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            with suppress(OSError):
                os.set_blocking(running.pipe, False)
                while said := os.read(running.pipe, 4096):
                    self._note(running, said)
            os.close(running.pipe)
            del self._children[pid]
            self._keep_traceback(running)
            self._ended(running, os.waitstatus_to_exitcode(status))
            running.looking.close()

    def _keep_traceback(self, running: Running) -> None:
        """Write the traceback that a child gave, if any, to our log: a child may write no file. Its number goes to the page."""
        running.said, _, trace = running.said.partition(TRACE)
        if trace:
            number = uuid4().hex[:8]
            logger.error("Query %s met an unexpected fault, number %s.\n%s", running.job.id, number, trace)
            running.said += f" The query worker's log has it as number {number}."

    def _ended(self, running: Running, code: int) -> None:
        if running.row is None:
            if code != DONE:
                self._push_died(running.job, _cause(running, code))
            push.forget_running(self._redis, running.job.id)
        elif not running.is_ending:
            self._persistent_died(running, code)

    def _push_died(self, job: Job, cause: str) -> None:
        found = self._redis.get(push.key(job.id, "state"))
        told = orjson.loads(found) if found else {}
        if told.get("state") not in push.ENDED:
            told |= {"state": "failed", "reason": f"{cause} The rows so far stay."}
            self._redis.set(push.key(job.id, "state"), orjson.dumps(told), ex=limits.KEPT_S)

    def _persistent_died(self, running: Running, code: int) -> None:
        row = PersistentQuery.objects.filter(pk=running.row).first()
        if row is None:
            return None
        cause = _cause(running, code)
        if code == FULL:
            return persistent.pause_for(row, cause)
        lived_s = time.monotonic() - running.began_at
        deaths = 1 + (self._deaths.get(row.pk, (0, 0.0))[0] if lived_s < STEADY_S else 0)
        self._deaths[row.pk] = (deaths, time.monotonic() + BACKOFF_S[min(deaths, len(BACKOFF_S)) - 1])
        place = running.looking.place() if code < 0 or code == UNEXPECTED else None
        if place is not None and place.records == 1:
            before, times = self._held_up.get(row.pk, (place, 0))
            self._held_up[row.pk] = place, times + 1 if before == place else 1
            if self._held_up[row.pk][1] >= limits.DEATHS:
                del self._held_up[row.pk]
                return persistent.fail_at(row, place)
        return persistent.say(row, "RESTARTING", cause)


def _cause(running: Running, code: int) -> str:
    """Return in a sentence why a child ended."""
    if running.said:
        return running.said
    place = running.looking.place()
    at = f" while it looked into {place}" if place is not None else ""
    if running.is_silent:
        return f"Its process was ended: it had given no sign of life for {limits.BATCH_S:.0f} seconds{at}."
    return f"Its process was ended by {signal.Signals(-code).name}{at}." if code < 0 else f"Its process failed{at}."


class _Beat:
    """A child's sign of life: one byte at most four times a second."""

    def __init__(self, pipe: int) -> None:
        self._pipe, self._at = pipe, 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._at > 0.25:
            self._at = now
            os.write(self._pipe, b".")

    def say(self, text: str, trace: str = "") -> None:
        """Tell why the child ends, and where an unexpected fault came from."""
        told = text[:4000] + (TRACE + trace[-16_000:] if trace else "")
        os.write(self._pipe, told.encode("utf-8", "replace"))
