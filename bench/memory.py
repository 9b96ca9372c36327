"""What the product takes beside Kafka's own JVMs: the sum of PSS, at the start and after its lists were opened and followed.

PSS shares what processes share. Another Python from the same environment elsewhere on the machine takes a part of that:
measure on a machine that runs nothing else.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
from websockets.sync.client import ClientConnection, connect

from bench._server import Product, Visitor, until
from bench.row import Row, skipped

LIMIT_MB, FOLLOWED_S = 300, 20
PAGES = ("", "topics/", "topics/rides/", "groups/", "brokers/")
VIEWS = ("overview", "topics", "groups", "brokers")
PARTS = {"controlcenter.supervisor": "supervisor", "valkey-server": "valkey", "uvicorn": "web", " worker ": "worker", " beat ": "beat",
         "demo.traffic": "demo traffic"}  # fmt: skip


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="mem-") as directory:
        product = Product(Path(directory))
        with product.started() as process:
            until(lambda: Visitor(product.port).status("/readyz") == 200, 90, f"ready; see {product.log}")
            before = _pss_mb(process.pid)
            _look(product.port)
            after = _pss_mb(process.pid)
    yield Row("all, ready and not yet looked at", sum(before.values()), "MB")
    yield Row("all, after topics and groups were open", sum(after.values()), "MB", LIMIT_MB)
    for name, size in sorted(after.items(), key=lambda item: -item[1]):
        yield Row(f"  {name}", size, "MB")
    yield skipped("all, to Redpanda Console's and kafbat's", "skipped: neither can be had from a package registry")


def _look(port: int) -> None:
    """Open the lists as a browser does: the pages, and their live views for a while."""
    visitor = Visitor(port).sign_in()
    until(lambda: visitor.status(f"/clusters/demo/{PAGES[2]}") == 200, 60, "the demo's topic")
    for page in PAGES * 3:
        status, _ = visitor.ask("GET", f"/clusters/demo/{page}")
        if status != 200:
            raise RuntimeError(f"/clusters/demo/{page} answered {status}")
    ticket = json.loads(visitor.ask("GET", "/ws-ticket/?tab=bench")[1])["ticket"]
    with connect(f"ws://127.0.0.1:{port}/ws", origin=f"http://127.0.0.1:{port}") as socket:  # type: ignore[arg-type]
        socket.send(json.dumps({"do": "hello", "ticket": ticket, "tab": "bench"}))
        for view in VIEWS:
            socket.send(json.dumps({"do": "subscribe", "ch": f"demo/{view}", "version": None}))
        kinds = list(_heard(socket))
    if kinds.count("snapshot") < len(VIEWS) or "delta" not in kinds:
        raise RuntimeError(f"the live views brought only {sorted(set(kinds))}")


def _heard(socket: ClientConnection) -> Iterator[str]:
    end = time.monotonic() + FOLLOWED_S
    while (left := end - time.monotonic()) > 0:
        try:
            yield json.loads(socket.recv(left))["kind"]
        except TimeoutError:
            return


def _pss_mb(supervisor: int) -> dict[str, float]:
    """Return the PSS of each part; of the brokers, nothing."""
    sizes: dict[str, float] = {}
    top = psutil.Process(supervisor)
    for process in [top, *top.children(recursive=True)]:
        command = f" {' '.join(process.cmdline())} "
        if process.name() == "java":
            continue
        name = next((part for words, part in PARTS.items() if words in command), "children that read records")
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                sizes[name] = sizes.get(name, 0) + int(line.split()[1]) * 1024 / 1e6
    return sizes
