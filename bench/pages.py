"""HTML pages of a cluster with 1,000 topics under 20 requests a second: while nothing moves, and while every second brings
a full refresh, in turns. A refresh must not be felt.

The real application behind uvicorn, the real Valkey, a signed-in visitor. Requests leave on a clock (open loop), from a
process of their own (bench/_visits.py); what the refresh reads comes from a cluster in memory. `/healthz`, which does
nothing, is asked beside them: its times are those of the machine, not of the pages.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil

from bench._server import Visitor, hear, speaking, tell, web
from bench.row import Row, percentile, ratio

TOPICS, GROUPS, PER_S = 1000, 50, 25  # a fifth of the requests are for the anchor
PAIRS, SECONDS = 5, 10  # 200 pages a turn: what a p95 needs; 250 answers a route under refresh in all
ANCHOR = "healthz, the anchor"
ROUTES = {"topics": "topics/", "groups": "groups/", "one topic": "topics/bench-500/", "overview": ""}
CHANGED = 50  # topics that get records each second
LIMIT_MS, FELT = 30, 1.2

Answer = tuple[str, int, float, int]  # route, status, ms, bytes


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="pages-") as directory, web(Path(directory)) as (port, server):
        worker = Worker()
        worker.refresh()
        visitor = Visitor(port).sign_in()
        paths = {name: f"/clusters/demo/{path}" for name, path in ROUTES.items()} | {ANCHOR: "/healthz"}
        for path in list(paths.values()) * 3:  # warm up once
            visitor.ask("GET", path)
        asked = {"port": port, "cookie": visitor.cookie, "paths": paths, "per_s": PER_S, "seconds": SECONDS}
        quiet: list[list[Answer]] = []
        busy: list[list[Answer]] = []
        took: list[float] = []
        used = 0.0
        for _ in range(PAIRS):
            quiet.append(_turn(asked))
            before = _cpu_s(server)
            busy.append(_turn(asked, worker, took))
            used += _cpu_s(server) - before
    return list(_rows(quiet, busy, took, used))


def _turn(asked: dict[str, Any], worker: "Worker | None" = None, took: list[float] | None = None) -> list[Answer]:
    with speaking("bench._visits") as visits:
        tell(visits, asked)
        if worker is not None and took is not None:
            took += worker.each_second(SECONDS)
        return [tuple(answer) for answer in hear(visits)]


def _rows(quiet: list[list[Answer]], busy: list[list[Answer]], took: list[float], used_s: float) -> Iterator[Row]:
    answers = [answer for turn in busy for answer in turn]
    every = [*answers, *(answer for turn in quiet for answer in turn)]
    yield Row("answers", len(every), "", 2 * PAIRS * PER_S * SECONDS, at_most=False)
    yield Row("answers other than 200", sum(status != 200 for _, status, _, _ in every), "", 0)
    for route in (*ROUTES, ANCHOR):
        late = [ms for name, _, ms, _ in answers if name == route]
        yield Row(f"{route}, median", percentile(late, 0.5), "ms")
        yield Row(f"{route}, p95", percentile(late, 0.95), "ms", LIMIT_MS if route in ROUTES else None)
        yield Row(f"{route}, body", max(size for name, _, _, size in answers if name == route) / 1e3, "kB")
    yield ratio("page p95, under refresh to quiet", [_p95(turn) for turn in busy], [_p95(turn) for turn in quiet], FELT)
    pages = sum(name in ROUTES for name, _, _, _ in answers)
    yield Row("the server's CPU for a page", used_s * 1000 / pages, "CPU-ms")
    yield Row("refreshes published meanwhile", len(took), "", PAIRS * (SECONDS - 2), at_most=False)
    yield Row("one refresh, median", percentile(took, 0.5) * 1000, "ms")


def _p95(turn: list[Answer]) -> float:
    return percentile([ms for name, _, ms, _ in turn if name in ROUTES], 0.95)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


class Worker:
    """Refreshes as the worker does: everything read, merged, derived, published."""

    def __init__(self) -> None:
        from controlcenter.fleet.models import Cluster
        from controlcenter.kafka.fake import FakeCluster
        from controlcenter.observe import store
        from controlcenter.observe.merge import Memory
        from controlcenter.observe.publish import Writer
        from controlcenter.observe.snapshot import Snapshot

        Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers="127.0.0.1:9092")
        self._kafka, self._round = FakeCluster(3), 0
        for number in range(TOPICS):
            self._kafka.add_topic(f"bench-{number}", 1 + number % 3, 3)
            self._kafka.append(f"bench-{number}", 0, 10)
        for number in range(GROUPS):
            for part in range(10):
                self._kafka.commit(f"group-{number}", f"bench-{number * 10 + part}", 0, part)
        self._writer, self._memory, self._held = Writer(store.default(), "demo"), Memory(), Snapshot()

    def refresh(self) -> None:
        from controlcenter.observe import derive, merge, poll

        for number in range(CHANGED):
            self._kafka.append(f"bench-{(self._round * CHANGED + number) % TOPICS}", 0, 1)
        new = self._held
        for kind in poll.READS:
            for answer in poll.read(self._kafka, kind, new, poll.Ask(frozenset({"topics", "groups"}), self._round)):
                new = merge.fold(new, answer, self._memory)
        new = derive.everything(self._held, new, int(time.time() * 1000))
        if not self._writer.hold():
            raise RuntimeError("somebody else holds the lease")
        published = self._writer.publish(self._held, new)
        if published is None:
            raise RuntimeError("somebody else published")
        self._held, self._round = published, self._round + 1

    def each_second(self, seconds: float) -> list[float]:
        """Refresh on a clock; return how long each took."""
        took: list[float] = []
        end = time.monotonic() + seconds
        while (at := time.monotonic()) < end:
            self.refresh()
            took.append(time.monotonic() - at)
            time.sleep(max(0.0, min(end, at + 1) - time.monotonic()))
        return took
