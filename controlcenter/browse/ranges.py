"""Which offsets a request reads, and when it has read enough. Pure: from the request and the marks, both values.

Ranges are half-open. Laws: a range never passes what the isolation level may read; the page is the k-way merge of the
partitions, so the order within a partition is always its own; a partition is read on while its next record could still
belong on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import Protocol, TypeVar

from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem

SMALLEST = 20  # offsets a first window reads at least: holes are common, round trips are not free


class Mark(Protocol):
    """Where a partition starts and ends, up to where it is stable, and where the asked time begins. what: why unknown."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def lso(self) -> int: ...
    @property
    def at(self) -> int | None: ...
    @property
    def what(self) -> str: ...


class Keyed(Protocol):
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp_ms(self) -> int: ...


K = TypeVar("K", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Range:
    """One partition's part. start, stop: all that may be read; low, high: the window read so far (low == high: nothing yet).

    state   open, complete, blocked (an open transaction stands before it), failed
    behind  offsets that exist, but stand behind an open transaction
    """

    partition: int
    start: int
    stop: int
    low: int
    high: int
    state: str = "open"
    behind: int = 0
    what: str = ""

    @property
    def is_whole(self) -> bool:
        return self.low <= self.start and self.high >= self.stop


def plan(request: Request, marks: Mapping[int, Mark]) -> list[Range]:
    """Return the range of each asked partition, nothing of it read yet.

    raises Problem(INVALID) for a partition or an offset that is not there, naming what is
    """
    wanted = sorted(marks) if request.partitions is None else request.partitions
    missing = [p for p in (*wanted, *(request.offsets or {})) if p not in marks and p != -1]
    if missing:
        there = f"It has 0 to {max(marks)}." if marks else "It has none."
        raise Problem(Kind.INVALID, f"There is no partition {missing[0]}.", there, "partitions")
    if request.offsets and -1 not in request.offsets:
        wanted = [p for p in wanted if p in request.offsets]
    if request.offsets:
        _check_offsets(request.offsets, {p: marks[p] for p in wanted})
    return [_range(request, p, marks[p]) for p in wanted]


def window(request: Request, ranges: Sequence[Range], needy: Sequence[int] | None = None) -> dict[int, tuple[int, int]]:
    """Return partition → [from, to) to read next. needy: which partitions; None for the first round, all of them.

    The first window is twice a fair share; each further one doubles what was read: holes may be wide.
    """
    is_open = [r for r in ranges if r.state == "open" and not r.is_whole and (needy is None or r.partition in needy)]
    count = len([r for r in ranges if r.start < r.stop]) or 1
    found = {}
    for r in is_open:
        size = max(SMALLEST, -(-2 * request.n // count), 2 * (r.high - r.low))
        found[r.partition] = (max(r.start, r.low - size), r.low) if request.is_backward else (r.high, min(r.stop, r.high + size))
    return found


def widened(r: Range, span: tuple[int, int]) -> Range:
    """Return a range after a window beside it was read to its end."""
    grown = replace(r, low=min(r.low, span[0]), high=max(r.high, span[1]))
    return replace(grown, state="complete") if grown.is_whole and r.state == "open" else grown


def merge(records: Mapping[int, Sequence[K]], ranges: Sequence[Range], n: int, *, is_backward: bool) -> tuple[list[K], list[int]]:
    """Return the page so far, and the partitions that must be read on before it is the page.

    records  partition → what was read of it, by rising offset
    Newest first for backward, else oldest first; heads compared by (timestamp, partition, offset).
    """
    sign = -1 if is_backward else 1
    unread = {r.partition for r in ranges if r.state == "open" and not r.is_whole}
    lists = {p: list(reversed(found)) if is_backward else list(found) for p, found in records.items()}
    needy = [p for p in unread if not lists.get(p)]
    heap = [(*_key(found[0], sign), p, 0) for p, found in lists.items() if found]
    heapify(heap)
    page: list[K] = []
    while heap and not needy and len(page) < n:
        *_, p, i = heappop(heap)
        page.append(lists[p][i])
        if i + 1 < len(lists[p]):
            heappush(heap, (*_key(lists[p][i + 1], sign), p, i + 1))
        elif p in unread and len(page) < n:
            needy.append(p)
    return page, needy


def _key(record: Keyed, sign: int) -> tuple[int, int, int]:
    return (sign * record.timestamp_ms, sign * record.partition, sign * record.offset)


def _range(request: Request, partition: int, mark: Mark) -> Range:
    if mark.what:
        return Range(partition, 0, 0, 0, 0, "failed", what=mark.what)
    is_committed = request.isolation == "read_committed"
    stop = min(mark.lso, mark.end) if is_committed else mark.end
    start = _first(request, partition, mark)
    behind = mark.end - stop
    if is_committed and start >= stop and stop < mark.end and start < mark.end:
        return Range(partition, start, start, start, start, "blocked", behind)
    start = max(mark.start, min(start, stop))
    stop = max(start, stop)
    at = stop if request.is_backward else start
    return Range(partition, start, stop, at, at, "complete" if start == stop else "open", behind)


def _first(request: Request, partition: int, mark: Mark) -> int:
    if request.start == "offset" and request.offsets:
        return request.offsets.get(partition, request.offsets.get(-1, mark.start))
    if request.start == "time":
        return mark.end if mark.at is None else mark.at
    return mark.start


def _check_offsets(offsets: Mapping[int, int], marks: Mapping[int, Mark]) -> None:
    """One offset for all must be there in some partition; a pair must be there in its own."""
    asked = [(p, offsets.get(p, offsets.get(-1, 0)), mark) for p, mark in sorted(marks.items()) if not mark.what]
    out = [(p, offset, mark) for p, offset, mark in asked if not mark.start <= offset < max(mark.end, mark.start)]
    if out and (-1 not in offsets or len(out) == len(asked)):
        valid = "; ".join(
            f"partition {p} is empty (next offset {m.end:,})" if m.start >= m.end else f"partition {p} holds {m.start:,} to {m.end - 1:,}"
            for p, _, m in out[:6]
        )
        raise Problem(Kind.INVALID, f"Offset {out[0][1]:,} is not there.", f"{valid[0].upper()}{valid[1:]}.", "offset")
