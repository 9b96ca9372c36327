"""The child of a live tail: every record from now on, decoded while the reader can follow, counted beyond that.

Law: what was seen and what was shown are both told, so "showing 50 of 2,000 a second" is true. Rows leave at once when
the last ones were long enough ago, else together; the newest of a burst are shown, the rest only counted.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from controlcenter.browse import request
from controlcenter.browse import rows as made
from controlcenter.browse.marks import Marks
from controlcenter.browse.request import LARGEST, Request
from controlcenter.browse.sieve import Sieve
from controlcenter.kafka import browsing
from controlcenter.kafka.browsing import Lost, Mark, Raw, Span
from controlcenter.schemas import book
from controlcenter.serde.values import Schemas

QUICK_S = 0.005  # between two frames while records come one by one: nobody waits for company
PAUSE_S = 0.05  # between two frames in a crowd: at most 20 a second
CROWD, CROWD_PER_S = 3, 200  # records of one frame, and their pace, that make one: a late poll alone brings several at once
MOST = 25  # rows of one frame: 500 a second
SHOWN_BYTES = 4096  # of one field; the record's own page shows more
LOOK_S = 5.0  # how often the topic's id is asked: a new topic of the same name goes on silently

Send = Callable[..., None]


def follow(job: Mapping[str, Any], send: Send, note: Marks) -> None:
    """Send rows until the parent hangs up; raises Problem for what cannot be followed."""
    asked = request.of_frame(job["request"])
    reader = browsing.Reader(made.connection_of(job["connection"]), job["topic"], asked.level, "tail")
    topic = reader.describe(4.0)
    wanted = [p for p in topic.leaders if asked.partitions is None or p in asked.partitions]
    marks = reader.marks(wanted, None, 4.0)
    starts = {p: job["offsets"].get(p, _end(mark, asked)) for p, mark in marks.items() if not mark.what}
    spans = {p: Span(start, LARGEST) for p, start in starts.items()}
    reader.assign(starts)
    send("following", dict(sorted(starts.items())), [p for p, mark in marks.items() if mark.what])
    schemas = book.of_job(job.get("registry"), send)
    skip = {(p, offset): cause for p, offset, cause in job["skip"]}
    sieve = Sieve(asked, job["topic"], schemas, note, skip, is_careful=job["is_careful"]) if asked.is_filtered else None
    flow, looked = Flow(send, job["topic"], schemas, note, skip), time.monotonic()
    while True:
        before = sum(span.count for span in spans.values())
        hits, lost = reader.sift(flow.patience(time.monotonic()), spans, sieve)
        for record, _ in hits:
            flow.take(record)
        flow.pass_by(sum(span.count for span in spans.values()) - before, {p: span.read for p, span in spans.items()})
        for event in lost:
            _again(reader, event, spans)
        flow.flush(time.monotonic())
        if time.monotonic() - looked > LOOK_S:
            looked = time.monotonic()
            if reader.describe(4.0).id != topic.id:
                send("gone", "The topic was deleted and made anew.")
                return


def _end(mark: Mark, asked: Request) -> int:
    return mark.lso if asked.level == "read_committed" else mark.end


class Flow:
    """Rows on their way out: few frames, newest rows, honest counts."""

    def __init__(
        self, send: Send, topic: str = "", schemas: Schemas | None = None, note: Marks | None = None,
        skip: Mapping[tuple[int, int], str] | None = None,
    ) -> None:  # fmt: skip
        self._send, self._topic, self._schemas = send, topic, schemas
        self._note, self._skip = note, skip or {}
        self._kept: deque[Raw] = deque(maxlen=MOST)
        self._seen = self._passed = 0
        self._at: Mapping[int, int] = {}
        self._told: dict[int, int] = {}
        self._leaves_at = self._left_at = self._told_at = 0.0

    def patience(self, now: float) -> float:
        """Return how long to wait for records: until the kept ones may leave, or a second."""
        return max(0.0, self._leaves_at - now) if self._kept else 1.0

    def take(self, record: Raw) -> None:
        self._seen += 1
        self._kept.append(record)

    def pass_by(self, records: int, at: Mapping[int, int]) -> None:
        """Count records that were read, wanted or not. at: partition → where reading stands, for whoever takes over."""
        self._passed += records
        self._at = at

    def flush(self, now: float) -> None:
        """Send what is kept, if it is time; at least the counts each second while records pass."""
        if now < self._leaves_at or not (self._kept or (self._passed and now - self._told_at > 1.0)):
            return
        moved = {p: at for p, at in self._at.items() if self._told.get(p) != at}
        self._send("rows", [self._row(record) for record in self._kept], self._seen, max(self._passed, self._seen), moved)
        self._told.update(moved)
        if self._note is not None:
            self._note.clear()
        is_crowd = self._seen >= CROWD and self._seen > CROWD_PER_S * (now - self._left_at)
        self._leaves_at, self._left_at, self._told_at = now + (PAUSE_S if is_crowd else QUICK_S), now, now
        self._kept.clear()
        self._seen = self._passed = 0

    def _row(self, record: Raw) -> dict[str, Any]:
        where = (record.partition, record.offset)
        if where in self._skip:
            return made.bare(record, f"Offset {where[1]:,} of partition {where[0]} cannot be decoded safely ({self._skip[where]}).")
        if self._note is not None:
            self._note.record(*where)
        return made.row(record, SHOWN_BYTES, 0, self._topic, self._schemas)


def _again(reader: browsing.Reader, lost: Lost, spans: Mapping[int, Span]) -> None:
    """Go on at the partition's end after its records expired under us."""
    mark = reader.marks([lost.partition], None, 2.0)[lost.partition]
    reader.drop(lost.partition)
    if not mark.what:
        spans[lost.partition].read = mark.end
        reader.add(lost.partition, mark.end)
