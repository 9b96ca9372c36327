"""The parent's side of a read: one child after another, deadlines, deaths, rows, accounting.

A conversation of events: ("phase", word), ("row", Row), ("progress", offsets), ("done", accounting). A child that dies
while decoding costs one row, which says so; the next child reads the same marks and goes on after it. Three deaths end.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from controlcenter.browse import sandbox
from controlcenter.browse.request import Request
from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection
from controlcenter.schemas import cache
from controlcenter.schemas.model import Connection as Registry
from controlcenter.serde.values import Decoded

log = logging.getLogger(__name__)
SECONDS = 4.0  # of reading; the page is there within five
DECODE_S = 1.5  # of one record
DEATHS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it is shown. key, value None when `fault` says why it cannot be decoded."""

    partition: int
    offset: int
    timestamp_ms: int | None
    timestamp_type: str
    leader_epoch: int | None
    key: Decoded | None
    value: Decoded | None
    headers: tuple[tuple[str, Decoded], ...] = ()
    headers_count: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one partition.

    start, stop  all that was asked, half-open
    low, high    what was read of it
    records      seen in there; holes: offsets that hold none (markers, compacted, aborted)
    expired      [from, to) that was deleted while we read, or None
    behind       offsets behind an open transaction
    state        complete, limit (the page was full first), blocked, failed
    """

    partition: int
    start: int
    stop: int
    low: int
    high: int
    records: int
    state: str
    behind: int = 0
    expired: tuple[int, int] | None = None
    what: str = ""

    @property
    def holes(self) -> int:
        gone = self.expired[1] - self.expired[0] if self.expired else 0
        return max(0, self.high - self.low - self.records - gone)


@dataclass(frozen=True, slots=True)
class Page:
    """rows in order; marks: partition → [start, end) when it was planned. took_ms: from the question to the last row."""

    rows: tuple[Row, ...]
    accounting: tuple[Account, ...]
    topic_id: str = ""
    marks: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    took_ms: int = 0
    deaths: int = 0
    stopped: str = ""  # why the read ended early, "" when it did not

    @property
    def is_complete(self) -> bool:
        """Whether every partition was read to its stop: then nothing more is there."""
        return not self.stopped and all(account.state == "complete" for account in self.accounting)

    @property
    def records(self) -> int:
        return sum(account.records for account in self.accounting)


def read(
    connection: Connection,
    topic: str,
    request: Request,
    user: object,
    *,
    box: sandbox.Sandbox | None = None,
    registry: Registry | None = None,
) -> Page:
    """Return one page of records; raises Problem for what cannot be read at all.

    user      whoever reads, as a value that can be compared: each holds few places
    registry  where the child asks for schemas; None when the cluster has none
    """
    began = time.monotonic()
    rows: list[Row] = []
    for kind, *said in converse(connection, topic, request, user, box=box, registry=registry):
        if kind == "row":
            rows.append(said[0])
        elif kind == "done":
            accounting, topic_id, marks, deaths, stopped = said
    took_ms = round((time.monotonic() - began) * 1000)
    return Page(tuple(rows), accounting, topic_id, marks, took_ms, deaths, stopped)


def converse(
    connection: Connection,
    topic: str,
    request: Request,
    user: object,
    *,
    box: sandbox.Sandbox | None = None,
    registry: Registry | None = None,
) -> Iterator[tuple[Any, ...]]:
    """Yield the events of a read, the last one ("done", accounting, topic id, marks, deaths, why it stopped early)."""
    box = box or sandbox.default()
    deadline = time.monotonic() + SECONDS
    yield "phase", "waiting"
    with box.place(user, deadline):
        talk = Talk(box, connection, topic, request, deadline, registry)
        while not talk.is_over:
            yield "phase", "reading"
            yield from talk.turn()
        yield "done", talk.accounting, talk.topic_id, talk.bounds, talk.deaths, talk.stopped


class Talk:
    """One request over the lives of up to three children."""

    def __init__(
        self, box: sandbox.Sandbox, connection: Connection, topic: str, request: Request, deadline: float, registry: Registry | None = None
    ) -> None:
        self.registry = registry
        self.box, self.connection, self.topic, self.request, self.deadline = box, connection, topic, request, deadline
        self.is_over = self.is_careful = False
        self.accounting: tuple[Account, ...] = ()
        self.topic_id, self.stopped = "", ""
        self.marks: dict[int, list[Any]] = {}
        self.deaths = self.sent = 0
        self.skip: list[list[Any]] = []
        self.refused: dict[int, list[Any]] = {}
        self._decoding: tuple[int, int] | None = None
        self._at: dict[int, int] = {}
        self._since = 0.0

    @property
    def bounds(self) -> dict[int, tuple[int, int]]:
        return {p: (mark[0], mark[1]) for p, mark in self.marks.items()}

    def turn(self) -> Iterator[tuple[Any, ...]]:
        """Live through one child."""
        child = self.box.child(cpu_s=2 * round(SECONDS) + 2)
        self._decoding, self._at, self._since = None, {}, time.monotonic()
        try:
            child.send(self._job())
            while not self.is_over:
                frame = child.receive(self._patience(child))
                yield from self._hear(frame)
        except sandbox.Died as died:
            self._mourn(died.cause)
        finally:
            child.close()

    def _job(self) -> dict[str, Any]:
        return {
            "kind": "read",
            "connection": opened(self.connection),
            "topic": self.topic,
            "request": asdict(self.request),
            "seconds": max(0.2, self.deadline - time.monotonic()),
            "marks": self.marks,
            "skip": self.skip,
            "sent": self.sent,
            "refused": self.refused,
            "is_careful": self.is_careful,
            "registry": cache.default().job(self.registry),
        }

    def _patience(self, child: sandbox.Child) -> float:
        """Return how long to wait for the next frame; ends a child that is over its time."""
        now = time.monotonic()
        if now > self.deadline + 1:
            child.kill()
            raise sandbox.Died("it was not ready in time")
        if self._decoding and now - self._since > DECODE_S:
            child.kill()
            raise sandbox.Died(f"it took longer than {DECODE_S} s")
        return self.deadline + 1.5 - now

    def _hear(self, frame: Any) -> Iterator[tuple[Any, ...]]:
        try:
            kind, *said = frame
            if kind != "beat":
                self._since = time.monotonic()
            if kind == "marks":
                self.topic_id, self.marks = str(said[0]), {int(p): list(mark) for p, mark in said[1].items()}
            elif kind == "at":
                self._at = {int(p): int(offset) for p, offset in said[0]}
                yield "progress", self._at
            elif kind == "decoding":
                self._decoding = int(said[0]), int(said[1])
            elif kind == "row":
                self._decoding, self.sent = None, int(said[0]) + 1
                yield "row", row(said[1])
            elif kind == "schemas":
                cache.default().learn(self.registry, said[0])
            elif kind == "done":
                self.accounting, self.is_over = _accounting(*said), True
            elif kind == "problem":
                raise problem(said)
            elif kind == "unexpected":
                raise ended(kind, said)
        except (TypeError, ValueError, KeyError, AttributeError) as fault:
            raise sandbox.Died(f"it sent nonsense ({fault})") from None

    def _mourn(self, cause: str) -> None:
        """Decide how the next child goes on: after the record it died of, or carefully, to find which it was."""
        self.deaths += 1
        self.box.deaths += 1
        if self._decoding:
            self.skip.append([*self._decoding, cause])
        elif self.is_careful and self._at:
            self._refuse_fetch(cause)
        self.is_careful = self.is_careful or self._decoding is None
        if self.deaths >= DEATHS or time.monotonic() > self.deadline:
            self.is_over = True
            where = f" at offset {self._decoding[1]} of partition {self._decoding[0]}" if self._decoding else ""
            self.stopped = f"The process that reads ended {self.deaths} times, the last time{where}: {cause}."
            if not self.marks and not self.sent:
                raise Problem(Kind.BROKEN, f"Messages cannot be read: {cause}.", "Read fewer, or other partitions.")

    def _refuse_fetch(self, cause: str) -> None:
        """A batch that cannot even be unpacked ends its partition: what stands behind it is not read."""
        for p, offset in self._at.items():
            self.refused[p] = [offset, f"offset {offset} cannot be decoded safely ({cause})"]


def opened(connection: Connection) -> dict[str, str]:
    """Return a connection as it goes to a child, over its pipe alone: secrets in clear."""
    values = {each.name: getattr(connection, each.name) for each in fields(connection)}
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}


def row(told: Mapping[str, Any]) -> Row:
    """Return a row as a child told it; raises ValueError, TypeError or KeyError for what is none."""
    at_ms = int(told["timestamp_ms"])
    epoch = told["leader_epoch"]
    return Row(
        int(told["partition"]), int(told["offset"]), None if at_ms < 0 else at_ms, str(told["timestamp_type"]),
        None if epoch is None else int(epoch), _decoded(told.get("key")), _decoded(told.get("value")),
        tuple((str(name), found) for name, value in told.get("headers", ()) if (found := _decoded(value))),
        int(told.get("headers_count", 0)), str(told["fault"]),
    )  # fmt: skip


def problem(said: list[Any]) -> Problem:
    """Return the problem a child told."""
    return Problem(Kind(said[0]), *(str(word) for word in said[1:4]))


def ended(kind: str, said: list[Any]) -> Problem:
    """Return how a child ended, in words; what nobody expected goes to the log."""
    if kind == "gone":
        return Problem(Kind.CONFLICT, str(said[0]), "Open it again.")
    log.error("a reading child failed: %s", said[0])
    return Problem(Kind.BROKEN, "Reading met trouble it did not expect; the server's log has it.", "Try again.")


def _decoded(told: Mapping[str, Any] | None) -> Decoded | None:
    if told is None:
        return None
    return Decoded(
        str(told["format"]), str(told["text"]), int(told["size_bytes"]), tuple(map(str, told["notes"])),
        tuple((str(name), str(why)) for name, why in told["declined"]), bytes(told["raw"]), bool(told["is_exact"]), bool(told["is_cut"]),
        str(told["why"]), None if told["schema_id"] is None else int(told["schema_id"]), str(told["fault"]),
    )  # fmt: skip


def _accounting(told: list[dict[str, Any]], counts: Mapping[int, int], expired: Mapping[int, list[int]]) -> tuple[Account, ...]:
    found = []
    for r in told:
        p, gone = int(r["partition"]), expired.get(r["partition"])
        state = "limit" if r["state"] == "open" else str(r["state"])
        found.append(
            Account(
                p, int(r["start"]), int(r["stop"]), int(r["low"]), int(r["high"]), int(counts.get(p, 0)), state, int(r["behind"]),
                (int(gone[0]), int(gone[1])) if gone else None, str(r["what"]),
            )
        )  # fmt: skip
    return tuple(found)
