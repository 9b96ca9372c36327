"""1,000 browsers look at one list while it changes once a second: every change reaches all, and how late.

The real application behind uvicorn, the real Valkey, real accounts with tickets. The clients are a process of their own
(bench/_browsers.py); both read the same monotonic clock.
"""

import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench._server import hear, speaking, tell, web
from bench.row import Row, percentile, skipped

CLIENTS, PER_USER, UPDATES, TOPICS = 1000, 20, 20, 100


def run() -> Iterable[Row]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CLIENTS)), hard))
    with tempfile.TemporaryDirectory(prefix="fan-") as directory, web(Path(directory)) as (port, server):
        accounts = _accounts()
        kafka = _Kafka()
        kafka.publish()
        with speaking("bench._browsers") as browsers:
            tell(browsers, {"url": f"ws://127.0.0.1:{port}/ws", "redis": f"{directory}/valkey.sock", "accounts": accounts,
                            "clients": CLIENTS, "per_user": PER_USER})  # fmt: skip
            connected = hear(browsers)["connected"]
            published = dict(kafka.each_second(UPDATES))
            tell(browsers, {"last": max(published)})
            heard = hear(browsers)
            memory = _rss_mb(server)
    return list(_rows(connected, published, heard, memory))


def _rows(connected: int, published: dict[int, float], heard: dict[str, Any], memory: float) -> Iterator[Row]:
    late = [(at - published[int(version)]) * 1000 for version, at in heard["arrived"] if int(version) in published]
    yield Row("clients connected", connected, "", CLIENTS, at_most=False)
    yield Row("changes delivered", len(late), "", CLIENTS * UPDATES, at_most=False)
    yield Row("delivery, median", percentile(late, 0.5), "ms")
    yield Row("delivery, p99", percentile(late, 0.99), "ms", 1000)
    yield Row("delivery, last", max(late), "ms")
    yield Row("one change's bytes", heard["bytes"], "B")
    yield Row("web process", memory, "MB", 300)
    yield skipped("deliveries per CPU-s, to group_send's", "skipped: no channel layer over Redis is installed")


class _Kafka:
    """Publishes as the worker does."""

    def __init__(self) -> None:
        from controlcenter.observe import store
        from controlcenter.observe.publish import Writer
        from controlcenter.observe.snapshot import TABLES, Snapshot

        self._columns, self._writer, self.held, self._records = TABLES, Writer(store.default(), "demo"), Snapshot(), 0

    def publish(self) -> int:
        self._records += 1
        rows = {f"t{n}": {**dict.fromkeys(self._columns["topics"]), "name": f"t{n}", "records": self._records} for n in range(TOPICS)}
        if not self._writer.hold():
            raise RuntimeError("somebody else holds the lease")
        self.held = self._writer.publish(
            self.held, self.held.replace(topics=rows, cluster={"cluster": dict.fromkeys(self._columns["cluster"])})
        )
        return int(self.held.version)

    def each_second(self, many: int) -> Iterator[tuple[int, float]]:
        for _ in range(many):
            at = time.monotonic()
            yield self.publish(), at
            time.sleep(max(0.0, 1 - (time.monotonic() - at)))


def _accounts() -> list[list[Any]]:
    """Return [user, session key] for as many users as the clients need."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    from controlcenter.access.models import Binding, Role
    from controlcenter.fleet.models import Cluster

    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers="127.0.0.1:9092")
    role, accounts = Role.objects.get(name="viewer"), []
    for number in range(CLIENTS // PER_USER):
        user = get_user_model().objects.create(username=f"user{number}")
        Binding.objects.create(user=user, role=role)
        session = SessionStore()
        session.create()
        accounts.append([user.pk, session.session_key])
    return accounts


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
