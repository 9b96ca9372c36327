"""Searches over the one socket: a search runs whether anybody listens or not; here its rows and progress reach a tab.

Frames out, by channel: `search` (its id), `phase`, `found` (rows), `progress` at most four times a second, `done`, `closed`.
A tab that comes back, or another one, asks for the id and gets all rows again.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from controlcenter.browse import search
from controlcenter.browse.search import State
from controlcenter.errors import Problem

LOOK_S, PROGRESS_S = 0.1, 0.25
MOST = 8  # followed by one socket

_followed: WeakKeyDictionary[Any, dict[str, "Follower"]] = WeakKeyDictionary()


class Follower:
    """One search in one tab. seen: parts of its rows that the tab has."""

    def __init__(self, consumer: Any, ch: str, slug: str) -> None:
        self.consumer, self.ch, self.slug, self.name = consumer, ch, slug, ""
        self.seen = self.total = 0
        self.phase, self.told_at = "", 0.0
        self.progress: dict[str, Any] = {}
        self.task: asyncio.Task[None] | None = None

    def tell(self, kind: str, **more: Any) -> None:
        self.consumer.tell({"ch": self.ch, "kind": kind, **more})

    async def run(self, begin: Callable[[], str]) -> None:
        """Begin or find the search, and tell of it until it is over or nobody listens."""
        try:
            self.name = await database_sync_to_async(begin)()
            found = await self._read()
            is_mine = found.owner == str(self.consumer.principal.id)
            if not is_mine:
                await database_sync_to_async(search.noted)(self.consumer.principal, found)
            self.tell("search", search=self.name, is_mine=is_mine, query=found.query)
            await self.follow()
        except Problem as problem:
            self.tell("closed", reason=str(problem), field=problem.field)
            self.leave()
        except (RedisError, OSError):
            self.tell("closed", reason="Searches are kept in Redis, which does not answer.", field="")
            self.leave()

    async def follow(self) -> None:
        """Tell of the search until it is over."""
        while True:
            found = await self._read()  # before its rows: when it is done, they are all there
            while await self._rows():
                pass
            self._tell(found)
            if found.state != "running":
                after, before = await database_sync_to_async(search.cursors_of)(self.consumer.principal, found)
                self.tell("done", state=found.state, reason=found.reason, problem=found.kind, progress=found.progress, next=after,
                          previous=before, can_go_on=found.can_go_on,
                          follow=found.request["until"] == "follow")  # fmt: skip
                return
            await asyncio.sleep(LOOK_S)

    def leave(self) -> None:
        _followed.get(self.consumer, {}).pop(self.ch, None)

    async def _read(self) -> State:
        return await database_sync_to_async(search.read)(self.consumer.principal, self.slug, self.name)

    async def _rows(self) -> bool:
        rows, seen = await asyncio.to_thread(search.rows, self.slug, self.name, self.seen)
        is_more, self.seen, self.total = seen > self.seen, seen, self.total + len(rows)
        if rows:
            self.tell("found", rows=rows, total=self.total)
        return is_more

    def _tell(self, found: State) -> None:
        if found.phase != self.phase and found.state == "running":
            self.phase = found.phase
            self.tell("phase", phase=found.phase)
        now = asyncio.get_running_loop().time()
        if found.progress and found.progress != self.progress and now - self.told_at >= PROGRESS_S:
            self.told_at, self.progress = now, found.progress
            self.tell("progress", **found.progress)


async def scan(consumer: Any, frame: dict[str, Any]) -> None:
    """Begin a search and follow it ({"cluster", "topic", "query"}), or follow one that is there ({"cluster", "search"})."""
    ch, slug, topic = frame.get("ch"), frame.get("cluster"), frame.get("topic", "")
    name, query = frame.get("search"), frame.get("query", "")
    if not (isinstance(ch, str) and isinstance(slug, str) and isinstance(topic, str) and isinstance(query, str)):
        return consumer.tell({"ch": str(ch), "kind": "closed", "reason": "malformed"})
    if name is not None and not isinstance(name, str):
        return consumer.tell({"ch": ch, "kind": "closed", "reason": "malformed"})
    await _leave(consumer, ch)
    mine = _followed.setdefault(consumer, {})
    if len(mine) >= MOST:
        return consumer.tell({"ch": ch, "kind": "closed", "reason": "too_many"})
    follower = mine[ch] = Follower(consumer, ch, slug)
    principal = consumer.principal
    begin: Callable[[], str] = (lambda: name) if name is not None else lambda: search.start(principal, slug, topic, query)
    follower.task = asyncio.ensure_future(follower.run(begin))
    return None


async def stop(consumer: Any, frame: dict[str, Any]) -> None:
    """End the search of a channel, for everybody; it tells so itself."""
    if follower := _followed.get(consumer, {}).get(str(frame.get("ch"))):
        await _tried(follower, lambda: search.stop(consumer.principal, follower.slug, follower.name))


async def go_on(consumer: Any, frame: dict[str, Any]) -> None:
    """Let the search of a channel go on, and follow it again."""
    follower = _followed.get(consumer, {}).get(str(frame.get("ch")))
    if follower is None or (follower.task is not None and not follower.task.done()):
        return
    if await _tried(follower, lambda: search.resume(consumer.principal, follower.slug, follower.name)):
        follower.task = asyncio.ensure_future(follower.run(lambda: follower.name))


async def unscan(consumer: Any, frame: dict[str, Any]) -> None:
    await _leave(consumer, str(frame.get("ch")))


async def stop_all(consumer: Any) -> None:
    """Listen no longer; the searches go on."""
    for ch in list(_followed.get(consumer, {})):
        await _leave(consumer, ch)


async def _tried(follower: Follower, do: Callable[[], None]) -> bool:
    try:
        await database_sync_to_async(do)()
    except Problem as problem:
        follower.tell("refused", reason=str(problem))
        return False
    return True


async def _leave(consumer: Any, ch: str) -> None:
    follower = _followed.get(consumer, {}).pop(ch, None)
    if follower is not None and follower.task is not None:
        follower.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await follower.task


# What a client may say of searches: the consumer's table takes these over.
SAYS = {"scan": scan, "scan_stop": stop, "scan_on": go_on, "unscan": unscan}
