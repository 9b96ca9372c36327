"""The questions of a read, asked of the brokers: which topic this is, where its partitions stand, which offsets a request means.

What comes back goes to `ranges`, which is pure.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from controlcenter.browse import ranges
from controlcenter.browse.ranges import Range
from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem
from controlcenter.kafka import browsing, murmur2
from controlcenter.kafka.browsing import Mark, Raw, Span

ASK_S = 4.0


class Topic:
    """The topic as it was when reading began; `leaders` raises once it is another one."""

    def __init__(self, reader: browsing.Reader, name: str, wanted_id: str, seconds: float) -> None:
        self._reader, self.name = reader, name
        found = reader.describe(seconds)
        self.id, self.first_leaders = wanted_id or found.id, found.leaders
        self._check(found.id)

    def leaders(self) -> Mapping[int, int | None]:
        """Return partition → leader now; raises Problem when the topic was deleted, or deleted and made anew."""
        for wait_s in (0.1, 0.3, 0.9, None):
            try:
                found = self._reader.describe(ASK_S)
            except Problem as problem:
                if problem.kind is not Kind.ABSENT:
                    return self.first_leaders  # nobody answers just now: that is no news about the topic
                if wait_s is None:
                    raise Problem(Kind.ABSENT, f"Topic {self.name} was deleted while it was read.", "See the list of topics.") from None
                time.sleep(wait_s)  # a broker that has not heard of a young topic yet says the same
            else:
                self._check(found.id)
                return found.leaders
        raise AssertionError("the last wait is none")

    def mark(self, partition: int) -> Mark:
        return self._reader.marks([partition], None, 1.0)[partition]

    def first_at(self, partitions: Iterable[int], at_ms: int) -> dict[int, int | None]:
        return self._reader.first_at(partitions, at_ms, ASK_S)

    def complaint(self) -> str:
        return self._reader.errors[-1] if self._reader.errors else ""

    def _check(self, now: str) -> None:
        if now != self.id:
            what = f"Topic {self.name} is a different topic now: it was deleted and made anew (its id changed)."
            raise Problem(Kind.CONFLICT, what, "Read again.")


def of(reader: browsing.Reader, topic: Topic, request: Request, seconds: float) -> tuple[dict[int, tuple[int, int]], list[Range]]:
    """Return where the wanted partitions start and end now, and the ranges to read; raises Problem for what is not there."""
    leaders = topic.first_leaders
    wanted = [p for p in _wanted(request, len(leaders)) or leaders if p in leaders]
    asked = [p for p in wanted if leaders[p] is not None]
    found = reader.marks(asked, request.at_ms, seconds / 2, to_ms=request.to_ms, group=request.group)
    marks = {p: found.get(p, Mark(0, 0, 0, what="it has no leader now")) for p in wanted}
    if request.until == "time" and request.to_ms is not None:
        marks = {**marks, **_until(reader, marks, request, time.monotonic() + seconds / 2)}
    narrowed = _wanted(request, len(leaders))
    planned = ranges.plan(request, marks) if narrowed is None or request.partitions else ranges.plan(_only(request, narrowed), marks)
    return {p: (mark.start, mark.end) for p, mark in marks.items() if not mark.what}, planned


def _wanted(request: Request, partitions: int) -> tuple[int, ...] | None:
    """Return the partitions a request names, or the one its key is put into by Java's producer; None for all."""
    if request.partitions is not None or request.key is None or request.is_key_anywhere or not partitions:
        return request.partitions
    return (murmur2.partition(request.key, partitions),)


def _only(request: Request, partitions: tuple[int, ...]) -> Request:
    values: dict[str, Any] = {name: getattr(request, name) for name in Request.__slots__}
    return Request(**{**values, "partitions": partitions})


class _Late:
    """Wants the first record at or past a time: brokers answer with a marker's clock, which is no record's."""

    def __init__(self, to_ms: int) -> None:
        self._to_ms = to_ms

    def pick(self, partition: int, messages: list[Any], read: Any) -> list[tuple[int, Raw]]:
        return [(i, read(m)) for i, m in enumerate(messages) if m.timestamp()[1] >= self._to_ms]


def _until(reader: browsing.Reader, marks: Mapping[int, Mark], request: Request, end: float) -> dict[int, Mark]:
    """Return marks whose `until` is the first record at or past the end time; failed where it was not found in time."""
    limit = {p: min(mark.lso, mark.end) if request.level == "read_committed" else mark.end for p, mark in marks.items()}
    spans = {p: Span(mark.until, limit[p]) for p, mark in marks.items() if mark.until is not None and mark.until < limit[p]}
    live, found = set(spans), {}
    if live:
        reader.assign({p: span.read for p, span in spans.items()})
    while live and time.monotonic() < end:
        hits, lost = reader.sift(min(0.25, max(0.0, end - time.monotonic())), spans, _Late(request.to_ms or 0))
        for record, _ in hits:
            if record.partition in live and record.partition not in found:  # hits come in the order of offsets
                found[record.partition] = marks[record.partition]._replace(until=record.offset)
        done = {p for p in live if p in found or spans[p].is_read} | {event.partition for event in lost if event.partition in live}
        found |= {p: marks[p]._replace(until=limit[p]) for p in done if p not in found}
        for p in done:
            reader.drop(p)
        live -= done
    return {**found, **{p: marks[p]._replace(what="where the time ends was not found in time") for p in live}}
