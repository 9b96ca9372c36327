"""What the child of a persistent query does: restore, then feed → task → topic, committing as it goes, until it is ended."""

import signal
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import orjson

from controlcenter.kafka.feeding import Feed, Place
from controlcenter.kafka.model import Connection
from controlcenter.kafka.sinking import Sink
from controlcenter.query import child, limits, persistent, restore, running, starts
from controlcenter.query.commit import AtLeastOnce
from controlcenter.query.job import Job
from controlcenter.query.looking import Looking
from controlcenter.query.running import Ready
from controlcenter.schemas.model import Connection as Registry

TELL_S = 1.0
WAIT_S = 0.1


def write(job: Job, connection: Connection, registry: Registry | None, redis: Any, alive: Callable[[], None], looking: Looking) -> None:
    """Run a persistent query until SIGTERM; raises Problem when it cannot go on."""
    course = _Course(job, redis, alive, looking)
    signal.signal(signal.SIGTERM, course.stop)
    ready = running.make(job, is_cached=True, schemas=child.book(registry, alive))
    feed = Feed(connection, ready.topics, group=persistent.group_of(job.slug, job.id))
    try:
        course.run(ready, feed, Sink(connection))
    finally:
        feed.close()


class _Course:
    """One run and its figures."""

    def __init__(self, job: Job, redis: Any, alive: Callable[[], None], looking: Looking) -> None:
        self._job, self._redis, self._alive, self._looking = job, redis, alive, looking
        self._is_stopping = False
        self._read = self._written = self._restored = 0
        self._marks: deque[tuple[float, int, int]] = deque(maxlen=11)
        self._told_at = 0.0

    def stop(self, *_: Any) -> None:
        self._is_stopping = True

    def run(self, ready: Ready, feed: Feed, sink: Sink) -> None:
        committed = feed.committed()
        if ready.has_state and committed:
            self._tell("RESTORING", feed, ready)
            self._restored = restore.rebuild(ready, feed, committed, self._alive, self._looking)
        self._begin(feed, committed)
        commit = AtLeastOnce(ready.task, feed, sink)

        while not self._is_stopping:
            batch = feed.take(WAIT_S)
            self._alive()
            if batch:
                ready.run(batch, commit.out, self._looking)
                self._read += len(batch)
                sink.poll()
            if commit.is_due():
                commit.commit()
            self._written = commit.written
            self._tell("RUNNING", feed, ready)
        commit.commit()

    def _begin(self, feed: Feed, committed: dict[Place, int]) -> None:
        """Go on at the committed offsets; the first time begin where it was asked, and commit that, so that no death changes it.

        A partition that came later begins at its start. One whose beginning nobody noted is taken to have begun there too.
        """
        if committed:
            feed.begun = {place: feed.begun.get(place, first) for place, (first, _) in feed.marks.items()}
            feed.begin(committed)
        else:
            starts.begin(feed, self._job.start)
            feed.begun = dict(feed.at)
        feed.commit(feed.at)

    def _tell(self, state: str, feed: Feed, ready: Ready) -> None:
        now = time.monotonic()
        if now - self._told_at < TELL_S and state == "RUNNING":
            return
        self._told_at = now
        self._marks.append((now, self._read, self._written))
        first = self._marks[0]
        span = now - first[0]
        ends = feed.ends()
        log = ready.task.log
        told = {
            "state": state,
            "read": self._read,
            "written": self._written,
            "restored": self._restored,
            "read_per_s": (self._read - first[1]) / span if span else None,
            "written_per_s": (self._written - first[2]) / span if span else None,
            "lag": sum(ends[place] - at for place, at in feed.at.items()),
            "dropped": dict(log.counts),
            "deleted": feed.lost,
            "log": [[e.kind, e.text, e.cause, e.partition, e.offset] for e in list(log.entries)[-50:]],
            "at_ms": time.time_ns() // 1_000_000,
        }
        self._redis.set(persistent.figures_key(self._job.slug, self._job.id), orjson.dumps(told), ex=limits.KEPT_S)
