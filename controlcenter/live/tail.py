"""Live tails over the one socket: a child follows a topic, its rows go to the tab that asked.

Frames out: {"ch", "kind": "following", "partitions"}, {"ch", "kind": "rows", "rows", "seen", "dropped"} where `seen` counts
every record since the last frame and `rows` holds those shown; {"ch", "kind": "closed", "reason"}. A paused tail keeps the
newest rows in a bounded ring and counts what fell out. A child that dies costs one row; three deaths end the tail.
"""

import asyncio
import contextlib
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from controlcenter import access
from controlcenter.access import audit
from controlcenter.browse import frames, sandbox, session
from controlcenter.errors import Problem
from controlcenter.fleet import clusters
from controlcenter.kafka.model import Connection
from controlcenter.schemas import cache
from controlcenter.schemas.model import Connection as Registry
from controlcenter.serde.values import Decoded

OPERATION = "message.read"
PER_USER, MOST = 4, 32  # tails of one user, and of this process
RING = 1000
DEATHS = 3
QUIET_S = 5.0  # children beat every quarter second
DAY_S = 24 * 3600

_tails: WeakKeyDictionary[Any, dict[str, "Tail"]] = WeakKeyDictionary()
_running: Counter[str] = Counter()


@dataclass(eq=False)
class Tail:
    """One topic followed for one tab. read: partition → [first, past last) that was shown."""

    consumer: Any
    ch: str
    slug: str
    topic: str
    partitions: list[int] | None
    task: asyncio.Task[None] | None = None
    is_paused: bool = False
    ring: deque[dict[str, Any]] = field(default_factory=deque)
    seen: int = 0
    dropped: int = 0
    shown: int = 0
    read: dict[int, list[int]] = field(default_factory=dict)

    def tell(self, rows: list[dict[str, Any]], seen: int) -> None:
        """Send rows, or keep them while the tab looks at others."""
        if self.is_paused:
            self.ring.extend(rows)
            self.seen += seen
            while len(self.ring) > RING:
                self.ring.popleft()
                self.dropped += 1
            return
        self._note(rows)
        self.consumer.tell({"ch": self.ch, "kind": "rows", "rows": rows, "seen": seen, "dropped": 0})

    def resume(self) -> None:
        """Send what was kept."""
        if not self.is_paused:
            return
        self.is_paused, rows = False, list(self.ring)
        self._note(rows)
        self.consumer.tell({"ch": self.ch, "kind": "rows", "rows": rows, "seen": self.seen, "dropped": self.dropped})
        self.ring.clear()
        self.seen = self.dropped = 0

    def _note(self, rows: list[dict[str, Any]]) -> None:
        self.shown += len(rows)
        for row in rows:
            span = self.read.setdefault(row["partition"], [row["offset"], row["offset"]])
            span[0], span[1] = min(span[0], row["offset"]), max(span[1], row["offset"] + 1)


async def start(consumer: Any, frame: dict[str, Any]) -> None:
    """Follow a topic: {"ch", "cluster", "topic", "partitions": null or [..]}. What may not be read is `absent`."""
    ch, slug, topic, partitions = frame.get("ch"), frame.get("cluster"), frame.get("topic"), frame.get("partitions")
    if not isinstance(ch, str) or not isinstance(slug, str) or not isinstance(topic, str) or not _are_partitions(partitions):
        consumer.tell({"ch": str(ch), "kind": "closed", "reason": "malformed"})
        return
    await stop(consumer, ch)
    user = consumer.principal.id
    if _running[user] >= PER_USER or _running.total() >= MOST:
        consumer.tell({"ch": ch, "kind": "closed", "reason": "too_many"})
        return
    tail = Tail(consumer, ch, slug, topic, partitions)
    _running[user] += 1
    _tails.setdefault(consumer, {})[ch] = tail
    tail.task = asyncio.ensure_future(_run(tail))
    tail.task.add_done_callback(lambda _: _running.subtract([user]))


async def stop(consumer: Any, ch: str) -> None:
    """End a tail, and its child. Nothing happens when there is none."""
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
    try:
        connection, registry = await _check(tail)
        await _note(tail, "start")
        for _ in range(DEATHS):
            fault = await _live(tail, connection, registry)
            tail.tell([fault] if fault["partition"] is not None else [], 1)
        reason = "The process that reads ended three times."
    except Problem as problem:
        reason = str(problem)
    finally:
        _tails.get(tail.consumer, {}).pop(tail.ch, None)
        if tail.shown:
            await asyncio.shield(_note(tail, "end"))
    tail.consumer.tell({"ch": tail.ch, "kind": "closed", "reason": reason})


@database_sync_to_async
def _check(tail: Tail) -> tuple[Connection, Registry | None]:
    access.check(tail.consumer.principal, OPERATION, tail.slug, tail.topic)
    cluster = clusters.get(tail.slug)
    return clusters.connection(cluster), clusters.registry(cluster)


@database_sync_to_async
def _note(tail: Tail, when: str) -> None:
    spans = [f"{p}:{low}-{high}" for p, (low, high) in sorted(tail.read.items())][:1000]
    told = {"from": "live", "partitions": spans or tail.partitions or "all", "count": tail.shown}
    audit.record(tail.consumer.principal, OPERATION, tail.slug, tail.topic, args=told, via="socket")


async def _live(tail: Tail, connection: Connection, registry: Registry | None) -> dict[str, Any]:
    """Live through one child; return the row that tells of its death. Raises Problem for an end that was told."""
    child = await asyncio.to_thread(sandbox.default().child, DAY_S)
    decoding: list[Any] = [None, None]
    try:
        child.send({"kind": "tail", "connection": session.opened(connection), "topic": tail.topic, "partitions": tail.partitions,
                    "isolation": "read_committed", "registry": cache.default().job(registry)})  # fmt: skip
        child.sock.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=child.sock.dup())
        try:
            while True:
                decoding = await _hear(tail, reader, decoding, registry)
        finally:
            writer.close()
    except (asyncio.IncompleteReadError, TimeoutError, OSError, frames.Broken, ValueError, TypeError, KeyError) as fault:
        cause = "it did not answer in time" if isinstance(fault, TimeoutError) else await asyncio.to_thread(child.cause)
        p, offset = decoding
        return {"partition": p, "offset": offset, "fault": f"Offset {offset} of partition {p} cannot be decoded safely ({cause})."}
    finally:
        await asyncio.to_thread(child.close)


async def _hear(tail: Tail, reader: asyncio.StreamReader, decoding: list[Any], registry: Registry | None) -> list[Any]:
    async with asyncio.timeout(QUIET_S):
        size = frames.length(await reader.readexactly(frames.HEAD.size))
        kind, *said = frames.unpack(await reader.readexactly(size))
    if kind == "decoding":
        return [int(said[0]), int(said[1])]
    if kind == "rows":
        tail.tell([shown(session.row(told)) for told in said[0]], int(said[1]))
        return [None, None]
    if kind == "following":
        tail.consumer.tell({"ch": tail.ch, "kind": "following", "partitions": said[0], "missing": said[1]})
    elif kind == "schemas":
        cache.default().learn(registry, said[0])
    elif kind == "problem":
        raise session.problem(said)
    elif kind in ("gone", "unexpected"):
        raise session.ended(kind, said)
    return decoding


def shown(row: session.Row) -> dict[str, Any]:
    """Return a row as the browser gets it."""
    return {
        "partition": row.partition,
        "offset": row.offset,
        "timestamp_ms": row.timestamp_ms,
        "key": _field(row.key),
        "value": _field(row.value),
        "headers": row.headers_count,
        "fault": row.fault,
    }


def _field(decoded: Decoded | None) -> dict[str, Any] | None:
    if decoded is None:
        return None
    return {"format": decoded.format, "text": decoded.text, "size_bytes": decoded.size_bytes}


def _are_partitions(found: Any) -> bool:
    return found is None or (isinstance(found, list) and all(type(p) is int and p >= 0 for p in found))


# What a client may say of tails: the consumer's table takes these over.
SAYS = {"tail": start, "untail": untail, "pause": pause, "resume": resume}
