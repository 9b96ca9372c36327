"""The children of live tails: one for all tabs of this process that watch the same thing.

A child that dies of a record is followed by one that begins where it stood and does not look into that record again.
"""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from controlcenter.browse import frames, heard, marks, sandbox
from controlcenter.browse.request import Request
from controlcenter.browse.shown import shown
from controlcenter.kafka.model import Connection
from controlcenter.schemas import cache
from controlcenter.schemas.model import Connection as Registry

DEATHS = 3
QUIET_S = 5.0  # children beat every quarter second
DAY_S = 24 * 3600


class Watcher(Protocol):
    def follow(self, told: "Following") -> None: ...
    def tell(self, rows: list[dict[str, Any]], seen: int, scanned: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Following:
    partitions: list[int]
    missing: list[int]


class Streams:
    """The streams of one loop."""

    def __init__(self) -> None:
        self._by_key: dict[Any, Stream] = {}

    async def watch(self, wanted: "Stream", watcher: Watcher) -> str:
        """Follow until the stream ends, and return why; raises Problem. Cancelled, the watcher leaves."""
        stream = self._by_key.setdefault(wanted.key, wanted) if wanted.is_shared else wanted
        stream.enter(watcher)
        try:
            return await asyncio.shield(stream.running())
        finally:
            if stream.leave(watcher):
                if self._by_key.get(stream.key) is stream:
                    del self._by_key[stream.key]
                await stream.stop()


class Stream:
    """What is followed, and by whom."""

    def __init__(
        self, slug: str, topic: str, request: Request, connection: Connection, registry: Registry | None, starts: dict[int, int]
    ) -> None:
        self.topic, self.request, self.connection, self.registry = topic, request, connection, registry
        self.is_shared = not starts
        self.key = (slug, topic, request, connection)
        self._at = dict(starts)
        self._watchers: list[Watcher] = []
        self._following: Following | None = None
        self._task: asyncio.Task[str] | None = None
        self._skip: list[list[Any]] = []
        self._is_careful = False

    def running(self) -> "asyncio.Task[str]":
        self._task = self._task or asyncio.ensure_future(self._run())
        return self._task

    def enter(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)
        if self._following is not None:
            watcher.follow(self._following)

    def leave(self, watcher: Watcher) -> bool:
        """Return whether nobody is left."""
        self._watchers.remove(watcher)
        return not self._watchers

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> str:
        for _ in range(DEATHS):
            await self._live()
        return "The process that reads ended three times."

    async def _live(self) -> None:
        """Live through one child, until it dies. Raises Problem for an end that was told."""
        child = await asyncio.to_thread(sandbox.default().child, DAY_S)
        try:
            child.send(self._job())
            child.sock.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=child.sock.dup())
            try:
                while True:
                    async with asyncio.timeout(QUIET_S):
                        size = frames.length(await reader.readexactly(frames.HEAD.size))
                        kind, *said = frames.unpack(await reader.readexactly(size))
                    self._hear(kind, said)
            finally:
                writer.close()
        except (asyncio.IncompleteReadError, TimeoutError, OSError, frames.Broken, ValueError, TypeError, KeyError) as fault:
            late = isinstance(fault, TimeoutError)
            if late:
                child.kill()
            cause = "it did not answer in time" if late else await asyncio.to_thread(child.cause)
            self._mourn(child.mark(), cause)
        finally:
            await asyncio.to_thread(child.close)

    def _job(self) -> dict[str, Any]:
        return {
            "kind": "tail", "connection": heard.opened(self.connection), "topic": self.topic, "request": asdict(self.request),
            "registry": cache.default().job(self.registry), "offsets": self._at, "skip": self._skip, "is_careful": self._is_careful,
        }  # fmt: skip

    def _hear(self, kind: str, said: list[Any]) -> None:
        if kind == "rows":
            rows = [shown(heard.row(told)) for told in said[0]]
            self._at.update((int(p), int(at)) for p, at in said[3].items())
            for watcher in self._watchers:
                watcher.tell(rows, int(said[1]), int(said[2]))
        elif kind == "following":
            self._following = Following([int(p) for p in said[0]], [int(p) for p in said[1]])
            self._at = {int(p): int(at) for p, at in said[0].items()}
            for watcher in self._watchers:
                watcher.follow(self._following)
        elif kind == "schemas":
            cache.default().learn(self.registry, said[0])
        elif kind == "problem":
            raise heard.problem(said)
        elif kind in ("gone", "unexpected"):
            raise heard.ended(kind, said)

    def _mourn(self, mark: marks.Mark, cause: str) -> None:
        """Let the next child begin where all was sent: it shows in place of the record what that did."""
        if mark.phase == marks.RECORD:
            self._skip.append([mark.partition, mark.offset, cause])
        else:
            self._is_careful = True
