"""Where a cluster's snapshot stands in Redis, and how a process reads it: the only door of web, live and api.

Keys of a cluster all start `cc:<slug>:`. `snap` is a whole snapshot, `log` the last changes (stream ids are versions),
`version` the newest; a change is one transaction and one message on the channel `delta`. A reader keeps the snapshot it
has: unchanged costs one small read, a few versions behind costs the changes, anything else the whole snapshot.
"""

import threading
import time
import zlib
from functools import cache
from typing import Any

import orjson
import redis

from controlcenter.observe import delta
from controlcenter.observe.snapshot import TABLES, Rows, Snapshot, columnar, from_columnar

LOG_LENGTH = 256


def redis_key(slug: str, name: str) -> str:
    """Return the Redis key of a cluster: version, snap, log, delta (the channel), views, refresh, lease, fence."""
    return f"cc:{slug}:{name}"


def encode(snapshot: Snapshot) -> bytes:
    """Return a snapshot as it is kept: columnar JSON, compressed fast."""
    tables = {name: columnar(name, rows) for name, rows in snapshot.tables.items() if rows}
    return zlib.compress(orjson.dumps({"version": snapshot.version, "tables": tables}), 1)


def decode(data: bytes) -> Snapshot:
    """Return the snapshot that was kept; what an earlier release did not know is not known."""
    kept = orjson.loads(zlib.decompress(data))
    return Snapshot(kept["version"], {name: _today(name, table) for name, table in kept["tables"].items() if name in TABLES})


def _today(name: str, table: dict[str, Any]) -> Rows:
    rows = from_columnar(table)
    if tuple(table["columns"]) == TABLES[name]:
        return rows
    return {place: {column: row.get(column) for column in TABLES[name]} for place, row in rows.items()}


class Store:
    """Reads snapshots, and says which views somebody has open. Safe to share between threads."""

    def __init__(self, client: Any) -> None:
        self.redis: Any = client
        self._held: dict[str, Snapshot] = {}
        self._locks: dict[str, threading.Lock] = {}

    def read(self, slug: str) -> Snapshot | None:
        """Return the newest snapshot of a cluster, or None before the first; the last one held while Redis is away.

        Its age stands in its table `sources`: a snapshot that no longer grows shows itself by that.
        """
        with self._locks.setdefault(slug, threading.Lock()):
            held = self._held.get(slug)
            try:
                fresh = self._newer(slug, held)
            except (redis.RedisError, OSError):
                return held
            if fresh is not None:
                self._held[slug] = fresh
            return fresh

    def want(self, slug: str, view: str, seconds: float = 15) -> None:
        """Say that somebody looks at a view: overview, topics, groups, brokers, or topic/…, group/…, broker/… (quoted by `key`)."""
        self.redis.zadd(redis_key(slug, "views"), {view: int((time.time() + seconds) * 1000)})

    def wanted(self, slug: str) -> frozenset[str]:
        """Return the views somebody looks at now."""
        now = int(time.time() * 1000)
        pipe = self.redis.pipeline(transaction=False)
        pipe.zremrangebyscore(redis_key(slug, "views"), "-inf", now)
        pipe.zrange(redis_key(slug, "views"), 0, -1)
        return frozenset(view.decode() for view in pipe.execute()[1])

    def refresh(self, slug: str) -> None:
        """Ask for everything to be read again at the next tick: after a change of ours, or by hand."""
        self.redis.set(redis_key(slug, "refresh"), 1, ex=30)

    def take_refresh(self, slug: str) -> bool:
        """Return whether a fresh round was asked for, and forget it."""
        return bool(self.redis.getdel(redis_key(slug, "refresh")))

    def _newer(self, slug: str, held: Snapshot | None) -> Snapshot | None:
        version = int(self.redis.get(redis_key(slug, "version")) or 0)
        if not version:
            return held
        if held is not None and held.version == version:
            return held
        if held is not None and 0 < version - held.version <= LOG_LENGTH:
            followed = follow(held, self.redis.xrange(redis_key(slug, "log"), min=f"({held.version}-0"))
            if followed is not None:
                return followed
        pipe = self.redis.pipeline(transaction=True)
        pipe.get(redis_key(slug, "snap"))
        pipe.xrange(redis_key(slug, "log"))
        whole, log = pipe.execute()
        if whole is None:
            return held
        kept = decode(whole)
        return follow(kept, [entry for entry in log if _version(entry) > kept.version]) or held


def follow(snapshot: Snapshot, log: list[Any]) -> Snapshot | None:
    """Return the snapshot after the changes of a log, or None when one is missing between them."""
    for entry in log:
        change = orjson.loads(entry[1][b"delta"])
        if change["version"] != snapshot.version + 1:
            return None
        snapshot = delta.apply(snapshot, change)
    return snapshot


def _version(entry: Any) -> int:
    return int(entry[0].split(b"-")[0])


def connect(url: str) -> Any:
    """Return a Redis client whose every command ends within 2 s."""
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


@cache
def default() -> Store:
    """Return the Store of this process."""
    from django.conf import settings

    return Store(connect(settings.REDIS_URL))
