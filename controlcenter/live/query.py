"""Rows of a push query over the one socket, from the first that is kept.

Frames out: {"ch", "kind": "schema", "columns", "is_table", "key", "statement"}, {"kind": "rows", "rows": [[cells, ms, "+" or "-"]…],
"shown", "emitted"}, {"kind": "progress", …figures}, {"kind": "done", "state", "reason"}, {"kind": "closed", "reason"}.
While somebody follows, the query is wanted; a second after the last one went it ends, five after their web process died.
"""

import asyncio
import contextlib
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from channels.db import database_sync_to_async

from controlcenter.access import decisions
from controlcenter.errors import Problem
from controlcenter.live import hub
from controlcenter.live.feed import TROUBLE
from controlcenter.query import limits, push, rights

LOOK_S = 0.05  # 20 frames a second
WANT_S = 0.3
PROGRESS_S = 0.25
AWAY_S = 1.0  # between two questions while Valkey is away
MOST = 16  # followed by one tab

_followed: WeakKeyDictionary[Any, dict[str, "asyncio.Task[None]"]] = WeakKeyDictionary()


async def follow(consumer: Any, frame: dict[str, Any]) -> None:
    """Begin to follow; a channel that is followed already begins again from the first row."""
    ch, slug, query = frame.get("ch"), frame.get("cluster"), frame.get("query")
    if not (isinstance(ch, str) and isinstance(slug, str) and isinstance(query, str) and len(query) <= 64 and query.isalnum()):
        return consumer.tell({"ch": ch, "kind": "closed", "reason": "malformed"})
    mine = _followed.setdefault(consumer, {})
    await _end(mine.pop(ch, None))
    if len(mine) >= MOST:
        return consumer.tell({"ch": ch, "kind": "closed", "reason": "too_many"})
    mine[ch] = asyncio.ensure_future(_follow(consumer, ch, slug, query))
    return None


async def unfollow(consumer: Any, frame: dict[str, Any]) -> None:
    """Stop listening; the query ends with its last follower."""
    await _end(_followed.get(consumer, {}).pop(frame.get("ch"), None))


async def stop(consumer: Any, frame: dict[str, Any]) -> None:
    """Stop the query itself; its rows stay."""
    slug, query = frame.get("cluster"), frame.get("query")
    if isinstance(slug, str) and isinstance(query, str):
        with contextlib.suppress(Problem):
            await database_sync_to_async(push.stop)(consumer.principal, slug, query)


async def stop_all(consumer: Any) -> None:
    """End everything a socket followed."""
    for task in _followed.pop(consumer, {}).values():
        await _end(task)


async def rights_changed(consumer: Any) -> None:
    """Close what may not be seen any more: each loop looks itself."""


async def _follow(consumer: Any, ch: str, slug: str, query: str) -> None:
    """Follow until the query has ended. While Valkey is away nobody knows how it stands; that is told, and asked again."""
    at = _At()
    try:
        while True:
            try:
                return await _to_the_end(consumer, ch, slug, query, at)
            except Problem as problem:
                return consumer.tell({"ch": ch, "kind": "closed", "reason": problem.what})
            except TROUBLE:
                consumer.tell({"ch": ch, "kind": "progress", "state": "unknown", "reason": "Valkey does not answer."})
            except ValueError:
                return consumer.tell({"ch": ch, "kind": "closed", "reason": "The rows cannot be had now."})
            await asyncio.sleep(AWAY_S)
    finally:
        with contextlib.suppress(*TROUBLE):  # whoever else follows says so again before that
            await hub.current().feed.redis.pexpire(push.key(query, "wanted"), limits.LEFT_MS)


class _At:
    """How far a follower has been told: the newest frame, and whether the columns."""

    def __init__(self) -> None:
        self.frame, self.has_schema = "0", False


async def _to_the_end(consumer: Any, ch: str, slug: str, query: str, at: _At) -> None:
    redis = hub.current().feed.redis
    about = await database_sync_to_async(push.about)(consumer.principal, slug, query)
    if not at.has_schema:
        consumer.tell({"ch": ch, "kind": "schema", **{name: about[name] for name in ("columns", "is_table", "key", "statement")}})
        at.has_schema = True
    wanted_at, told_at = -WANT_S, -PROGRESS_S
    clock = asyncio.get_running_loop().time
    while True:
        now = clock()
        if now - wanted_at >= WANT_S:
            wanted_at = now
            if not await _may(consumer, slug, about):
                return consumer.tell({"ch": ch, "kind": "closed", "reason": "rights_changed"})
            await redis.set(push.key(query, "wanted"), b"1", px=limits.WANTED_MS)
        state: dict[str, Any] | None = None
        if now - told_at >= PROGRESS_S:
            told_at = now
            state = push.told(await redis.get(push.key(query, "state")), push.now_ms())
        for name, fields in await redis.xrange(push.key(query, "rows"), min=f"({at.frame}", count=20):
            at.frame = name.decode()
            consumer.tell({"ch": ch, "kind": "rows", **orjson.loads(fields[b"frame"])})
        if state is not None:
            ended = state["state"] in push.ENDED
            consumer.tell({"ch": ch, "kind": "done" if ended else "progress", **state})
            if ended:
                return None
        await asyncio.sleep(LOOK_S)


async def _may(consumer: Any, slug: str, about: dict[str, Any]) -> bool:
    def may() -> bool:
        return all(decisions.decide(consumer.principal, rights.READ, slug, topic).is_allowed for topic in about["topics"])

    return await database_sync_to_async(may)()


async def _end(task: "asyncio.Task[None] | None") -> None:
    if task is not None and not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


SAYS = {"query": follow, "unquery": unfollow, "query_stop": stop}
