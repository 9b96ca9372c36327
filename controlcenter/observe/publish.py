"""Writes a cluster's snapshots to Redis: one writer at a time, and never an older one over a newer.

A writer holds the lease (5 s, renewed by each tick) and with it a fence, a number that grows with each taking. A
change is one transaction that fails when the version or the fence moved meanwhile: the loser drops its tick and reads
again. No Lua: the Redis user may not run scripts.
"""

import os
import socket
import time
from typing import Any
from uuid import uuid4

import orjson
import redis

from controlcenter.observe import delta
from controlcenter.observe.snapshot import Snapshot
from controlcenter.observe.store import LOG_LENGTH, Store, encode, redis_key

LEASE_MS = 5_000  # five ticks: how long a killed worker is waited for
SNAP_EVERY_MS = 30_000
SNAP_EVERY_VERSIONS = 200  # before the log (256) would lose what leads on from it


class Writer:
    """Publishes one cluster for one process. Not shared between threads without a lock."""

    def __init__(self, store: Store, slug: str, owner: str = "") -> None:
        self._store = store
        self._redis: Any = store.redis
        self._slug = slug
        self.owner = owner or f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self.fence: int | None = None
        self._snap_at_ms = 0
        self._snap_version = 0

    def hold(self) -> bool:
        """Take or renew the lease; False while another writer has it."""
        lease = self._key("lease")
        holder = self._redis.get(lease)
        if holder == self.owner.encode() and self.fence is not None:
            return bool(self._redis.pexpire(lease, LEASE_MS))
        self.fence = None
        if not self._redis.set(lease, self.owner, nx=True, px=LEASE_MS):
            return False
        self.fence = int(self._redis.incr(self._key("fence")))
        return True

    def release(self) -> None:
        """Give the lease back, if it is ours."""
        if self.fence is not None and self._redis.get(self._key("lease")) == self.owner.encode():
            self._redis.delete(self._key("lease"))
        self.fence = None

    def current(self, held: Snapshot) -> Snapshot:
        """Return the snapshot to build on: ours when Redis has it or has nothing, else the one in Redis."""
        version = int(self._redis.get(self._key("version")) or 0)
        if version in (0, held.version):
            return held
        return self._store.read(self._slug) or held

    def publish(self, old: Snapshot, new: Snapshot, now_ms: int | None = None) -> Snapshot | None:
        """Write the way from old to new; returns new with its version, or None when this tick lost (read again, then).

        Nothing changed: nothing is written and old comes back.
        """
        now_ms = int(time.time() * 1000) if now_ms is None else now_ms
        version = (old.version or now_ms // 10) + 1  # a start beyond any version a reader may still hold
        published = Snapshot(version, new.tables)
        change = delta.between(old, published)
        if not change["tables"]:
            return old
        with self._redis.pipeline() as pipe:
            try:
                pipe.watch(self._key("version"), self._key("fence"))
                in_redis = int(pipe.get(self._key("version")) or 0)
                if in_redis not in (0, old.version) or int(pipe.get(self._key("fence")) or 0) != self.fence:
                    return None
                pipe.multi()
                whole = in_redis == 0 or self._is_snap_due(version, now_ms)
                self._write(pipe, published, orjson.dumps(change), whole, is_first=in_redis == 0)
                pipe.execute()
            except redis.WatchError:
                return None
        if whole:
            self._snap_at_ms, self._snap_version = now_ms, version
        return published

    def _write(self, pipe: Any, published: Snapshot, change: bytes, whole: bool, is_first: bool) -> None:
        if is_first:
            pipe.delete(self._key("log"))
        if whole:
            pipe.set(self._key("snap"), encode(published))
        pipe.set(self._key("version"), published.version)
        pipe.xadd(self._key("log"), {"delta": change}, id=f"{published.version}-0", maxlen=LOG_LENGTH, approximate=False)
        pipe.publish(self._key("delta"), change)

    def _is_snap_due(self, version: int, now_ms: int) -> bool:
        return now_ms - self._snap_at_ms >= SNAP_EVERY_MS or version - self._snap_version >= SNAP_EVERY_VERSIONS

    def _key(self, name: str) -> str:
        return redis_key(self._slug, name)
