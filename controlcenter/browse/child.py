"""What a child does: open the consumer, read the ranges, decode, send rows. The only place where record bytes are touched.

The parent's one frame is the job; every frame back is `[kind, ...]`. The offset about to be decoded is announced first,
so that a death names its record.
"""

import socket
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from controlcenter.browse import frames, ranges, rows
from controlcenter.browse.ranges import Range
from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem
from controlcenter.kafka import browsing
from controlcenter.kafka.browsing import Eof, Lost, Mark, Raw
from controlcenter.schemas import book

BEAT_S = 0.25


class Pipe:
    """The way to the parent; beats come from a thread of their own."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        threading.Thread(target=self._beat, daemon=True).start()

    def send(self, *frame: Any) -> None:
        data = frames.pack(frame)
        with self._lock:
            self._sock.sendall(data)

    def _beat(self) -> None:
        with suppress(OSError):
            while True:
                self.send("beat")
                time.sleep(BEAT_S)


def run(sock: socket.socket) -> None:
    """Do one job and end. `tail` jobs end when the parent hangs up."""
    job = frames.receive(sock)
    if job is None:
        return
    pipe = Pipe(sock)
    try:
        if job["kind"] == "tail":
            from controlcenter.browse import tail

            tail.follow(job, pipe.send)
        else:
            read(job, pipe.send)
    except Problem as problem:
        pipe.send("problem", problem.kind.value, problem.what, problem.hint, problem.field)
    except OSError:
        return  # nobody listens any more
    except MemoryError:
        raise
    except Exception:  # the parent has the log
        said = traceback.format_exc()[-8000:]
        if "MemoryError" in said:  # a burst of memory may come out as whatever met it first: it is a death all the same
            raise MemoryError from None
        pipe.send("unexpected", said)


def read(job: Mapping[str, Any], send: Any) -> None:
    """Answer one request: marks, ranges, rows in order, accounting."""
    request = Request(**{**job["request"], "partitions": _tuple(job["request"]["partitions"])})
    end = time.monotonic() + job["seconds"]
    reader = browsing.Reader(rows.connection_of(job["connection"]), job["topic"], request.isolation, is_careful=job["is_careful"])
    topic = reader.describe(job["seconds"])
    wanted = topic.leaders if request.partitions is None else [p for p in request.partitions if p in topic.leaders]
    marks = {p: Mark(*mark) for p, mark in job["marks"].items()} or _marks(reader, topic.leaders, wanted, request.at_ms, job["seconds"])
    send("marks", topic.id, {p: list(mark) for p, mark in marks.items()})
    scan = Scan(reader, request, ranges.plan(request, marks), send, {p: tuple(x) for p, x in job["refused"].items()})
    page = scan.page(end)
    _rows(page, job, request, send, {tuple(skip): cause for *skip, cause in job["skip"]})
    if topic.id != reader.describe(max(0.5, end - time.monotonic())).id:
        raise Problem(Kind.CONFLICT, f"Topic {job['topic']} was deleted and made anew while it was read.", "Read again.")
    send("done", [asdict(r) for r in scan.ranges], scan.counts, scan.expired)


class Scan:
    """Reads windows until the page is certain, every range is read, or time is over."""

    def __init__(
        self, reader: browsing.Reader, request: Request, plan: list[Range], send: Any, refused: Mapping[int, tuple[int, str]]
    ) -> None:
        self.reader, self.request, self.send = reader, request, send
        self.ranges = [_refuse(r, *refused[r.partition]) if r.partition in refused else r for r in plan]
        self.records: dict[int, list[Raw]] = {r.partition: [] for r in plan}
        self.counts = dict.fromkeys(self.records, 0)
        self.expired: dict[int, list[int]] = {}

    def page(self, end: float) -> list[Raw]:
        """Return the records of the page, in its order."""
        needy: list[int] | None = None
        page: list[Raw] = []
        while spans := ranges.window(self.request, self.ranges, needy):
            self._read(spans, end)
            page, needy = ranges.merge(self.records, self.ranges, self.request.n, is_backward=self.request.is_backward)
            if not needy:
                break
        return page

    def _read(self, spans: dict[int, tuple[int, int]], end: float) -> None:
        """Read each span to its end; what cannot be is failed, and named."""
        found: dict[int, list[Raw]] = {p: [] for p in spans}
        at = {p: low for p, (low, _) in spans.items()}
        left = dict(spans)
        self.reader.assign(at)
        while left and time.monotonic() < end:
            for event in self.reader.poll(min(0.25, max(0.0, end - time.monotonic()))):
                if event.partition in left and self._take(event, left, found, at) and left:
                    self.reader.drop(event.partition)
            self.send("at", list(at.items())[:200])
        self.ranges = [self._after(r, spans, left, at) for r in self.ranges]
        for p, records in found.items():
            kept = records + self.records[p] if self.request.is_backward else self.records[p] + records
            self.records[p] = kept[-self.request.n :] if self.request.is_backward else kept[: self.request.n]

    def _take(self, event: Raw | Eof | Lost, left: dict[int, tuple[int, int]], found: dict[int, list[Raw]], at: dict[int, int]) -> bool:
        """Take one event; return whether its span is read to the end."""
        p = event.partition
        stop = left[p][1]
        if isinstance(event, Lost):
            return self._lost(event, left, at)
        if isinstance(event, Raw):
            if event.offset < stop:
                found[p].append(event)
                self.counts[p] += 1
            at[p] = min(stop, event.offset + 1)
        else:
            at[p] = max(at[p], min(stop, event.offset))
        if at[p] >= stop:
            del left[p]
            return True
        return False

    def _lost(self, event: Lost, left: dict[int, tuple[int, int]], at: dict[int, int]) -> bool:
        """Go on after records that expired under us; fail for anything else."""
        p = event.partition
        if event.is_out_of_range:
            mark = self.reader.marks([p], None, 1.0)[p]
            if not mark.what and at[p] < mark.start:
                self.expired[p] = [at[p], min(mark.start, left[p][1])]
                at[p] = min(mark.start, left[p][1])
                if at[p] < left[p][1]:
                    self.reader.drop(p)
                    self.reader.add(p, at[p])
                    return False
                del left[p]
                return True
        self._fail(p, event.what)
        del left[p]
        return True

    def _fail(self, partition: int, what: str) -> None:
        self.ranges = [_refuse(r, r.high, what) if r.partition == partition else r for r in self.ranges]

    def _after(self, r: Range, spans: dict[int, tuple[int, int]], left: dict[int, tuple[int, int]], at: dict[int, int]) -> Range:
        if r.partition not in spans or r.state == "failed":
            return r
        if r.partition in left:
            what = self.reader.errors[-1] if self.reader.errors else "its leader sent nothing in time"
            low, _ = spans[r.partition]
            reached = r if self.request.is_backward else ranges.widened(r, (low, at[r.partition]))
            return _refuse(reached, reached.high, what)
        return ranges.widened(r, spans[r.partition])


def _rows(page: Iterable[Raw], job: Mapping[str, Any], request: Request, send: Any, skip: Mapping[tuple[int, ...], str]) -> None:
    schemas = book.of_job(job.get("registry"), send)
    for i, record in enumerate(page):
        where = (record.partition, record.offset)
        if i < job["sent"]:
            continue
        if where in skip:
            fault = f"Offset {record.offset} of partition {record.partition} cannot be decoded safely ({skip[where]})."
            send("row", i, rows.bare(record, fault))
        else:
            send("decoding", *where)
            send("row", i, rows.row(record, request.shown_bytes, request.raw_bytes, job["topic"], schemas))


def _refuse(r: Range, reached: int, what: str) -> Range:
    return Range(r.partition, r.start, r.stop, r.low, max(r.low, reached), "failed", r.behind, what)


def _marks(
    reader: browsing.Reader, leaders: Mapping[int, int | None], wanted: Iterable[int], at_ms: int | None, seconds: float
) -> dict[int, Mark]:
    """Return the marks of the wanted partitions; one without a leader is told so without waiting for it."""
    asked = [p for p in wanted if leaders[p] is not None]
    found = reader.marks(asked, at_ms, seconds / 2)
    return {p: found.get(p, Mark(0, 0, 0, what="it has no leader now")) for p in wanted}


def _tuple(found: list[int] | None) -> tuple[int, ...] | None:
    return None if found is None else tuple(found)
