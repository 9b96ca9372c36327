"""One cluster's loop in a worker: what is due → asked → merged → derived → published → history and events.

Each cluster has its own threads, its own connection and its own breaker: a cluster that hangs stops nobody else. All of
it can be lost at any moment: another worker goes on from the snapshot in Redis and loses nothing but rates.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import close_old_connections

from controlcenter.errors import Problem
from controlcenter.observe import derive, events, history, merge, poll, schedule
from controlcenter.observe.publish import Writer
from controlcenter.observe.snapshot import Snapshot
from controlcenter.observe.store import Store

logger = logging.getLogger(__name__)
TRIM_EVERY = 360  # samples: an hour
TROUBLED_S = 4.5  # metadata is read this often while something is wrong, even if nobody looks
THREADS = 6  # questions of one cluster under way at once


class Watch:
    """Watches one cluster. `tick` starts what is due and returns at once; it may be called by any thread, at any pace."""

    def __init__(self, store: Store, slug: str, connect: Callable[[], poll.Cluster]) -> None:
        self.slug = slug
        self.held = Snapshot()
        self._store = store
        self._connect = connect
        self._cluster: poll.Cluster | None = None
        self._writer = Writer(store, slug)
        self._memory = merge.Memory()
        self._breaker = schedule.CLOSED
        self._ran_at: dict[str, float] = {}
        self._running: set[str] = set()
        self._views: frozenset[str] = frozenset()
        self._rounds = 0
        self._sampled_step = time.time() * 1000 // history.STEP_MS  # the first sample waits for the first answers
        self._samples = 0
        self._starting = threading.Lock()
        self._publishing = threading.Lock()
        self._is_closed = False
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=f"watch-{slug}")

    def tick(self) -> bool:
        """Start what is due; False while another worker watches this cluster."""
        with self._publishing:
            if not self._writer.hold():
                return False
            if not self.held.version:
                self.held = self._writer.current(self.held)
        views = self._store.wanted(self.slug)
        if self._store.take_refresh(self.slug):
            self._memory.at_once |= set(schedule.PACES)
        if any(view.startswith(("topic/", "broker/")) for view in views - self._views):
            self._memory.at_once |= {"opened", "first_records"}
        self._views = views
        self._rounds += 1
        self._start()
        self._sample()
        return True

    def close(self) -> None:
        """Stop asking, give the lease back and close the connection."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._publishing:
            self._writer.release()
        if self._cluster is not None:
            self._cluster.close()

    def join(self) -> None:
        """Wait until nothing is under way any more; after `close`."""
        self._pool.shutdown(wait=True)

    def sample_now(self) -> None:
        """Write a sample of every series."""
        self._sampled_step = time.time() * 1000 // history.STEP_MS
        self._pool.submit(self._record)

    def _start(self) -> None:
        now = time.monotonic()
        with self._starting:
            if self._is_closed:
                return
            for kind in self._due(now):
                self._ran_at[kind] = now
                self._running.add(kind)
                self._memory.at_once.discard(kind)
                self._pool.submit(self._ask, kind, poll.Ask(self._views, self._rounds))

    def _due(self, now: float) -> list[str]:
        if not self._breaker.may_ask(now):
            return []
        if self._cluster is None or self._breaker.is_open:
            kinds = [schedule.PROBE]
        else:
            at_once = set(self._memory.at_once)
            is_troubled = self._breaker.failures or self.held.cluster()["state"] != "healthy"
            if is_troubled and now - self._ran_at.get(schedule.PROBE, now) >= TROUBLED_S:
                at_once.add(schedule.PROBE)
            known = [name for name, rows in self.held.tables.items() if rows]
            kinds = schedule.due(self._ran_at, self._views, now, known, at_once)
        return [kind for kind in kinds if kind not in self._running]

    def _ask(self, kind: str, ask: poll.Ask) -> None:
        try:
            answers = self._read(kind, ask)
            self._note(kind, answers)
            self._take(answers)
        except Exception:
            # the loop outlives any single failure: the next round comes at its own pace
            logger.exception("Reading %s of cluster %s failed.", kind, self.slug)
        finally:
            with self._starting:
                self._running.discard(kind)
        if not self._is_closed and self._breaker.failures == 0:
            self._start()  # what this answer made possible, or urgent, need not wait for the next tick

    def _read(self, kind: str, ask: poll.Ask) -> list[poll.Polled]:
        if self._cluster is None:
            try:
                self._cluster = self._connect()
            except Problem as problem:
                return [poll.failed("metadata", problem), poll.failed("cluster", problem)]
        return poll.read(self._cluster, kind, self.held, ask)

    def _note(self, kind: str, answers: list[poll.Polled]) -> None:
        """Open or close the breaker by how the probe went."""
        probe = next((answer for answer in answers if answer.source == schedule.PROBE), None)
        if probe is None:
            return
        if probe.result is None:
            self._breaker = self._breaker.failed(probe.failures[0].kind, time.monotonic())
        elif self._breaker is not schedule.CLOSED:
            self._breaker = schedule.CLOSED
            self._memory.at_once |= set(schedule.PACES)

    def _take(self, answers: list[poll.Polled]) -> None:
        """Merge and publish; when another writer was faster, drop the answers and read again what there is."""
        if not answers:
            return
        with self._publishing:
            if self._is_closed:
                return
            now_ms = int(time.time() * 1000)
            base = self._writer.current(self.held)
            snapshot = base
            for answer in answers:
                snapshot = merge.fold(snapshot, answer, self._memory)
            published = self._writer.publish(base, derive.everything(base, snapshot, now_ms), now_ms)
            if published is None:
                self.held = self._store.read(self.slug) or self.held
                return
            self.held = published
        with _database():
            events.write(self.slug, base, published)

    def _sample(self) -> None:
        if self.held.version and time.time() * 1000 // history.STEP_MS != self._sampled_step:
            self.sample_now()

    def _record(self) -> None:
        try:
            with _database():
                history.record(self.slug, self.held, int(time.time() * 1000))
                self._samples += 1
                if self._samples % TRIM_EVERY == 0:
                    events.trim(self.slug)
        except Exception:
            logger.exception("Samples of cluster %s were not written.", self.slug)


@contextmanager
def _database() -> Iterator[None]:
    """Give a thread the database for a moment. In between it holds no connection: PostgreSQL counts them, six a cluster."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


class Watches:
    """The watches of this process: one for each cluster there is, renewed when its connection changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watches: dict[str, tuple[Any, Watch]] = {}
        self._closed: list[Watch] = []
        self._lock = threading.Lock()

    def tick(self, clusters: dict[str, tuple[Any, Callable[[], poll.Cluster]]]) -> None:
        """Tick every cluster: slug → (what its connection is made of, how to connect). One that fails stops no other."""
        with self._lock:
            for slug in [slug for slug, (made_of, _) in self._watches.items() if slug not in clusters or clusters[slug][0] != made_of]:
                self._watches.pop(slug)[1].close()
            for slug, (made_of, connect) in clusters.items():
                if slug not in self._watches:
                    self._watches[slug] = (made_of, Watch(self._store, slug, connect))
            watches = [watch for _, watch in self._watches.values()]
        for watch in watches:
            try:
                watch.tick()
            except Exception:
                logger.exception("The tick of cluster %s failed.", watch.slug)

    def close(self) -> None:
        """Close every watch."""
        with self._lock:
            for _, watch in self._watches.values():
                watch.close()
                self._closed.append(watch)
            self._watches.clear()

    def join(self) -> None:
        """Wait until nothing of them is under way any more; after `close`."""
        for watch in self._closed:
            watch.join()
