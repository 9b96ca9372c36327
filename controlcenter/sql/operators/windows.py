"""State by window start and key, with the starts as the time index.

Law: pruning changes no output: what is pruned could neither take a record nor leave any more.
"""

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

from controlcenter.sql.operators.tables import Entry
from controlcenter.sql.typed import Window


class Windows:
    """Tumbling and hopping windows of all keys of one task.

    buckets   start → key bytes → [timestamp, one state per aggregate]
    times     partition → the highest timestamp seen there: the stream time by which a record of it is late
    observed  the highest start stored: what lies further back than the retention is gone

    A task may read several partitions, one far ahead of another. Each has its own stream time, as a task of its own
    would have; what is forgotten or final waits for the slowest partition that has been seen.
    """

    __slots__ = ("_final", "_starts", "advance_ms", "buckets", "dirty", "grace", "observed", "retention", "shown", "size", "times")

    def __init__(self, window: Window, final: bool = False) -> None:
        self.size, self.grace, self.retention = window.size_ms, window.grace_ms, window.retention_ms
        self.advance_ms = window.advance_ms
        self.buckets: dict[int, dict[bytes, list[Any]]] = {}
        self.observed = -1
        self.times: dict[int, int] = {}
        self.shown: set[Any] = set()
        self.dirty: dict[Any, Any] = {}
        self._starts: list[int] = []  # a heap: the oldest bucket first
        self._final = final

    @property
    def stream_time(self) -> int:
        """Return the highest timestamp seen in any partition; -1 before the first."""
        return max(self.times.values(), default=-1)

    def bucket(self, start: int) -> dict[bytes, list[Any]]:
        """Return the keys of one window, made when it is new."""
        found = self.buckets.get(start)
        if found is None:
            found = self.buckets[start] = {}
            heapq.heappush(self._starts, start)
            if start > self.observed:
                self.observed = start
                if not self._final:
                    self.prune()
        return found

    def advance(self) -> Iterator[tuple[int, bytes, list[Any]]]:
        """Give the windows that stream time has closed since the last call, by start and key, each once."""
        close = min(self.times.values()) - self.grace
        oldest = self._oldest()
        while self._starts and self._starts[0] + self.size <= close:
            start = heapq.heappop(self._starts)
            bucket = self.buckets.pop(start)
            if start >= oldest:
                for key in sorted(bucket):
                    yield start, key, bucket[key]

    def prune(self) -> None:
        """Forget the windows that the retention no longer holds. With EMIT FINAL closing is what forgets."""
        if not self.times:
            return
        oldest = self._oldest()
        while not self._final and self._starts and self._starts[0] < oldest:
            start = heapq.heappop(self._starts)
            self.buckets.pop(start)
            if self.shown:
                self.shown = {shown for shown in self.shown if shown[0] != start}

    def _oldest(self) -> int:
        """Return the start below which windows are gone: by the newest start of the slowest partition."""
        slowest = min(self.times.values())
        return min(self.observed, slowest - slowest % self.advance_ms) - self.retention

    def save(self) -> list[Entry]:
        """Return everything that a restart must know."""
        entries: list[Entry] = [(b"t", [dict(self.times), self.observed])]
        for start, bucket in self.buckets.items():
            entries += [(b"w" + start.to_bytes(8, "big") + key, row) for key, row in bucket.items()]
        return entries + [(b"s" + start.to_bytes(8, "big") + key, True) for start, key in self.shown]

    def load(self, entries: Iterable[Entry]) -> None:
        for key, value in entries:
            if key == b"t":
                times, self.observed = value
                self.times.update(times)
                continue
            start = int.from_bytes(key[1:9], "big")
            if key[:1] == b"s":
                self.shown.add((start, key[9:]))
                continue
            if start not in self.buckets:
                self.buckets[start] = {}
                heapq.heappush(self._starts, start)
            self.buckets[start][key[9:]] = list(value)
