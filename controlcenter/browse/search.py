"""Searches that outlive the tab that asked: run in a thread of one process, kept in Redis, shown by every process under their id.

A search reads for a minute or a gigabyte, then says so and can go on. What it found is kept an hour, bounded. Who may read
the topic may look at it by its id; who began it may stop it and let it go on. A process that dies leaves its searches
interrupted: where all was certain is kept with them, and going on begins there.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import msgpack
import orjson
from django.db import close_old_connections
from redis.exceptions import RedisError

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import cursor as cursors
from controlcenter.browse import look, progress, session
from controlcenter.browse import request as asked
from controlcenter.browse.page import Place
from controlcenter.browse.request import Request
from controlcenter.browse.session import Talk
from controlcenter.browse.shown import shown
from controlcenter.errors import Kind, Problem
from controlcenter.observe import store

log = logging.getLogger(__name__)
STEP_S, STEP_BYTES = 60.0, 1 << 30
KEPT_S, KEPT_BYTES = 3600, 16 << 20
EACH_KEPT = 8  # searches of one person and cluster
SHOWN_BYTES = 4096  # of a field; its record's own page shows all
BEAT_S, DEAD_S, WAITING_S = 0.25, 5, 90
GOES_ON = ("limit", "stopped", "interrupted", "failed")
WHY = {
    "limit": "The page is full.",
    "time": "A minute of reading is over.",
    "bytes": "A gigabyte was read.",
    "records": "As many records as asked were read.",
    "kept": "More was found than is kept of one search.",
    "stopped": "Stopped.",
}


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a search.

    state    running, complete, partial (partitions failed or are blocked), limit, stopped, failed, interrupted
    reason   the sentence that goes with it; kind: of the Problem it failed with
    found    rows so far; query: how it was asked, as an address has it
    place    where it goes on, None when nothing is left; before: where the page before its first row is
    """

    id: str
    slug: str
    topic: str
    owner: str
    query: str
    request: dict[str, Any]
    state: str = "running"
    phase: str = "waiting"
    reason: str = ""
    kind: str = ""
    found: int = 0
    began_ms: int = 0
    progress: dict[str, Any] = field(default_factory=dict)
    place: list[Any] | None = None
    before: list[Any] | None = None

    @property
    def can_go_on(self) -> bool:
        """Whether something is left: from its place, or from the beginning if it never found out where it is."""
        return self.state in GOES_ON and (self.place is not None or not self.found)

    @property
    def asked(self) -> Request:
        return asked.of_frame(self.request)


def start(principal: Any, slug: str, topic: str, query: str, *, cursor: str = "") -> str:
    """Begin a search as an address asks for it, and return its id; raises Problem for what may not or cannot be read."""
    given = dict(parse_qsl(query))
    request = replace(asked.parse(given), most_shown=SHOWN_BYTES, raw_bytes=0)
    look.may(principal, slug, topic, request)
    cursor = cursor or given.get("cursor", "")
    place = cursors.read(cursor, slug, topic, principal.id, request) if cursor else None
    if place is not None and place.is_backward != request.is_backward:
        raise Problem(Kind.INVALID, "A search goes on in its own direction only.", "Open the page before as a page.", "cursor")
    name = secrets.token_urlsafe(12)
    state = State(name, slug, topic, str(principal.id), query, asdict(request), began_ms=round(time.time() * 1000))
    _make_room(state)
    _go(principal, state, place)
    return name


def read(principal: Any, slug: str, name: str) -> State:
    """Return a search; raises Problem ABSENT for one that is not, is no more, or may not be seen."""
    found = _read(slug, name)
    access.check(principal, look.OPERATION, slug, found.topic)
    if found.request["group"]:
        access.check(principal, "group.view", slug, found.request["group"])
    return found


def noted(principal: Any, found: State) -> None:
    """Write that somebody looks at what another one found."""
    told = {"from": "search", "limit": found.request["n"], "partitions": [], "count": found.found}
    audit.record(principal, look.OPERATION, found.slug, found.topic, args=told, via="search")


def rows(slug: str, name: str, seen: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return rows of a search after the `seen` parts somebody has, and how many parts those are then."""
    parts = store.default().redis.lrange(_key(slug, name, "rows"), seen, seen + 49)
    return [row for part in parts for row in orjson.loads(part)], seen + len(parts)


def stop(principal: Any, slug: str, name: str) -> None:
    """End a search of one's own within a second; raises Problem DENIED for another's."""
    _own(principal, read(principal, slug, name))
    store.default().redis.set(_key(slug, name, "stop"), 1, ex=WAITING_S)


def resume(principal: Any, slug: str, name: str) -> None:
    """Let a search of one's own go on where all was certain; raises Problem CONFLICT when it runs, or nothing is left."""
    found = read(principal, slug, name)
    _own(principal, found)
    if not found.can_go_on:
        raise Problem(Kind.CONFLICT, "This search cannot go on: it still runs, or everything is read.", "")
    look.may(principal, slug, found.topic, found.asked)
    _go(principal, replace(found, state="running", phase="waiting", reason="", kind=""), _place(found.place) if found.place else None)


def cursors_of(principal: Any, found: State) -> tuple[str, str]:
    """Return the cursors of the pages after and before what a search found, "" for none; for whoever looks at it."""

    def written(told: list[Any] | None) -> str:
        return look.written(_place(told) if told else None, principal, found.slug, found.topic, found.asked)

    return written(found.place), written(found.before)


def _own(principal: Any, found: State) -> None:
    if found.owner != str(principal.id):
        raise Problem(Kind.DENIED, "Only who began this search may do that.", "Begin one of your own.")


def _key(slug: str, name: str, part: str = "") -> str:
    return store.redis_key(slug, f"search:{name}" + (f":{part}" if part else ""))


def _place(told: list[Any]) -> Place:
    topic_id, parts, is_backward = told
    return Place(topic_id, tuple((p, start, stop, at) for p, start, stop, at in parts), is_backward)


def _told(place: Place | None) -> list[Any] | None:
    return None if place is None else [place.topic_id, [list(part) for part in place.parts], place.is_backward]


def _make_room(state: State) -> None:
    """Note a search among its owner's, and forget the oldest of these: together they are bounded too."""
    mine = store.redis_key(state.slug, f"searches:{state.owner}")
    with store.default().redis.pipeline() as pipe:
        pipe.lpush(mine, state.id).lrange(mine, EACH_KEPT, -1).ltrim(mine, 0, EACH_KEPT - 1).expire(mine, KEPT_S)
        forgotten = pipe.execute()[1]
    if forgotten:
        names = [name.decode() for name in forgotten]
        store.default().redis.delete(*(_key(state.slug, name, part) for name in names for part in ("", "rows", "beat")))


def _read(slug: str, name: str) -> State:
    redis = store.default().redis
    if len(name) > 64 or not name.replace("-", "").replace("_", "").isalnum():
        raise _gone()
    try:
        kept, beat = redis.mget(_key(slug, name), _key(slug, name, "beat"))
    except (RedisError, OSError):
        raise Problem(Kind.UNREACHABLE, "Searches are kept in Redis, which does not answer.", "Try again soon.") from None
    if kept is None:
        raise _gone()
    found = State(**msgpack.unpackb(kept))
    if found.state == "running" and beat is None:
        return replace(found, state="interrupted", reason="The process that searched has ended.")
    return found


def _gone() -> Problem:
    return Problem(Kind.ABSENT, "There is no such search any more.", "Searches are kept for an hour; begin it again.")


def _go(principal: Any, state: State, place: Place | None) -> None:
    """Run a search in a thread of its own."""
    run = Run(principal, state, place)
    run.keep()
    threading.Thread(target=run.run, name=f"search {state.id}", daemon=True).start()


class Run:
    """A search while it runs."""

    def __init__(self, principal: Any, state: State, place: Place | None) -> None:
        self.principal, self.state, self.start = principal, state, place
        self._redis: Any = store.default().redis
        self._rows: list[dict[str, Any]] = []
        self._kept_bytes = self._asked_at = 0.0
        self._is_stopped = self._is_full = False
        self._began = time.monotonic()
        self._before = dict(state.progress)  # of the steps before this one
        self._first_before = state.before if state.progress else None
        self._new: list[dict[str, Any]] = []  # rows that are not certain yet: they go when the child that sent them is stopped

    def run(self) -> None:
        try:
            for kind, said in self._events():
                self._hear(kind, said)
        except Problem as problem:
            self._end(state="failed", reason=str(problem), kind=problem.kind.value)
        except Exception:  # nobody waits for this thread: its end is told where the search is kept
            log.exception("a search failed")
            self._end(state="failed", reason="The search met trouble it did not expect; the server's log has it.", kind=Kind.BROKEN.value)
        finally:
            close_old_connections()

    def keep(self) -> None:
        """Write what is known, and the rows that came since; ask whether somebody stopped it."""
        with self._redis.pipeline() as pipe:
            if self._rows:
                part = orjson.dumps(self._rows)
                self._kept_bytes += len(part)
                self._is_full = self._kept_bytes > KEPT_BYTES
                self.state = replace(self.state, found=self.state.found + len(self._rows))
                self._rows = []
                pipe.rpush(self._key("rows"), part).expire(self._key("rows"), KEPT_S)
            pipe.set(self._key(), msgpack.packb(asdict(self.state)), ex=KEPT_S)
            pipe.set(self._key("beat"), 1, ex=WAITING_S if self.state.phase == "waiting" else DEAD_S)
            pipe.execute()

    def _key(self, part: str = "") -> str:
        return _key(self.state.slug, self.state.id, part)

    def _events(self) -> Iterator[tuple[str, Any]]:
        state = self.state
        self._redis.delete(self._key("stop"))
        connection, registry = look.may(self.principal, state.slug, state.topic, state.asked)
        left = max(1, state.asked.n - state.found % state.asked.n) if self.start is not None else state.asked.n
        return session.converse(
            connection, state.topic, replace(state.asked, n=left), self.principal.id, registry=registry, place=self.start,
            seconds=STEP_S, most_bytes=STEP_BYTES, kind="search", is_stopped=self._asks_to_stop,
        )  # fmt: skip

    def _asks_to_stop(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at > BEAT_S:
            self._asked_at = now
            self._redis.expire(self._key("beat"), DEAD_S)
            self._is_stopped = bool(self._redis.exists(self._key("stop"))) or self._is_full
        return self._is_stopped

    def _hear(self, kind: str, said: Any) -> None:
        if kind == "phase":
            self.state = replace(self.state, phase=said)
            self.keep()
        elif kind == "row":
            self._new.append(shown(said))
        elif kind == "reached":
            self._rows, self._new = [*self._rows, *self._new], []
            self._tell(said)
        elif kind == "passed":
            self._tell(said)
        elif kind == "done":
            self._done(said)

    def _tell(self, talk: Talk) -> None:
        is_backward = talk.request.is_backward
        before = self._first_before if self._first_before is not None else _told(talk.place(is_backward=not is_backward))
        place = _told(talk.place(is_backward=is_backward))
        self.state = replace(self.state, progress=self._progress(talk), place=place, before=before)
        self.keep()

    def _progress(self, talk: Talk) -> dict[str, Any]:
        return progress.of(
            talk.accounting, talk.passed, is_backward=talk.request.is_backward, scanned=talk.scanned + self._before.get("records", 0),
            size_bytes=talk.bytes + self._before.get("bytes", 0), waiting=talk.waiting, met=talk.met,
            took_s=time.monotonic() - self._began + self._before.get("took_s", 0.0),
        )  # fmt: skip

    def _done(self, talk: Talk) -> None:
        why = "kept" if self._is_full and talk.reason == "stopped" else talk.reason
        states = {account.state for account in talk.accounting}
        state = "stopped" if why == "stopped" else "limit" if why and why != "deaths" else "partial"
        if not why and states <= {"complete"}:
            state = "complete"
        self._tell(talk)
        self._end(state=state, reason=talk.stopped or WHY.get(why, ""))
        look.note(self.principal, self.state.slug, self.state.topic, self.state.asked, "search", talk.accounting, self.state.found)

    def _end(self, *, state: str, reason: str, kind: str = "") -> None:
        self.state = replace(self.state, state=state, reason=reason, kind=kind, phase="done")
        self.keep()
