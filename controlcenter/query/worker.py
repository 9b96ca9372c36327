"""The query worker: one thread that forks a child for each query, hears that they live, and makes the wished state true.

It holds no Kafka client and no thread, so a fork is safe and takes milliseconds; a child has its own Redis connection and
never touches the database. What somebody wishes stands in Redis (push) and in the database (persistent); nothing is kept here.
"""

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
from django.db import close_old_connections, connections

from controlcenter.access import principals
from controlcenter.errors import Problem
from controlcenter.fleet import clusters
from controlcenter.query import child, limits, persistent, push, rights, writer
from controlcenter.query.job import Job
from controlcenter.query.models import PersistentQuery

TICK_S = 0.05
CONVERGE_S = 2.0
BACKOFF_S = (0.5, 1, 2, 5, 15, 30)


@dataclass(slots=True)
class Running:
    """A forked child. heard_at: its last sign of life. row: of a persistent query."""

    pid: int
    pipe: int
    heard_at: float
    job: Job
    row: int | None = None
    is_ending: bool = False


class Worker:
    """idle_s: it ends when nothing was wished so long and nothing runs; 0: never."""

    def __init__(self, redis_of: Callable[[], Any], idle_s: float = 0) -> None:
        self._redis_of, self._idle_s = redis_of, idle_s
        self._redis = redis_of()
        self._children: dict[int, Running] = {}
        self._deaths: dict[int, tuple[int, float]] = {}  # row → how often in a row, and not before
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
            connection = clusters.connection(clusters.get(job.slug))
        except Problem as problem:
            told = {"state": "failed", "reason": str(problem)}
            self._redis.set(push.key(job.id, "state"), orjson.dumps(told), ex=limits.KEPT_S)
            return
        self._fork(job, lambda redis, alive: child.push(job, connection, redis, alive))

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
            connection = clusters.connection(clusters.get(row.cluster))
            job = persistent.job(row)
        except Problem as problem:
            persistent.say(row, "FAILED", writer.reason_of(problem))
            return
        persistent.say(row, "RUNNING", "")
        self._fork(job, lambda redis, alive: writer.write(job, connection, redis, alive), row.pk)

    # — children ——————————————————————————————————————————————————————————————

    def _fork(self, job: Job, work: Callable[[Any, Callable[[], None]], None], row: int | None = None) -> None:
        ours, theirs = os.pipe()
        connections.close_all()  # no file of the database is shared with a child
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            self._be_child(theirs, work)
        os.close(theirs)
        self._children[pid] = Running(pid, ours, time.monotonic(), job, row)

    def _be_child(self, pipe: int, work: Callable[[Any, Callable[[], None]], None]) -> NoReturn:
        """Be a child, and never return: 0 done, 1 a Problem (told through the pipe), 2 unexpected."""
        code = 2
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            for other in self._children.values():
                os.close(other.pipe)
            child.limit()
            beat = _Beat(pipe)
            try:
                work(self._redis_of(), beat)
                code = 0
            except Problem as problem:
                beat.say(writer.reason_of(problem))
                code = 1
            except Exception as fault:
                beat.say(f"It failed unexpectedly: {type(fault).__name__}: {fault}")
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
        words = said.strip(b".")
        if words and running.row is not None:
            PersistentQuery.objects.filter(pk=running.row).update(reason=words.decode("utf-8", "replace"))

    def _reap(self) -> None:
        for pid, running in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            with suppress(OSError):
                os.set_blocking(running.pipe, False)
                self._note(running, os.read(running.pipe, 4096))
            os.close(running.pipe)
            del self._children[pid]
            self._ended(running, os.waitstatus_to_exitcode(status))

    def _ended(self, running: Running, code: int) -> None:
        cause = f"its process was ended by {signal.Signals(-code).name}" if code < 0 else ""
        if running.row is None:
            if code != 0:
                self._push_died(running.job, cause or "its process failed")
            push.forget_running(self._redis, running.job.id)
        elif not running.is_ending:
            self._persistent_died(running, cause)

    def _push_died(self, job: Job, cause: str) -> None:
        found = self._redis.get(push.key(job.id, "state"))
        told = orjson.loads(found) if found else {}
        if told.get("state") not in push.ENDED:
            told |= {"state": "failed", "reason": f"The query ended: {cause}. The rows so far stay."}
            self._redis.set(push.key(job.id, "state"), orjson.dumps(told), ex=limits.KEPT_S)

    def _persistent_died(self, running: Running, cause: str) -> None:
        row = PersistentQuery.objects.filter(pk=running.row).first()
        if row is None:
            return
        deaths = self._deaths.get(row.pk, (0, 0.0))[0] + 1
        self._deaths[row.pk] = (deaths, time.monotonic() + BACKOFF_S[min(deaths, len(BACKOFF_S)) - 1])
        persistent.say(row, "RESTARTING", cause or row.reason)


class _Beat:
    """A child's sign of life: one byte at most four times a second."""

    def __init__(self, pipe: int) -> None:
        self._pipe, self._at = pipe, 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._at > 0.25:
            self._at = now
            os.write(self._pipe, b".")

    def say(self, text: str) -> None:
        os.write(self._pipe, text.encode("utf-8", "replace")[:4000])
