"""What the child of a push query does: feed → task → rows, until it is done, told to end, or nobody looks any more.

The one place where a query meets record bytes. It is forked for one query, limited, and killed when it is silent.
"""

import ctypes
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

from controlcenter.errors import Problem
from controlcenter.kafka.feeding import Feed
from controlcenter.kafka.model import Connection
from controlcenter.query import limits, running, starts
from controlcenter.query.job import Job
from controlcenter.query.looking import Looking
from controlcenter.query.push import key
from controlcenter.query.reports import Report
from controlcenter.query.running import Full, Ready
from controlcenter.schemas.book import Book
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Connection as Registry

WAIT_S = 0.05
LOOK_S = 0.2  # between two looks whether somebody wants it still
PR_SET_PDEATHSIG = 1


def limit(memory: int = limits.CHILD_BYTES) -> None:
    """Take from this process what a hostile record could use; it ends with its parent."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)
    os.nice(5)
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(what, (most, most))


def push(job: Job, connection: Connection, registry: Registry | None, redis: Any, alive: Callable[[], None], looking: Looking) -> None:
    """Run a push query to its end, which it writes with its reason. registry: of its cluster, None when it has none."""
    report = Report(redis, job.id)
    course = _Course(job, report, redis, alive, looking)
    try:
        ready = running.make(job, schemas=book(registry, alive))
        feed = Feed(connection, ready.topics)
    except Problem as problem:
        report.end("failed", str(problem), course.figures("failed"))
        return
    try:
        course.note = starts.begin(feed, _start(job, ready))
        course.run(ready, feed)
    except Full as full:
        report.end("limit", str(full), course.figures("limit"))
    except Problem as problem:
        report.end("failed", str(problem), course.figures("failed"))  # it asks the feed, while it is open
    finally:
        feed.close()


def book(registry: Registry | None, alive: Callable[[], None]) -> Book | None:
    """Return the schemas of a child, asked of the registry one by one as records name them."""
    return None if registry is None else Book(Client(registry, before=alive), most_ids=limits.SCHEMAS)


def _start(job: Job, ready: Ready) -> Any:
    if not ready.is_endless and job.start == "latest":
        return "earliest"  # without EMIT the log is read once, whole
    return job.start


class _Course:
    """One run, its counts and its ends."""

    def __init__(self, job: Job, report: Report, redis: Any, alive: Callable[[], None], looking: Looking) -> None:
        self._job, self._report, self._redis, self._alive, self._looking = job, report, redis, alive, looking
        self._most = {"seconds": limits.PUSH_S, "bytes": limits.PUSH_BYTES, **job.limits}
        self.note = ""  # shown while it runs
        self._began = self._looked_at = self._rated_at = time.monotonic()
        self._was_followed = False
        self._read = self._bytes = self._rated = 0
        self._rate: float | None = None
        self._newest_ms: int | None = None
        self._feed: Feed | None = None
        self._ready: Ready | None = None

    def run(self, ready: Ready, feed: Feed) -> None:
        self._feed, self._ready = feed, ready
        kinds = [column.type for column in ready.columns]
        asked = [rows for rows in (ready.query.limit, self._job.limits.get("rows")) if rows is not None]
        limit_rows = min(asked, default=None)
        report = self._report

        def out(row: Any, timestamp: int, is_tombstone: bool) -> None:
            if limit_rows is None or report.emitted < limit_rows:
                report.row(running.cells(row, kinds), timestamp, is_tombstone)

        while True:
            batch = feed.take(WAIT_S)
            self._alive()
            if batch:
                ready.run(batch, out, self._looking)
                self._count(batch)
            report.leave()
            report.figures(self.figures("running"))
            end = self._end(limit_rows)
            if end is not None:
                report.end(*end, self.figures(end[0]))
                return

    def _end(self, limit_rows: int | None) -> tuple[str, str] | None:
        """Return (state, reason) when it is over."""
        feed, ready = self._feed, self._ready
        if feed is None or ready is None:
            return None
        seconds = time.monotonic() - self._began
        if limit_rows is not None and self._report.emitted >= limit_rows:
            return "limit", f"The {limit_rows:,} rows that were asked for are there."
        if not ready.is_endless and feed.is_at_end():
            return "complete", "Everything up to the end of the topic, as it was at the start, was read."
        if seconds > self._most["seconds"]:
            return "limit", f"It ran for {_span(self._most['seconds'])}, which is the most{self._by('seconds')}."
        if self._bytes > self._most["bytes"]:
            more = "" if "bytes" in self._job.limits else "; run it again from a later place, or as a persistent query"
            return "limit", f"It read {_size(self._most['bytes'])}, which is the most{self._by('bytes')}{more}."
        if time.monotonic() - self._looked_at > LOOK_S:
            self._looked_at = time.monotonic()
            wanted, stopped = self._redis.mget(key(self._job.id, "wanted"), key(self._job.id, "stop"))
            self._was_followed = self._was_followed or wanted is not None
            if stopped is not None:
                return "stopped", "It was stopped."
            if wanted is None and ready.is_endless and (self._was_followed or seconds > limits.GRACE_S):
                return "gone", "Nobody looked any more."
        return None

    def _by(self, name: str) -> str:
        return " that was allowed" if name in self._job.limits else ""

    def _count(self, batch: list[Any]) -> None:
        self._read += len(batch)
        self._bytes += sum(len(message) for message in batch)
        newest = batch[-1].timestamp()[1]
        self._newest_ms = newest if self._newest_ms is None or newest > self._newest_ms else self._newest_ms

    def figures(self, state: str) -> dict[str, Any]:
        now = time.monotonic()
        if now - self._rated_at >= 1:
            self._rate = (self._read - self._rated) / (now - self._rated_at)
            self._rated, self._rated_at = self._read, now
        feed, ready = self._feed, self._ready
        ends = feed.ends() if feed else {}
        return {
            "state": state,
            "reason": self.note,
            "read": self._read,
            "bytes": self._bytes,
            "read_per_s": self._rate,
            "seconds": round(now - self._began, 2),
            "newest_ms": self._newest_ms,
            "dropped": dict(ready.task.log.counts) if ready else {},
            "deleted": feed.lost if feed else 0,
            "partitions": [[t, p, *feed.marks[t, p], feed.at[t, p], ends[t, p]] for t, p in sorted(feed.at)][:200] if feed else [],
        }


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds % 60 == 0 and seconds > 60 else f"{seconds:,} seconds"


def _size(count: int) -> str:
    for unit, words in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count % unit == 0:
            return f"{count // unit:,} {words}"
    return f"{count:,} bytes"
