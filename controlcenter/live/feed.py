"""What Redis says: the newest snapshot of each cluster somebody looks at, and every change of it.

One subscription for all clusters. Subscribe first, read second, drop changes up to the version read. A change that does
not follow the version held, and every new connection, reads the snapshot again: nothing is ever skipped silently.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Iterable

import orjson
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from controlcenter.observe import delta, store
from controlcenter.observe.snapshot import Snapshot

PATTERN = store.redis_key("*", "delta")
ANSWER_S = 2.0
TROUBLE = (RedisError, OSError, TimeoutError)


class Feed:
    """on_change(slug, snapshot) is told each new snapshot of a cluster that was asked for, in order."""

    def __init__(self, url: str, on_change: Callable[[str, Snapshot], None]) -> None:
        self._url, self._on_change = url, on_change
        self._snapshots: dict[str, Snapshot] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._heard: dict[str, int] = {}  # the newest version announced, also of clusters nobody asked for
        self._is_subscribed = False
        self._answered_at = 0.0
        # a retry inside the client would hide that the subscription was away
        self.redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0)
        )

    def is_live(self) -> bool:
        """Return whether changes reach us: subscribed, and Redis answered within 5 s."""
        return self._is_subscribed and time.monotonic() - self._answered_at < 5

    async def held(self, slug: str) -> Snapshot:
        """Return the newest snapshot of a cluster, and follow it from now on; an empty one while there is none."""
        if slug not in self._snapshots:
            async with self._loading.setdefault(slug, asyncio.Lock()):
                if slug not in self._snapshots:
                    self._snapshots[slug] = await self._loaded(slug)
        return self._snapshots[slug]

    async def listen(self) -> None:
        """Follow every change, for ever."""
        pause_s = 0.1
        while True:
            # redis-py 8 would end a silent subscription after 5 s: no socket_timeout here
            client = redis.asyncio.Redis.from_url(
                self._url, socket_timeout=None, socket_connect_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0)
            )
            try:
                async with client.pubsub() as channel:
                    await channel.psubscribe(PATTERN)
                    async for message in channel.listen():
                        pause_s = 0.1
                        await self._take(message)
            except TROUBLE:
                pass
            finally:
                self._is_subscribed = False
                with contextlib.suppress(*TROUBLE):
                    await client.aclose()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311  spreads reconnects, guards nothing
            pause_s = min(pause_s * 2, 2.0)

    async def ping(self) -> None:
        """See whether Redis answers; is_live tells."""
        with contextlib.suppress(*TROUBLE):
            await self.redis.ping()
            self._answered_at = time.monotonic()

    async def want(self, views: Iterable[tuple[str, str]], seconds: float) -> None:
        """Say that somebody looks at these (cluster, view)."""
        until = int((time.time() + seconds) * 1000)
        with contextlib.suppress(*TROUBLE):
            async with self.redis.pipeline(transaction=False) as pipe:
                for slug, view in views:
                    pipe.zadd(store.redis_key(slug, "views"), {view: until})
                await pipe.execute()

    async def refresh(self, slug: str) -> None:
        """Ask for a fresh round."""
        with contextlib.suppress(*TROUBLE):
            await self.redis.set(store.redis_key(slug, "refresh"), 1, ex=30)

    async def close(self) -> None:
        with contextlib.suppress(*TROUBLE):
            await self.redis.aclose()

    async def _take(self, message: dict[str, bytes | str]) -> None:
        if message["type"] == "psubscribe":
            self._is_subscribed = True
            await self.ping()
            for slug in list(self._snapshots):
                await self._reload(slug)
            return
        slug = bytes(message["channel"]).decode()[len("cc:") : -len(":delta")]  # type: ignore[arg-type]
        held = self._snapshots.get(slug)
        if held is None and slug not in self._loading:
            return
        change = orjson.loads(message["data"])
        self._heard[slug] = change["version"]
        if held is None or change["version"] <= held.version:
            return
        if change["version"] == held.version + 1:
            self._hold(slug, delta.apply(held, change))
        else:
            await self._reload(slug)

    async def _reload(self, slug: str) -> None:
        fresh = await self._loaded(slug)
        if fresh.version and fresh.version != self._snapshots[slug].version:
            self._hold(slug, fresh)

    def _hold(self, slug: str, snapshot: Snapshot) -> None:
        self._snapshots[slug] = snapshot
        self._on_change(slug, snapshot)

    async def _loaded(self, slug: str) -> Snapshot:
        """Return the snapshot in Redis, not older than what was announced while we read; an empty one without an answer."""
        for _ in range(5):
            try:
                snapshot = await self._read(slug)
            except TROUBLE:
                return Snapshot()
            if snapshot.version >= self._heard.get(slug, 0):
                break
        return snapshot

    async def _read(self, slug: str) -> Snapshot:
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.get(store.redis_key(slug, "snap"))
            pipe.xrange(store.redis_key(slug, "log"))
            whole, log = await pipe.execute()
        if whole is None:
            return Snapshot()
        kept = store.decode(whole)
        followed = store.follow(kept, [entry for entry in log if int(entry[0].split(b"-")[0]) > kept.version])
        return followed or kept
