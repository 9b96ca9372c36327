"""The parent's side of a read: one child after another, deadlines, deaths, rows, accounting.

A conversation of events: ("phase", word), ("row", Row), ("reached", Progress), ("passed", Progress), and at last ("done",
Talk). Where whole records are written as a file, ("piece", bytes) and ("written", Written) come in place of rows; a new phase
says that pieces since the last `written` are worth nothing, as their child died. A child that dies while decoding costs one
row, which says so; one that dies of a batch costs that batch. The next child goes on where all was certain. Three deaths end.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

from controlcenter.browse import heard, marks, parts, sandbox, written
from controlcenter.browse.marks import Mark
from controlcenter.browse.page import Account, Page, Place, Row
from controlcenter.browse.parts import Part
from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection
from controlcenter.schemas import cache
from controlcenter.schemas.model import Connection as Registry

SECONDS = 4.0  # of reading a page; it is there within five
LATE = "it was not ready in time"
DECODE_S = 1.5  # of one record
DEATHS = 3
LOOK_S = 0.25  # between two questions whether anybody still wants it


def read(
    connection: Connection, topic: str, request: Request, user: object, *, box: sandbox.Sandbox | None = None,
    registry: Registry | None = None, place: Place | None = None,
) -> Page:  # fmt: skip
    """Return one page of records; raises Problem for what cannot be read at all.

    user      whoever reads, as a value that can be compared: each holds few places
    registry  where the child asks for schemas; None when the cluster has none
    place     where to go on, None to begin. Read against the order of the request, rows still come in that order
    """
    began = time.monotonic()
    rows: list[Row] = []
    talk: Talk | None = None
    asked = request if place is None else replace(request, order="newest" if place.is_backward else "oldest")
    for kind, said in converse(connection, topic, asked, user, box=box, registry=registry, place=place):
        if kind == "row":
            rows.append(said)
        elif kind == "done":
            talk = said
    if talk is None:
        raise AssertionError("a conversation ends with done")
    if asked.is_backward != request.is_backward:
        rows.reverse()
    took_ms = round((time.monotonic() - began) * 1000)
    after, before = around(talk, is_backward=request.is_backward)
    return Page(
        tuple(rows), talk.accounting, talk.topic_id, talk.bounds, took_ms, talk.deaths, talk.stopped, talk.reason, talk.bytes, talk.scanned,
        met=talk.met, after=after, before=before,
    )  # fmt: skip


def around(talk: "Talk", *, is_backward: bool) -> tuple[Place | None, Place | None]:
    """Return where the pages after and before go on, in the order of the request; None where nothing is left."""
    return talk.place(is_backward=is_backward), talk.place(is_backward=not is_backward)


def converse(
    connection: Connection, topic: str, request: Request, user: object, *, box: sandbox.Sandbox | None = None,
    registry: Registry | None = None, place: Place | None = None, seconds: float = SECONDS, most_bytes: int | None = None,
    kind: str = "page", is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """Yield the events of a read, the last one ("done", Talk).

    seconds, most_bytes  the budget; kind: whose places are taken, those of pages or of searches
    is_stopped           asked four times a second: true ends it within one, and what is certain stays
    """
    box = box or sandbox.default()
    yield "phase", "waiting"
    with box.place(user, time.monotonic() + seconds, kind):
        talk = Talk(box, connection, topic, request, seconds, registry, place, most_bytes, is_stopped)
        while not talk.is_over:
            yield "phase", "reading" if talk.parts else "planning"
            yield from talk.turn()
        yield "done", talk


class Talk:
    """One request over the lives of up to three children."""

    def __init__(
        self, box: sandbox.Sandbox, connection: Connection, topic: str, request: Request, seconds: float, registry: Registry | None = None,
        place: Place | None = None, most_bytes: int | None = None, is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.box, self.connection, self.topic, self.request, self.registry = box, connection, topic, request, registry
        self.began, self.seconds, self.deadline = time.monotonic(), seconds, time.monotonic() + seconds
        self.most_bytes, self.is_stopped = most_bytes, is_stopped
        self.is_over = self.is_careful = self.is_probing = False
        self.topic_id, self.stopped, self.reason = "", "", ""
        self.bounds: dict[int, tuple[int, int]] = {}
        self.parts: dict[int, Part] = {}
        self.origin: dict[int, int] = {}
        self.passed: dict[int, int] = {}
        self.deaths = self.shown = self.scanned = self.bytes = self._scanned = self._bytes = self.waiting = 0
        self.met = self._met = (0, 0, 0)  # records a filter could not compare, not decode, not finish
        self.skip: list[list[Any]] = []
        self.skips: dict[int, list[Any]] = {}
        self.culprits: list[list[Any]] = []
        self._sent: list[tuple[int, int]] = []  # rows since all was certain last: of this child,
        self._again: list[tuple[int, int]] = []  # and of those that died
        self._since = self._heard_at = 0.0
        self._mark = Mark(0, 0, 0)
        if place is not None:
            self.topic_id = place.topic_id
            self._plan({part[0]: parts.at_place(*part, is_backward=place.is_backward) for part in place.parts})

    @property
    def accounting(self) -> tuple[Account, ...]:
        return tuple(self._account(part) for _, part in sorted(self.parts.items()))

    def place(self, *, is_backward: bool) -> Place | None:
        """Return where reading goes on in a direction: the one read from what was reached, the other from where this began.

        None when nothing is left there.
        """
        is_same = is_backward == self.request.is_backward
        found = tuple((p, part.start, part.stop, part.at if is_same else self.origin[p]) for p, part in sorted(self.parts.items()))
        is_more = any(at > start if is_backward else at < stop for _, start, stop, at in found)
        return Place(self.topic_id, found, is_backward) if is_more else None

    def turn(self) -> Iterator[tuple[str, Any]]:
        """Live through one child."""
        child = self.box.child(cpu_s=2 * round(self.seconds) + 2)
        self._since = self._heard_at = time.monotonic()
        self._mark = Mark(0, 0, 0)
        self._scanned, self._bytes, self._met, self._sent = self.scanned, self.bytes, self.met, []
        try:
            child.send(self._job())
            is_again = False
            while not self.is_over and not is_again:
                if self.is_stopped():
                    self.is_over, self.reason = True, "stopped"
                    break
                patience = self._patience(child)
                if not child.is_ready(LOOK_S) and time.monotonic() - self._heard_at < sandbox.QUIET_S:
                    continue
                frame = child.receive(patience)
                self._heard_at = time.monotonic()
                yield from self._hear(frame)
                is_again = frame[:1] == ["again"]
        except sandbox.Died as died:
            self._mourn(died.cause, child.mark())
        finally:
            child.close()

    def _job(self) -> dict[str, Any]:
        return {
            "kind": "read",
            "connection": heard.opened(self.connection),
            "registry": cache.default().job(self.registry),
            "topic": self.topic,
            "topic_id": self.topic_id,
            "request": asdict(self.request),
            "seconds": max(0.2, self.deadline - time.monotonic()),
            "parts": [part.told() for part in self.parts.values()] if self.parts else None,
            "left": self.request.n - self.shown,
            "most": None if self.request.most is None else max(1, self.request.most - self.scanned),
            "most_bytes": None if self.most_bytes is None else max(1, self.most_bytes - self.bytes),
            "skip": self.skip,
            "skips": self.skips,
            "culprits": self.culprits,
            "sent": self._again,
            "is_careful": self.is_careful,
            "is_probing": self.is_probing,
        }

    def _patience(self, child: sandbox.Child) -> float:
        """Return how long to wait for the next frame; ends a child that is over its time."""
        now, mark = time.monotonic(), child.mark()
        if now > self.deadline + 1:
            child.kill()
            raise sandbox.Died(LATE)
        if mark != self._mark:
            self._mark, self._since = mark, now
        elif mark.phase in (marks.RECORD, marks.RUN) and now - self._since > DECODE_S:
            child.kill()
            raise sandbox.Died(f"it took longer than {DECODE_S} s")
        return self.deadline + 1.5 - now

    def _hear(self, frame: Any) -> Iterator[tuple[str, Any]]:
        try:
            kind, *said = frame
            if kind != "beat":
                self._since = time.monotonic()
            yield from self._heard(kind, said)
        except (TypeError, ValueError, KeyError, AttributeError) as fault:
            raise sandbox.Died(f"it sent nonsense ({fault})") from None

    def _heard(self, kind: str, said: list[Any]) -> Iterator[tuple[str, Any]]:
        if kind == "row":
            found = heard.row(said[0])
            self._sent.append((found.partition, found.offset))
            yield "row", found
        elif kind == "piece":
            yield "piece", bytes(said[0])
        elif kind == "written":
            whole = written.of_told(*said)
            self._sent += whole.places
            yield "written", whole
        elif kind == "reached":
            self._reach(*said)
            yield "reached", self
        elif kind == "passed":
            self.passed = {int(p): int(at) for p, at in said[0]}
            self.scanned, self.bytes, self.waiting = self._scanned + int(said[1]), self._bytes + int(said[2]), int(said[3])
            self._meet(said[4])
            yield "passed", self
        elif kind == "plan":
            self.topic_id, self.bounds = str(said[0]), {int(p): (int(low), int(high)) for p, (low, high) in said[1].items()}
            self._plan({part.partition: part for part in map(parts.of_told, said[2])})
            yield "phase", "sifting" if self.request.is_filtered else "reading"
        elif kind in ("skips", "again"):
            self._again = [*self._again, *self._sent] if kind == "again" else self._again
            self.is_probing = self.is_probing and kind != "again"  # what it was to find, it found
            self.skips, self.culprits = {int(p): [list(each) for each in found] for p, found in said[0].items()}, []
        elif kind == "schemas":
            cache.default().learn(self.registry, said[0])
        elif kind == "done":
            self.reason, self.is_over = str(said[0]), True
            self._meet(said[1])
        elif kind == "problem":
            raise heard.problem(said)
        elif kind == "unexpected":
            raise heard.ended(kind, said)

    def _meet(self, told: list[Any]) -> None:
        mismatched, undecoded, overruns = (before + int(now) for before, now in zip(self._met, told, strict=True))
        self.met = mismatched, undecoded, overruns

    def _plan(self, found: dict[int, Part]) -> None:
        self.parts, self.origin = found, {p: part.at for p, part in found.items()}

    def _reach(self, told: list[Any], scanned: Any, size_bytes: Any) -> None:
        self.parts |= {part.partition: part for part in map(parts.of_told, told)}
        self.shown += len(self._sent) + len(self._again)
        self._sent, self._again = [], []
        self.scanned, self.bytes = self._scanned + int(scanned), self._bytes + int(size_bytes)

    def _mourn(self, cause: str, mark: Mark) -> None:
        """Decide how the next child goes on: past the record or the batch it died of, or carefully, to find which it was."""
        self.deaths += 1
        self.box.deaths += 1
        self._again = [*self._again, *self._sent]
        self.is_probing = False
        if mark.phase == marks.RECORD:
            self.skip.append([mark.partition, mark.offset, cause])
        elif mark.phase == marks.RUN:
            self.is_careful = True
        elif mark.phase == marks.FETCH:
            self.culprits.append([mark.partition, mark.offset, cause])
        else:
            self.is_probing = True
        if self.deaths >= DEATHS or time.monotonic() > self.deadline:
            self.is_over, self.reason = True, "deaths"
            where = f" at offset {mark.offset:,} of partition {mark.partition}" if mark.phase else ""
            self.stopped = f"The process that reads ended {self.deaths} times, the last time{where}: {cause}."
            if not self.parts and not self.shown:
                kind, hint = (Kind.TIMEOUT, "Try again.") if cause == LATE else (Kind.BROKEN, "Read fewer, or other partitions.")
                raise Problem(kind, f"Messages cannot be read: {cause}.", hint)

    def _account(self, part: Part) -> Account:
        origin = self.origin.get(part.partition, part.at)
        state = part.state if part.state != "open" else "cancelled" if self.reason == "stopped" else "limit"
        return Account(
            part.partition, part.start, part.stop, min(origin, part.at), max(origin, part.at), part.records, state, part.behind,
            part.expired, part.what, part.matched, part.undecodable, part.at,
        )  # fmt: skip
