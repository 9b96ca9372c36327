"""Sessions: spans of one key that no gap divides, merged when a record joins them.

Law: pruning changes no output: an expired session neither merges nor leaves, whether it is still here or not.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from controlcenter.sql.operators.tables import Entry
from controlcenter.sql.typed import Window

Session = list[Any]  # [start, end, one state per aggregate]; its start is None once another has taken it in
Due = tuple[int, int, bytes, Session]  # (end when it was noted, a number that tells equal ends apart, key, session)


class Sessions:
    """The sessions of all keys of one task.

    rows      key bytes → its sessions by start
    times     partition → the highest timestamp seen there, as of `Windows`
    observed  the highest end stored
    """

    __slots__ = (
        *("_due", "_ends", "_final", "_merge", "_number", "_waiting", "dirty", "gap", "grace"),
        *("observed", "retention", "rows", "shown", "times"),
    )

    def __init__(self, window: Window, merge: Sequence[Callable[[Any, Any], Any]], final: bool = False) -> None:
        self.gap, self.grace, self.retention = window.size_ms, window.grace_ms, window.retention_ms
        self.rows: dict[bytes, list[Session]] = {}
        self.observed = -1
        self.times: dict[int, int] = {}
        self.shown: set[Any] = set()
        self.dirty: dict[Any, Any] = {}
        self._ends: list[Due] = []  # a heap, one entry a session; what has grown since moves on when its time comes
        self._due: list[Due] = []  # the same for EMIT FINAL: what has not left yet
        self._waiting: set[int] = set()  # the ids of the sessions in it
        self._number = 0
        self._merge, self._final = merge, final

    @property
    def stream_time(self) -> int:
        """Return the highest timestamp seen in any partition; -1 before the first."""
        return max(self.times.values(), default=-1)

    def join(self, key: bytes, ts: int, clock: int, fresh: list[Any]) -> tuple[list[Session], Session] | None:
        """Return the sessions that a record at `ts` joins, in order of start, and the one that will hold them all.

        None when the joined session is too late by `clock`, its partition's stream time. Its states are the merged ones,
        or `fresh`: the record itself is not yet in it, and nothing is stored before `keep`.
        """
        sessions = self.rows.get(key)
        if sessions:
            low, high = ts - self.gap, ts + self.gap
            old = [s for s in sessions if s[1] >= low and s[0] <= high]
            if old and old[0][1] < self.observed - self.retention:
                old = [s for s in old if s[1] >= self._oldest()]
            if old:
                joined = list(old[0])
                if len(old) > 1:
                    self._merge_into(joined, old)
                if ts < joined[0]:
                    joined[0] = ts
                elif ts > joined[1]:
                    joined[1] = ts
                return None if joined[1] < clock - self.grace - self.gap else (old, joined)
        return None if ts < clock - self.grace - self.gap else ([], [ts, ts, *fresh])

    def _oldest(self) -> int:
        """Return the end below which sessions are expired."""
        return min((self.observed, *self.times.values())) - self.retention

    def _merge_into(self, joined: Session, old: list[Session]) -> None:
        for session in old[1:]:
            joined[1] = max(joined[1], session[1])
            joined[2:] = [merge(a, b) for merge, a, b in zip(self._merge, joined[2:], session[2:], strict=True)]

    def keep(self, key: bytes, old: list[Session], session: Session) -> None:
        """Put a joined session in the place of the old ones."""
        if len(old) == 1:
            old[0][:] = session  # the very same list goes on, so the heaps need not know
            if self._final and id(old[0]) not in self._waiting:  # it has left, and leaves again, longer
                self._wait(key, old[0])
        else:
            for gone in old:
                gone[0] = None  # the heaps may still hold it
                self._waiting.discard(id(gone))
            sessions = self.rows.setdefault(key, [])
            if sessions:
                sessions[:] = [s for s in sessions if s[0] is not None]
            sessions.append(session)
            if len(sessions) > 1:
                sessions.sort(key=_start)
            self._remember(key, session)
        if session[1] > self.observed:
            self.observed = session[1]
            if not self._final:  # there an expired session has still to leave
                self.prune()

    def advance(self) -> list[tuple[bytes, Session]]:
        """Return the sessions that stream time has closed since the last call, by end, start and key, each as it is now."""
        close = min(self.times.values()) - self.grace - self.gap
        due = sorted(_passed(self._due, close), key=lambda one: (one[3][1], one[3][0], one[2]))
        self._waiting.difference_update(id(session) for _, _, _, session in due)
        self.prune()
        return [(key, session) for _, _, key, session in due]

    def prune(self) -> None:
        """Forget the sessions that the retention no longer holds. With EMIT FINAL they have left by then."""
        for _, _, key, session in _passed(self._ends, self._oldest()):
            self.shown.discard((session[0], session[1], key))
            sessions = self.rows[key]
            sessions[:] = [s for s in sessions if s is not session]
            if not sessions:
                del self.rows[key]

    def _remember(self, key: bytes, session: Session) -> None:
        self._number += 1
        heapq.heappush(self._ends, (session[1], self._number, key, session))
        if self._final:
            self._wait(key, session)

    def _wait(self, key: bytes, session: Session) -> None:
        self._number += 1
        self._waiting.add(id(session))
        heapq.heappush(self._due, (session[1], self._number, key, session))

    def save(self) -> list[Entry]:
        """Return everything that a restart must know: of a session also whether it has left."""
        entries: list[Entry] = [(b"t", [dict(self.times), self.observed])]
        for key, sessions in self.rows.items():
            entries += [(b"w" + _span(s[0], s[1]) + key, [id(s) in self._waiting, *s[2:]]) for s in sessions]
        return entries + [(b"s" + _span(start, end) + key, True) for start, end, key in self.shown]

    def load(self, entries: Iterable[Entry]) -> None:
        for key, value in entries:
            if key == b"t":
                times, self.observed = value
                self.times.update(times)
                continue
            start, end, name = int.from_bytes(key[1:9], "big"), int.from_bytes(key[9:17], "big"), key[17:]
            if key[:1] == b"s":
                self.shown.add((start, end, name))
                continue
            session = [start, end, *value[1:]]
            self.rows.setdefault(name, []).append(session)
            self._remember(name, session)
            if not value[0]:
                self._waiting.discard(id(session))
        self._due = [due for due in self._due if id(due[3]) in self._waiting]
        heapq.heapify(self._due)
        for sessions in self.rows.values():
            sessions.sort(key=_start)


def _passed(heap: list[Due], end: int) -> list[Due]:
    """Take the sessions that ended before `end` out of a heap; those that have grown since go back under their new end."""
    passed = []
    while heap and heap[0][0] < end:
        was, number, key, session = heapq.heappop(heap)
        if session[0] is None:
            continue
        if session[1] > was:
            heapq.heappush(heap, (session[1], number, key, session))
        else:
            passed.append((was, number, key, session))
    return passed


def _start(session: Session) -> int:
    start: int = session[0]
    return start


def _span(start: int, end: int) -> bytes:
    return start.to_bytes(8, "big") + end.to_bytes(8, "big")
