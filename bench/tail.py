"""A live tail at 100 records a second on real brokers: how long from a record's append to the browser's socket, and to
kcat's unbuffered stdout, in turns.

Each record carries the producer's monotonic time. The client of a turn is a process of its own (bench/_followers.py) and
reads the same clock.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bench._server import Visitor, hear, speaking, tell, web
from bench.row import Row, difference, percentile, ratio, skipped
from demo.cluster import KafkaCluster

PER_S, SECONDS, PAIRS, TOPIC = 100, 5, 5, "bench-tail"  # 500 records a turn: what a p95 needs
LIMIT_MS, MORE_MS = 25, 5


def run() -> Iterable[Row]:
    kcat = shutil.which("kcat")
    with tempfile.TemporaryDirectory(prefix="tail-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka")
        try:
            kafka.start()
            with web(Path(directory)) as (port, _):
                _enrol(kafka.bootstrap)
                turns = Turns(kafka.bootstrap, Visitor(port).sign_in())
                pairs = [(turns.one(None), turns.one(kcat) if kcat else None) for _ in range(PAIRS)]
        finally:
            kafka.stop()
    return list(_rows([ours for ours, _ in pairs], [theirs for _, theirs in pairs if theirs]))


def _rows(ours: list[dict[str, Any]], kcat: list[dict[str, Any]]) -> Iterator[Row]:
    many, hidden = PER_S * SECONDS * PAIRS, sum(turn["hidden"] for turn in ours)
    late = [ms for turn in ours for ms in turn["ms"]]
    yield Row("records shown on the socket", len(late), "")
    yield Row("records counted there as not shown", hidden, "")
    yield Row("records lost", many - len(late) - hidden, "", 0)
    yield Row("append to socket, median", percentile(late, 0.5), "ms")
    yield Row("append to socket, p95", percentile(late, 0.95), "ms", LIMIT_MS)
    yield Row("append to socket, last", max(late), "ms")
    if not kcat:
        yield skipped("p95, ours to kcat's", "skipped: kcat not found")
        return
    theirs = [ms for turn in kcat for ms in turn["ms"]]
    yield Row("kcat, records lost", many - len(theirs), "", 0)
    yield Row("kcat, median", percentile(theirs, 0.5), "ms")
    yield Row("kcat, p95", percentile(theirs, 0.95), "ms")
    p95 = [[percentile(turn["ms"], 0.95) for turn in side] for side in (ours, kcat)]
    yield ratio("p95, ours to kcat's", *p95)
    yield difference("p95, ours more than kcat's", *p95, "ms", MORE_MS)


def _enrol(bootstrap: str) -> None:
    from controlcenter.fleet.models import Cluster
    from controlcenter.kafka import cluster
    from controlcenter.kafka.model import Connection, NewTopic

    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers=bootstrap)
    kafka = cluster.connect(Connection(bootstrap))
    kafka.create_topic(NewTopic(TOPIC, 1, 3))
    kafka.close()


class Turns:
    """One turn after the other, each with a client of its own."""

    def __init__(self, bootstrap: str, visitor: Visitor) -> None:
        from confluent_kafka import Producer

        self._bootstrap, self._visitor, self._turn = bootstrap, visitor, 0
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "log_level": 0})

    def one(self, kcat: str | None) -> dict[str, Any]:
        """Send a turn's records; return the times until its client saw them in ms, and how many it counted without showing."""
        self._turn += 1
        ticket = json.loads(self._visitor.ask("GET", "/ws-ticket/?tab=bench")[1])["ticket"]
        asked = {"port": self._visitor.port, "ticket": ticket, "topic": TOPIC, "bootstrap": self._bootstrap, "kcat": kcat}
        with speaking("bench._followers") as follower:
            tell(follower, asked | {"many": PER_S * SECONDS, "turn": self._turn})
            os.set_blocking(follower.stdout.fileno(), False)
            self._send(5, 60, follower.stdout.readline, warm=True)
            self._send(PER_S, SECONDS, lambda: b"")
            self._producer.flush(10)
            os.set_blocking(follower.stdout.fileno(), True)
            heard = hear(follower)
            follower.wait(10)  # it ends kcat
        return {"ms": [(at - sent) / 1e6 for sent, at in heard["seen"]], "hidden": heard["hidden"]}

    def _send(self, per_s: int, seconds: int, heard: Callable[[], Any], *, warm: bool = False) -> None:
        """Write records on a clock; those that warm up, until the client is heard."""
        start = time.monotonic()
        for number in range(per_s * seconds):
            time.sleep(max(0.0, start + number / per_s - time.monotonic()))
            record = {"turn": self._turn, "warm": warm, "sent": time.monotonic_ns()}
            self._producer.produce(TOPIC, json.dumps(record), partition=0)
            self._producer.poll(0)
            if heard():
                return
        if warm:
            raise TimeoutError(f"the client saw nothing within {seconds} s")
