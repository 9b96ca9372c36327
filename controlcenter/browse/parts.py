"""Partitions on their way through one read: what was found, what may go out, and up to where all is told.

Law: `at` of a part never passes a hit that was not given out. Whoever goes on there misses nothing and gets nothing twice,
in either direction, whatever ended the read. Hits go out as the k-way merge of the partitions: within a partition in its own
order, across partitions by (timestamp, partition, offset).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple, Protocol

from controlcenter.browse.ranges import Range


class Keyed(Protocol):
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp_ms(self) -> int: ...


class Hit(NamedTuple):
    """A wanted record. rank: records of its partition between where this read began and it."""

    record: Any
    rank: int


@dataclass(slots=True)
class Part:
    """One partition.

    start, stop  all that may be read; at: where reading goes on after what was given out
    records, matched, undecodable  of what lies between the first `at` and this one
    low, high    what was scanned by this child; seen: records in there
    cut          where the nearest hit stood that was let go for want of room: (at, rank)
    """

    partition: int
    start: int
    stop: int
    at: int
    state: str = "open"
    behind: int = 0
    what: str = ""
    expired: tuple[int, int] | None = None
    records: int = 0
    matched: int = 0
    undecodable: int = 0
    low: int = 0
    high: int = 0
    seen: int = 0
    before: int = 0
    last_ms: int = -(1 << 63)
    hits: deque[Hit] = field(default_factory=deque)
    cut: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.low = self.high = self.at
        self.before = self.records

    def is_out(self, *, is_backward: bool) -> bool:
        """Whether nothing is left to scan."""
        return self.state != "open" or (self.low <= self.start if is_backward else self.high >= self.stop)

    def settle(self, *, is_backward: bool) -> None:
        """Move `at` as far as everything was given out, and say so when that is all."""
        at, rank = (self.low if is_backward else self.high), self.seen
        if self.hits:
            hit = self.hits[-1] if is_backward else self.hits[0]
            at, rank = hit.record.offset + int(is_backward), hit.rank
        elif self.cut is not None:
            at, rank = self.cut
        self.at, self.records = at, self.before + rank
        if self.state == "open" and (at <= self.start if is_backward else at >= self.stop):
            self.state = "complete"

    def fail(self, what: str) -> None:
        """Give the partition up where it stands; what was found stays."""
        self.state, self.what = "failed", what

    def told(self) -> list[Any]:
        """Return what the parent keeps: enough to go on in another child."""
        return [self.partition, self.start, self.stop, self.at, self.state, self.behind, self.what, self.expired, self.records,
                self.matched, self.undecodable]  # fmt: skip


def of_told(told: Sequence[Any]) -> Part:
    """Return a part as it was told."""
    partition, start, stop, at, state, behind, what, expired, *counts = told
    gone = (int(expired[0]), int(expired[1])) if expired else None
    records, matched, undecodable = map(int, counts)
    return Part(
        int(partition), int(start), int(stop), int(at), str(state), int(behind), str(what), gone, records, matched, undecodable
    )  # fmt: skip


def of_range(r: Range) -> Part:
    return Part(r.partition, r.start, r.stop, r.at, r.state, r.behind, r.what, r.expired)


def at_place(partition: int, start: int, stop: int, at: int, *, is_backward: bool) -> Part:
    """Return a part that goes on at a place; complete when nothing is left there."""
    return Part(partition, start, stop, at, "complete" if at == (start if is_backward else stop) else "open")


def take(parts: Mapping[int, Part], n: int, *, is_backward: bool, waits: str) -> tuple[list[Hit], list[int]]:
    """Take out up to n hits that nothing unread can precede; return them, and the partitions that must be read on before more can go.

    waits  "exactly": a partition with nothing found yet and something unread stops all, as any record of it could be first
           "by time": what is not younger (older, backwards) than what such a partition has passed already may go
           "no": everything found may go
    """
    sign = -1 if is_backward else 1
    heap = [_entry(part, sign) for part in parts.values() if part.hits]
    heapify(heap)
    bare = [part for part in parts.values() if not part.hits and not part.is_out(is_backward=is_backward)]
    needy = [] if waits == "no" else [part.partition for part in bare]
    bound = min((sign * part.last_ms for part in bare), default=None)
    given: list[Hit] = []
    while heap and len(given) < n and (waits == "no" or not needy or (waits == "by time" and bound is not None and heap[0][0] <= bound)):
        part = parts[heappop(heap)[3]]
        given.append(part.hits.pop() if is_backward else part.hits.popleft())
        part.matched += 1
        if part.hits:
            heappush(heap, _entry(part, sign))
        elif part.cut is not None:
            break  # more was there than could be kept: a page's worth of it has gone
        elif waits != "no" and not part.is_out(is_backward=is_backward):
            needy.append(part.partition)
            bound = sign * part.last_ms if bound is None else min(bound, sign * part.last_ms)
    return given, needy


def _entry(part: Part, sign: int) -> tuple[int, int, int, int]:
    record = (part.hits[-1] if sign < 0 else part.hits[0]).record
    return sign * record.timestamp_ms, sign * record.partition, sign * record.offset, record.partition


def push_window(part: Part, low: int, hits: Iterable[tuple[Any, int]], count: int, keep: int) -> None:
    """Put a window that was read below what is there; only its newest `keep` hits stay."""
    found = list(hits)
    # a marker, or a batch that is no record, stands between records: all of those at and after its rank lie above it
    ranked = [Hit(record, part.seen + count - i - int(is_record(record))) for record, i in found]
    if len(ranked) > keep and part.cut is None:
        let_go = ranked[-keep - 1]
        part.cut = (let_go.record.offset + 1, let_go.rank)
    room = ranked[-keep:] if keep > 0 else []
    part.hits.extendleft(reversed(room))
    part.seen += count
    part.low = low


def is_record(found: Any) -> bool:
    """Whether it counts as a record: a marker does not, nor does a batch that could not be unpacked."""
    return "control" not in found.flags and (not found.fault or found.timestamp_ms >= 0)
