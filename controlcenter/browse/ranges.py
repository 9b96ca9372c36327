"""Which offsets a request reads. Pure: from the request and the marks, both values.

Ranges are half-open. Law: a range never passes what the isolation level may read, and an offset outside of the log is
named with what is there, never moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem


class Mark(Protocol):
    """Where a partition starts and ends, up to where it is stable, where the asked time or group stands. what: why unknown."""

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
    @property
    def until(self) -> int | None: ...
    @property
    def position(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Range:
    """One partition's part: [start, stop) is all that may be read, `at` where reading goes on: up from it, or down.

    state    open, complete, blocked (an open transaction stands before it), failed
    behind   offsets that exist, but stand behind an open transaction
    expired  [from, to) that was asked for and is deleted already
    """

    partition: int
    start: int
    stop: int
    at: int
    state: str = "open"
    behind: int = 0
    what: str = ""
    expired: tuple[int, int] | None = None


def plan(request: Request, marks: Mapping[int, Mark]) -> list[Range]:
    """Return the range of each asked partition, nothing of it read yet.

    raises Problem(INVALID) for a partition or an offset that is not there, naming what is
    """
    wanted = sorted(marks) if request.partitions is None else request.partitions
    missing = [p for p in (*wanted, *(request.offsets or {}), *(request.stops or {})) if p not in marks and p != -1]
    if missing:
        there = f"It has 0 to {max(marks)}." if marks else "It has none."
        raise Problem(Kind.INVALID, f"There is no partition {missing[0]}.", there, "partitions")
    for offsets in (request.offsets, request.stops):
        if offsets and -1 not in offsets:
            wanted = [p for p in wanted if p in offsets]
    there_marks = {p: marks[p] for p in wanted}
    if request.offsets:
        _check_offsets(request.offsets, there_marks, "offset")
    if request.stops:
        _check_offsets(request.stops, there_marks, "to")
    return [_range(request, p, marks[p]) for p in wanted]


def _range(request: Request, partition: int, mark: Mark) -> Range:
    if mark.what:
        return Range(partition, 0, 0, 0, "failed", what=mark.what)
    if request.start == "group" and mark.position is None:
        return Range(partition, mark.end, mark.end, mark.end, "complete", what=f"group {request.group} has no position here")
    if request.start == "group" and mark.position is not None and mark.position > mark.end:
        what = f"group {request.group} stands at {mark.position:,}, past the end {mark.end:,}"
        return Range(partition, mark.end, mark.end, mark.end, "failed", what=what)
    is_committed = request.level == "read_committed"
    most = min(mark.lso, mark.end) if is_committed else mark.end
    stop = min(most, _last(request, partition, mark))
    first = _first(request, partition, mark)
    behind = mark.end - most
    if is_committed and first >= most and most < mark.end and first < mark.end:
        return Range(partition, first, first, first, "blocked", behind)
    start = max(mark.start, min(first, stop))
    stop = max(start, stop)
    at = stop if request.is_backward else start
    expired = (first, min(mark.start, stop)) if request.start == "group" and first < mark.start else None
    return Range(partition, start, stop, at, "complete" if start == stop else "open", behind, expired=expired)


def _first(request: Request, partition: int, mark: Mark) -> int:
    if request.offsets:
        return request.offsets.get(partition, request.offsets.get(-1, mark.start))
    if request.start == "time":
        return mark.end if mark.at is None else mark.at
    if request.start == "group" and mark.position is not None:
        return mark.position
    return mark.start


def _last(request: Request, partition: int, mark: Mark) -> int:
    if request.stops:
        return request.stops.get(partition, request.stops.get(-1, mark.end))
    if request.until == "time" and mark.until is not None:
        return mark.until
    return mark.end


def _check_offsets(offsets: Mapping[int, int], marks: Mapping[int, Mark], field: str) -> None:
    """One offset for all must be there in some partition; a pair must be there in its own. A stop may be one past the last."""
    past = int(field == "to")
    asked = [(p, offsets.get(p, offsets.get(-1, 0)), mark) for p, mark in sorted(marks.items()) if not mark.what]
    out = [(p, offset, mark) for p, offset, mark in asked if not mark.start <= offset < max(mark.end, mark.start) + past]
    if out and (-1 not in offsets or len(out) == len(asked)):
        valid = "; ".join(
            f"partition {p} is empty (next offset {m.end:,})" if m.start >= m.end else f"partition {p} holds {m.start:,} to {m.end - 1:,}"
            for p, _, m in out[:6]
        )
        raise Problem(Kind.INVALID, f"Offset {out[0][1]:,} is not there.", f"{valid[0].upper()}{valid[1:]}.", field)
