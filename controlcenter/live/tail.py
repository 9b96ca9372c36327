"""Live tails over the one socket: a child follows a topic, its rows go to every tab that watches the same thing.

Frames out: {"ch", "kind": "following", "partitions", "missing"}, {"ch", "kind": "rows", "rows", "seen", "dropped", "scanned"}
where `seen` counts every wanted record since the last frame, `rows` holds those shown, and `scanned` counts all that were
read; {"ch", "kind": "closed", "reason"}. A paused tail keeps the newest rows in a bounded ring and counts what fell out. A
child that dies costs one row; three deaths end the tail.
"""

import asyncio
import contextlib
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import criterion
from controlcenter.browse import request as asked
from controlcenter.browse.request import Request
from controlcenter.errors import Problem
from controlcenter.fleet import clusters
from controlcenter.live.stream import Following, Stream, Streams

OPERATION = "message.read"
PER_USER, MOST = 4, 64  # tails of one user, and of this process
RING, AT_ONCE = 10_000, 500  # rows kept while paused, and sent in one frame after

_tails: WeakKeyDictionary[Any, dict[str, "Tail"]] = WeakKeyDictionary()
_running: Counter[Any] = Counter()
_streams: WeakKeyDictionary[asyncio.AbstractEventLoop, Streams] = WeakKeyDictionary()


@dataclass(eq=False)
class Tail:
    """One topic followed for one tab. read: partition → [first, past last) that was shown. starts: where to begin, {} for now."""

    consumer: Any
    ch: str
    slug: str
    topic: str
    request: Request
    starts: dict[int, int] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    is_paused: bool = False
    ring: deque[dict[str, Any]] = field(default_factory=deque)
    seen: int = 0
    scanned: int = 0
    dropped: int = 0
    shown: int = 0
    read: dict[int, list[int]] = field(default_factory=dict)

    def follow(self, told: Following) -> None:
        self.consumer.tell({"ch": self.ch, "kind": "following", "partitions": told.partitions, "missing": told.missing})

    def tell(self, rows: list[dict[str, Any]], seen: int, scanned: int) -> None:
        """Send rows, or keep them while the tab looks at others."""
        if self.is_paused:
            self.ring.extend(rows)
            self.seen += seen
            self.scanned += scanned
            while len(self.ring) > RING:
                self.ring.popleft()
                self.dropped += 1
            return
        self._send(rows, seen, scanned, 0)

    def resume(self) -> None:
        """Send what was kept."""
        if not self.is_paused:
            return
        self.is_paused, rows = False, list(self.ring)
        self._send(rows[:AT_ONCE], self.seen, self.scanned, self.dropped)
        for at in range(AT_ONCE, len(rows), AT_ONCE):
            self._send(rows[at : at + AT_ONCE], 0, 0, 0)
        self.ring.clear()
        self.seen = self.scanned = self.dropped = 0

    def _send(self, rows: list[dict[str, Any]], seen: int, scanned: int, dropped: int) -> None:
        self.shown += len(rows)
        for row in rows:
            span = self.read.setdefault(row["partition"], [row["offset"], row["offset"]])
            span[0], span[1] = min(span[0], row["offset"]), max(span[1], row["offset"] + 1)
        self.consumer.tell({"ch": self.ch, "kind": "rows", "rows": rows, "seen": seen, "dropped": dropped, "scanned": scanned})


async def start(consumer: Any, frame: dict[str, Any]) -> None:
    """Follow a topic: {"ch", "cluster", "topic", "partitions": null or [..], "query", "offsets": null or [p, o, …]}.

    What may not be read is `absent`.
    """
    ch, slug, topic = frame.get("ch"), frame.get("cluster"), frame.get("topic")
    if not (isinstance(ch, str) and isinstance(slug, str) and isinstance(topic, str)) or not _is_sound(frame):
        consumer.tell({"ch": str(ch), "kind": "closed", "reason": "malformed"})
        return
    await stop(consumer, ch)
    user = consumer.principal.id
    if _running[user] >= PER_USER or _running.total() >= MOST:
        consumer.tell({"ch": ch, "kind": "closed", "reason": "too_many"})
        return
    try:
        request = _request(frame)
    except Problem as problem:
        consumer.tell({"ch": ch, "kind": "closed", "reason": str(problem), "field": problem.field})
        return
    offsets = frame.get("offsets") or []
    tail = Tail(consumer, ch, slug, topic, request, dict(zip(offsets[::2], offsets[1::2], strict=False)))
    _running[user] += 1
    _tails.setdefault(consumer, {})[ch] = tail
    tail.task = asyncio.ensure_future(_run(tail))
    tail.task.add_done_callback(lambda _: _running.subtract([user]))


async def stop(consumer: Any, ch: str) -> None:
    """End a tail; its child ends with the last one who watches. Nothing happens when there is none."""
    tail = _tails.get(consumer, {}).pop(ch, None)
    if tail is not None and tail.task is not None:
        tail.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tail.task


async def stop_all(consumer: Any) -> None:
    """End every tail of a socket that is gone."""
    for ch in list(_tails.get(consumer, {})):
        await stop(consumer, ch)


async def rights_changed(consumer: Any) -> None:
    """End the tails their reader may not have any more."""
    for ch, tail in list(_tails.get(consumer, {}).items()):
        try:
            await _check(tail)
        except Problem:
            await stop(consumer, ch)
            consumer.tell({"ch": ch, "kind": "closed", "reason": "rights_changed"})


async def untail(consumer: Any, frame: dict[str, Any]) -> None:
    await stop(consumer, str(frame.get("ch")))


async def pause(consumer: Any, frame: dict[str, Any]) -> None:
    if tail := _tails.get(consumer, {}).get(str(frame.get("ch"))):
        tail.is_paused = True


async def resume(consumer: Any, frame: dict[str, Any]) -> None:
    if tail := _tails.get(consumer, {}).get(str(frame.get("ch"))):
        tail.resume()


async def _run(tail: Tail) -> None:
    reason = "ended"
    streams = _streams.setdefault(asyncio.get_running_loop(), Streams())
    try:
        connection, registry = await _check(tail)
        await _note(tail)
        stream = Stream(tail.slug, tail.topic, tail.request, connection, registry, tail.starts)
        reason = await streams.watch(stream, tail)
    except Problem as problem:
        reason = str(problem)
    finally:
        _tails.get(tail.consumer, {}).pop(tail.ch, None)
        if tail.shown:
            await asyncio.shield(_note(tail))
    tail.consumer.tell({"ch": tail.ch, "kind": "closed", "reason": reason})


@database_sync_to_async
def _check(tail: Tail) -> tuple[Any, Any]:
    access.check(tail.consumer.principal, OPERATION, tail.slug, tail.topic)
    cluster = clusters.get(tail.slug)
    return clusters.connection(cluster), clusters.registry(cluster)


@database_sync_to_async
def _note(tail: Tail) -> None:
    spans = [f"{p}:{low}-{high}" for p, (low, high) in sorted(tail.read.items())][:1000]
    told = {"from": "live", "partitions": spans or tail.request.partitions or "all", "count": tail.shown}
    audit.record(tail.consumer.principal, OPERATION, tail.slug, tail.topic, args=told, via="socket")


def _request(frame: dict[str, Any]) -> Request:
    """Return what is watched; raises Problem for a filter, or anything else of the query, that cannot be."""
    given = dict(parse_qsl(frame.get("query") or ""))
    kept = {name: value for name, value in given.items() if name in LIVE}
    partitions = frame.get("partitions")
    if partitions is not None:
        kept["partitions"] = ",".join(map(str, partitions[:10_000]))
    found = asked.parse(kept)
    criterion.compiled(found)
    return found


LIVE = ("partitions", "isolation", "filter", "mode", "ignore_case", "in", "key", "key_as", "key_all", "key_serde", "value_serde")


def _is_sound(frame: dict[str, Any]) -> bool:
    query, partitions, offsets = frame.get("query"), frame.get("partitions"), frame.get("offsets")
    return (
        (query is None or isinstance(query, str))
        and (partitions is None or (_are_numbers(partitions) and bool(partitions)))
        and (offsets is None or (_are_numbers(offsets) and len(offsets) % 2 == 0))
    )


def _are_numbers(found: Any) -> bool:
    return isinstance(found, list) and all(type(n) is int and 0 <= n <= asked.LARGEST for n in found)


# What a client may say of tails: the consumer's table takes these over.
SAYS = {"tail": start, "untail": untail, "pause": pause, "resume": resume}
