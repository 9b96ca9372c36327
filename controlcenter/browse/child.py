"""What a child does: open the consumer, read, decode, send rows. The only place where record bytes are touched.

The parent's one frame is the job; every frame back is `[kind, ...]`:
  plan (topic id, marks, parts) once, when the job brought none   skips: batches that must not be read, by their heads;
  again (skips): another child must go on, as one of them is being unpacked here
  row, then reached (parts, records, bytes): so far all is certain   passed: how far it looked, four times a second
  piece, written: in place of rows, when whole records are written as a file (`writing`)
  done (why) · problem · unexpected · beat, a quarter second apart
What is about to be looked into stands in shared memory (`marks`), so that a death names it and costs nothing to say.
"""

import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from controlcenter.browse import encoding, frames, marks, nursery, parts, plan, request, rows, sieve, source, tail, writing
from controlcenter.browse.filter import Filter
from controlcenter.browse.marks import Marks
from controlcenter.browse.parts import Hit, Part
from controlcenter.browse.scan import Scan
from controlcenter.browse.source import Known, Skip, Source
from controlcenter.errors import Problem
from controlcenter.kafka import batches, browsing
from controlcenter.kafka.batches import Batch
from controlcenter.kafka.wire import Wire
from controlcenter.schemas import book

BEAT_S = 0.25
LOOKED = 5  # batches
BURST_BYTES = 400 << 20  # unpacked it is there twice, and a child has 1 GiB
HEAVY_BYTES = 16 << 20
TOGETHER_BYTES = 32 << 10
HELD_BYTES = 64 << 20  # of records that wait; what comes beyond is made into its row at once, which is bounded

Send = Callable[..., None]


class Pipe:
    """The way to the parent; beats come from a thread of their own.

    Rows leave together, the first one at once: what was held back when a child dies is read again by the next.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        self._held = bytearray()
        self._is_first = True
        threading.Thread(target=self._beat, daemon=True).start()

    def send(self, kind: str, *said: Any) -> None:
        data = frames.pack((kind, *said))
        with self._lock:
            self._held += data
            if kind == "row" and not self._is_first and len(self._held) < TOGETHER_BYTES:
                return
            self._is_first = self._is_first and kind != "row"
            self._sock.sendall(self._held)
            self._held.clear()

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
        if job["kind"] == "encode":
            encoding.serve(job, pipe.send)
        else:
            (tail.follow if job["kind"] == "tail" else read)(job, pipe.send, marks.of_child(nursery.shared))
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


def read(job: Mapping[str, Any], send: Send, note: Marks) -> None:
    """Answer one request, or what is left of it: rows in order, and how far all is certain."""
    asked = request.of_frame(job["request"])
    end = time.monotonic() + job["seconds"]
    connection = rows.connection_of(job["connection"])
    reader = browsing.Reader(connection, job["topic"], asked.level)
    topic = plan.Topic(reader, job["topic"], job["topic_id"], job["seconds"])
    if job["parts"] is None:
        bounds, ranges = plan.of(reader, topic, asked, job["seconds"])
        told = [parts.of_range(r) for r in ranges]
        send("plan", topic.id, bounds, [part.told() for part in told])
    else:
        told = [parts.of_told(each) for each in job["parts"]]
    heads = Heads(connection, topic)
    skips = _skips(job, heads, told, send)
    schemas = book.of_job(job.get("registry"), send)
    skip = {(p, offset): cause for p, offset, cause in job["skip"]}
    wanted = sieve.Sieve(asked, job["topic"], schemas, note, skip, is_careful=job["is_careful"]) if asked.is_filtered else None

    def open_reader(mode: str) -> browsing.Reader:
        return reader if mode == "page" else browsing.Reader(connection, job["topic"], asked.level, mode)

    records = Source(open_reader, skips, known=Known(heads.fetch) if asked.markers or asked.has_batches else None)
    met = wanted.filter if wanted is not None else None
    way = Files if asked.form else Out
    out = way(asked, job["topic"], schemas, send, note, skip, {(p, offset) for p, offset in job["sent"]}, met)
    scan = Scan(records, topic, asked, {part.partition: part for part in told}, wanted, out, end, left=job["left"],
                most_bytes=job["most_bytes"], most=job["most"], look=heads.look, around=heads.around)  # fmt: skip
    try:
        if job["is_probing"]:
            scan.probe_for_killers(open_reader("careful"), note.fetch)
            note.clear()
        why = scan.run()
    except Bursting as burst:  # its batch is being unpacked in another thread: a new child goes on without it
        send("again", _with(job["skips"], *burst.args))
        return
    note.clear()
    if not scan.is_checked:
        topic.leaders()  # nothing is complete of a topic that is another by now
    send("done", why, out.met())


def _skips(job: Mapping[str, Any], heads: "Heads", told: Iterable[Part], send: Send) -> dict[int, list[Skip]]:
    """Return the batches that must not be read; those that killed the last child are looked up by their heads first."""
    known: dict[int, list[Any]] = job["skips"]
    for p, offset, cause in job["culprits"]:
        part = next((part for part in told if part.partition == p), None)
        if found := heads.at(p, offset):
            known = _with(known, p, heads.skip(p, found, cause))
        elif part is not None:
            part.fail(f"offset {offset:,} cannot be decoded safely ({cause})")
    if job["culprits"]:
        send("skips", known)
    return source.skips_of(known)


def _with(skips: Mapping[int, list[Any]], partition: int, skip: Skip) -> dict[int, list[Any]]:
    return {**skips, partition: [*skips.get(partition, []), list(skip)]}


class Bursting(Exception):
    """A batch says itself that it unpacks to more than may be. args: its partition, its Skip."""


class Heads:
    """Batches by their heads, over a connection that is made at the first question."""

    def __init__(self, connection: Any, topic: plan.Topic) -> None:
        self._connection, self._topic = connection, topic
        self._wire: Wire | None = None

    def fetch(self, partition: int, offset: int, size_bytes: int = batches.WINDOW_BYTES) -> list[Batch]:
        leader = self._topic.first_leaders.get(partition)
        if leader is None:
            return []
        self._wire = self._wire or Wire(self._connection, "controlcenter-browse")
        return batches.fetch(self._wire, self._topic.name, partition, leader, offset, size_bytes)

    def at(self, partition: int, offset: int) -> Batch | None:
        """Return the batch that holds an offset, or the next one."""
        try:
            found = self.fetch(partition, offset, 1000)
        except Problem:
            return None
        return found[0] if found else None

    def skip(self, partition: int, batch: Batch, cause: str) -> Skip:
        """Return how to go around a batch."""
        edge = batch.base
        for _ in range(2):
            edge = self._before(partition, edge)
        return Skip(batch.base, batch.last + 1, edge, cause)

    def _before(self, partition: int, base: int) -> int:
        """Return where the batch before an offset begins; the offset itself when there is none near."""
        for back in range(20):
            found = self.at(partition, max(0, base - 2**back))
            if found is None:
                return base
            while (after := self.at(partition, found.last + 1)) is not None and after.base < base:
                found = after
            if found.base < base:
                return found.base
        return base

    def around(self, partition: int, offset: int, cause: str) -> Skip | None:
        """Return how to go around the batch at an offset, None when it cannot be found."""
        found = self.at(partition, offset)
        return None if found is None else self.skip(partition, found, cause)

    def look(self, partition: int, offset: int) -> None:
        """Look at what comes next, as nothing does; raises Bursting when it could only burst."""
        for _ in range(LOOKED):  # the client unpacks all that came together before it gives the first
            found = self.at(partition, offset)
            if found is None:
                return
            if found.unpacked_bytes > BURST_BYTES:
                cause = f"it would unpack to {found.unpacked_bytes >> 20:,} MiB"
                raise Bursting(partition, self.skip(partition, found, cause))
            offset = found.last + 1


class Light(NamedTuple):
    """A record that is its row already."""

    partition: int
    offset: int
    timestamp_ms: int
    flags: tuple[str, ...]
    fault: str
    row: dict[str, Any]


class Out:
    """Where a scan's results go: decoded here, one after another, each said before it is looked into."""

    def __init__(
        self, asked: request.Request, topic: str, schemas: Any, send: Send, note: Marks, skip: Mapping[sieve.Place, str],
        sent: set[sieve.Place], met: Filter | None = None,
    ) -> None:  # fmt: skip
        self._met = met
        self._asked, self._topic, self._schemas, self._send, self._note = asked, topic, schemas, send, note
        self._skip, self._sent = skip, sent
        self._told: dict[int, list[Any]] = {}
        self._held = 0

    def keep(self, record: Any) -> Any:
        """Return a record as it may wait: itself while there is room, its row beyond."""
        size = len(record.value or b"") + len(record.key or b"")
        if self._held + size <= HELD_BYTES:
            self._held += size
            return record
        return Light(record.partition, record.offset, record.timestamp_ms, record.flags, record.fault, self._row(record))

    def rows(self, hits: list[Hit]) -> None:
        for record, _ in hits:
            if (record.partition, record.offset) not in self._sent:
                self._send("row", record.row if isinstance(record, Light) else self._row(record))
        self.let_go(hits)
        self._note.clear()

    def let_go(self, hits: Iterable[tuple[Any, int]]) -> None:
        """Count these as gone: they left, or there was no room."""
        self._held -= sum(len(r.value or b"") + len(r.key or b"") for r, _ in hits if not isinstance(r, Light))

    def is_heavy(self) -> bool:
        return self._held >= HEAVY_BYTES

    def reached(self, found: Iterable[Part], scanned: int, size_bytes: int) -> None:
        now = {part.partition: part.told() for part in found}
        self._send("reached", [told for p, told in now.items() if self._told.get(p) != told], scanned, size_bytes)
        self._told = now

    def passed(self, at: Mapping[int, int], scanned: int, size_bytes: int, waiting: int) -> None:
        self._send("passed", list(at.items()), scanned, size_bytes, waiting, self.met())

    def met(self) -> list[int]:
        """Return how many records the filter could not compare, not decode, and not finish within its steps."""
        return [0, 0, 0] if self._met is None else [self._met.mismatched, self._met.undecoded, self._met.overruns]

    def _fault(self, record: Any) -> str:
        """Return why a record is not looked into; what is, is said before."""
        where = (record.partition, record.offset)
        if record.fault or where in self._skip:
            fault = f"Offset {record.offset:,} of partition {record.partition} cannot be decoded safely ({self._skip.get(where)})."
            return str(record.fault or fault)
        self._note.record(*where)
        return ""

    def _row(self, record: Any) -> dict[str, Any]:
        if fault := self._fault(record):
            return rows.bare(record, fault)
        asked = self._asked
        return rows.row(record, asked.shown_bytes, asked.raw_bytes, self._topic, self._schemas, key_as=asked.key_serde or None,
                        value_as=asked.value_serde or None)  # fmt: skip


class Files(Out):
    """Where whole records go: into a file, in pieces, in the order they come."""

    def __init__(self, asked: request.Request, topic: str, schemas: Any, send: Send, *more: Any) -> None:
        super().__init__(asked, topic, schemas, send, *more)
        self._writer = writing.Writer(asked, topic, schemas, send)

    def keep(self, record: Any) -> Any:
        self._held += len(record.value or b"") + len(record.key or b"")
        return record

    def rows(self, hits: list[Hit]) -> None:
        for record, _ in hits:
            if (record.partition, record.offset) not in self._sent:
                self._writer.add(record, self._fault(record))
        self._writer.flush()
        self.let_go(hits)
        self._note.clear()
