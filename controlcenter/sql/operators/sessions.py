"""Sessions: spans of one key that no gap divides, merged when a record joins them.

Law: pruning changes no output: an expired session neither merges nor leaves, whether it is still here or not.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from controlcenter.sql.operators.tables import Entry
from controlcenter.sql.typed import Window

Session = list[Any]  # [start, end, one state per aggregate]


class Sessions:
    """The sessions of all keys of one task.

    rows         key bytes → its sessions by start
    stream_time  the highest timestamp seen; -1 before the first
    observed     the highest end stored
    closed       EMIT FINAL: sessions that end before it have left; -1 before the first
    """

    __slots__ = (
        *("_due", "_ends", "_final", "_merge", "closed", "dirty", "gap", "grace"),
        *("observed", "retention", "rows", "shown", "stream_time"),
    )

    def __init__(self, window: Window, merge: Sequence[Callable[[Any, Any], Any]], final: bool = False) -> None:
        self.gap, self.grace, self.retention = window.size_ms, window.grace_ms, window.retention_ms
        self.rows: dict[bytes, list[Session]] = {}
        self.stream_time = self.observed = self.closed = -1
        self.shown: set[Any] = set()
        self.dirty: dict[Any, Any] = {}
        self._ends: list[tuple[int, int, bytes]] = []  # a heap of (end, start, key); merged ones stay until their time
        self._due: list[tuple[int, int, bytes]] = []  # the same for EMIT FINAL: what has not left yet
        self._merge, self._final = merge, final

    def join(self, key: bytes, ts: int, fresh: list[Any]) -> tuple[list[Session], Session] | None:
        """Take the sessions that a record at `ts` joins out and return them with the one that holds them all.

        None when the joined session is too late. Its states are the merged ones, from `fresh` on: the record itself is
        not yet in it, and it is not yet stored: `keep` does that.
        """
        gap, sessions = self.gap, self.rows.get(key)
        start = end = ts
        old: list[Session] = []
        if sessions:
            oldest = self.observed - self.retention
            old = [s for s in sessions if s[1] >= ts - gap and s[0] <= ts + gap and s[1] >= oldest]
            if old:
                start, end = min(start, old[0][0]), max(end, max(s[1] for s in old))
        if end < self.stream_time - self.grace - gap:
            return None
        states = list(fresh)
        for session in old:
            states = [merge(a, b) for merge, a, b in zip(self._merge, states, session[2:], strict=True)]
        return old, [start, end, *states]

    def keep(self, key: bytes, old: list[Session], session: Session) -> None:
        """Put a joined session in the place of the old ones."""
        sessions = self.rows.get(key)
        if sessions is None:
            self.rows[key] = [session]
        else:
            kept = [s for s in sessions if not any(s is gone for gone in old)] if old else sessions
            if not kept or kept[-1][0] < session[0]:
                kept.append(session)
            else:
                kept.append(session)
                kept.sort(key=_start)
            self.rows[key] = kept
        if not old or old[-1][1] != session[1] or old[0][0] != session[0]:
            self._remember(session[1], session[0], key)
        if session[1] > self.observed:
            self.observed = session[1]
            if not self._final:  # there an expired session has still to leave
                self.prune()

    def advance(self) -> Iterator[tuple[bytes, Session]]:
        """Give the sessions that stream time has closed since the last call, by end, each once."""
        close = self.stream_time - self.grace - self.gap
        if close <= self.closed:
            return
        self.closed = close
        while self._due and self._due[0][0] < close:
            end, start, key = heapq.heappop(self._due)
            session = next((s for s in self.rows.get(key, ()) if s[0] == start and s[1] == end), None)
            if session is not None:
                yield key, session
        self.prune()

    def prune(self) -> None:
        """Forget the sessions that the retention no longer holds. With EMIT FINAL they have left by then."""
        oldest = self.observed - self.retention
        while self._ends and self._ends[0][0] < oldest:
            end, start, key = heapq.heappop(self._ends)
            kept = [s for s in self.rows.get(key, ()) if s[0] != start or s[1] != end]
            if kept:
                self.rows[key] = kept
            else:
                self.rows.pop(key, None)
            self.shown.discard((start, end, key))

    def _remember(self, end: int, start: int, key: bytes) -> None:
        heapq.heappush(self._ends, (end, start, key))
        if self._final:
            heapq.heappush(self._due, (end, start, key))

    def save(self) -> list[Entry]:
        """Return everything that a restart must know."""
        entries: list[Entry] = [(b"t", [self.stream_time, self.observed, self.closed])]
        entries += [(b"w" + _span(s[0], s[1]) + key, s[2:]) for key, sessions in self.rows.items() for s in sessions]
        return entries + [(b"s" + _span(start, end) + key, True) for start, end, key in self.shown]

    def load(self, entries: Iterable[Entry]) -> None:
        for key, value in entries:
            if key == b"t":
                self.stream_time, self.observed, self.closed = value
                continue
            start, end, name = int.from_bytes(key[1:9], "big"), int.from_bytes(key[9:17], "big"), key[17:]
            if key[:1] == b"s":
                self.shown.add((start, end, name))
                continue
            self.rows.setdefault(name, []).append([start, end, *value])
            self._remember(end, start, name)
        for sessions in self.rows.values():
            sessions.sort(key=_start)


def _start(session: Session) -> int:
    start: int = session[0]
    return start


def _span(start: int, end: int) -> bytes:
    return start.to_bytes(8, "big") + end.to_bytes(8, "big")
