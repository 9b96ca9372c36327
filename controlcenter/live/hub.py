"""One stream for each (cluster, view, rights): filtered once, encoded once, the same text for all its sockets.

A stream's id and version let a client that was away take up where it was, while the stream still holds the changes;
anything else gets a snapshot. One way back, whatever was lost.
"""

import asyncio
import time
from collections import deque
from collections.abc import Hashable, Iterable
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

import orjson

from controlcenter.live import outbox as outboxes
from controlcenter.live import views
from controlcenter.live.feed import Feed
from controlcenter.live.narrow import Narrowed
from controlcenter.live.outbox import Frame, Outbox
from controlcenter.observe.snapshot import Snapshot

BEAT_S = 2.0
WANT_S = 5.0
WANTED_S = 15.0
KEPT_S = 60.0  # a stream outlives its last socket: a page being reloaded, a network being changed
KEPT_CHANGES = 32


class Sight:
    """What one set of rights shows of one cluster; asks once for each name while the rights hold.

    forgets_at  monotonic time after which answers are asked again, for rights that end by the clock
    """

    def __init__(self, fingerprint: Hashable, may_see: views.MaySee, is_timed: bool = False) -> None:
        self.fingerprint, self._may_see, self._is_timed = fingerprint, may_see, is_timed
        self._known: dict[str, dict[str, bool]] = {}
        self._asked_at = time.monotonic()

    def __call__(self, operation: str, names: Iterable[str]) -> list[str]:
        if self._is_timed and time.monotonic() - self._asked_at > 2:
            self._known, self._asked_at = {}, time.monotonic()
        wanted = list(names)
        known = self._known.setdefault(operation, {})
        fresh = [name for name in wanted if name not in known]
        if fresh:
            allowed = set(self._may_see(operation, fresh))
            known.update({name: name in allowed for name in fresh})
        return [name for name in wanted if known[name]]


class Stream:
    """What all sockets with the same rights see of one view."""

    def __init__(self, slug: str, view: str, sight: Sight, narrowed: Narrowed) -> None:
        self.id = uuid4().hex[:12]
        self.slug, self.view, self.sight = slug, view, sight
        self.ch = f"{slug}/{view}"
        self.seq, self.version = 0, narrowed.snapshot.version
        self.shown: views.Shown = views.tables_of(view, narrowed, sight)
        self.sockets: set[Outbox] = set()
        self.left_at = time.monotonic()
        self._changes: deque[Frame] = deque(maxlen=KEPT_CHANGES)
        self._floor = self.version  # the oldest version the changes lead on from
        self._whole: Frame | None = None

    def advance(self, narrowed: Narrowed) -> None:
        """Show the next snapshot: its sockets get the difference."""
        after = views.tables_of(self.view, narrowed, self.sight)
        tables = views.change(self.shown, after)
        self.shown = after
        if not tables:
            return
        if len(self._changes) == KEPT_CHANGES:
            self._floor = self._changes[0].version
        self.seq, self.version, self._whole = self.seq + 1, narrowed.snapshot.version, None
        body = {"ch": self.ch, "kind": "delta", "seq": self.seq, "version": self.version, "tables": tables}
        frame = Frame(self.ch, self.seq, self.seq - 1, self.version, tables, orjson.dumps(body).decode())
        if outboxes.rows_in(tables) > outboxes.HELD:  # not worth keeping: a snapshot costs the same
            self._changes.clear()
            self._floor = self.version
        else:
            self._changes.append(frame)
        for socket in self.sockets:
            socket.put(frame)

    def begin(self, socket: Outbox, version: int | None, stream: str | None) -> None:
        """Give a socket the changes since what it has, when it has this stream's; else everything."""
        self.sockets.add(socket)
        socket.forget(self.ch)
        if stream != self.id or version is None or not self._floor <= version <= self.version:
            socket.put(self.whole())
            return
        missed = [frame for frame in self._changes if frame.version > version]
        if not missed:
            socket.put(self._nothing_new())
        for frame in missed:
            socket.put(frame)

    def whole(self) -> Frame:
        """Return the snapshot frame, encoded at most once a version."""
        if self._whole is None:
            body: dict[str, Any] = {"ch": self.ch, "kind": "snapshot", "seq": self.seq, "version": self.version, "stream": self.id}
            body["tables"] = views.wire(self.view, self.shown)
            self._whole = Frame(self.ch, self.seq, self.seq, self.version, None, orjson.dumps(body).decode())
        return self._whole

    def _nothing_new(self) -> Frame:
        return Frame(self.ch, self.seq, self.seq, self.version, {})


class Hub:
    """All streams of one web process. Everything but redis happens without waiting, in one loop."""

    def __init__(self, url: str) -> None:
        self.feed = Feed(url, self._changed)
        self._narrowed: dict[str, Narrowed] = {}
        self._streams: dict[tuple[str, str, Hashable], Stream] = {}
        self._sockets: set[Outbox] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> "Hub":
        self._tasks = [asyncio.ensure_future(each) for each in (self.feed.listen(), self._beat(), self._want())]
        return self

    async def stop(self) -> None:
        left = set(self._tasks)
        while left:  # a cancel that meets redis-py while it connects is lost there: say it again
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.2)
        await self.feed.close()

    def enter(self, socket: Outbox) -> None:
        """Let a socket hear the beat."""
        self._sockets.add(socket)

    def leave(self, socket: Outbox) -> None:
        """Forget a socket."""
        self._sockets.discard(socket)
        for stream in self._streams.values():
            self._part(stream, socket)

    async def subscribe(
        self, socket: Outbox, slug: str, view: str, sight: Sight, version: int | None = None, stream: str | None = None
    ) -> None:
        """Let a socket see a view from now on, in place of the same view under other rights."""
        snapshot = await self.feed.held(slug)
        narrowed = self._narrowed.setdefault(slug, Narrowed(snapshot))
        for other in self._streams.values():
            if (other.slug, other.view) == (slug, view):
                self._part(other, socket)
        key = (slug, view, sight.fingerprint)
        if key not in self._streams:
            self._streams[key] = Stream(slug, view, sight, narrowed)
        self._streams[key].begin(socket, version, stream)
        await self.feed.want([(slug, view)], WANTED_S)

    async def move(self, socket: Outbox, slug: str, view: str, sight: Sight) -> None:
        """Let a socket go on under other rights: nothing is sent when they show the same."""
        stream = self._streams.get((slug, view, sight.fingerprint))
        if stream is None or socket not in stream.sockets:
            await self.subscribe(socket, slug, view, sight)

    def unsubscribe(self, socket: Outbox, ch: str) -> None:
        for stream in self._streams.values():
            if stream.ch == ch:
                self._part(stream, socket)
        socket.forget(ch)

    def _part(self, stream: Stream, socket: Outbox) -> None:
        if socket in stream.sockets:
            stream.sockets.discard(socket)
            stream.left_at = time.monotonic()

    def _changed(self, slug: str, snapshot: Snapshot) -> None:
        narrowed = self._narrowed[slug] = Narrowed(snapshot, self._narrowed.get(slug))
        for stream in list(self._streams.values()):
            if stream.slug == slug:
                stream.advance(narrowed)

    async def _beat(self) -> None:
        while True:
            await self.feed.ping()
            text = orjson.dumps({"kind": "beat", "at_ms": int(time.time() * 1000), "is_live": self.feed.is_live()}).decode()
            for socket in list(self._sockets):
                socket.tell(text)
            await asyncio.sleep(BEAT_S)

    async def _want(self) -> None:
        while True:
            now = time.monotonic()
            for key, stream in list(self._streams.items()):
                if not stream.sockets and now - stream.left_at > KEPT_S:
                    del self._streams[key]
            await self.feed.want({(each.slug, each.view) for each in self._streams.values() if each.sockets}, WANTED_S)
            await asyncio.sleep(WANT_S)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current() -> Hub:
    """Return the hub of the running loop, started at the first question."""
    from django.conf import settings  # here: the hub itself is tried without Django's settings

    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(settings.REDIS_URL).start()
    return _hubs[loop]
