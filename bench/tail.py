"""A live tail at 100 records a second on real brokers: how long from a record's append to the browser's socket.

Each record carries the producer's monotonic time. The socket's client and the anchor, kcat's unbuffered stdout, run in one
process of their own (bench/_followers.py) and read the same clock.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench._server import Visitor, module, web
from bench.row import Row, percentile
from demo.cluster import KafkaCluster

PER_S, SECONDS, TOPIC = 100, 15, "bench-tail"
LIMIT_MS = 25


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="tail-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka")
        try:
            kafka.start()
            with web(Path(directory)) as (port, _):
                _enrol(kafka.bootstrap)
                heard = _measure(kafka.bootstrap, port)
        finally:
            kafka.stop()
    return list(_rows(heard))


def _rows(heard: dict[str, Any]) -> Iterator[Row]:
    many, ours = PER_S * SECONDS, [(at - sent) / 1e6 for sent, at in heard["ours"]]
    yield Row("records shown on the socket", len(ours), "")
    yield Row("records counted there as not shown", heard["hidden"], "")
    yield Row("records lost", many - len(ours) - heard["hidden"], "", 0)
    yield Row("append to socket, median", percentile(ours, 0.5), "ms")
    yield Row("append to socket, p95", percentile(ours, 0.95), "ms", LIMIT_MS)
    yield Row("append to socket, last", max(ours), "ms")
    if heard["kcat"] is None:
        print("tail: the anchor is skipped: kcat not found")
    else:
        anchor = [(at - sent) / 1e6 for sent, at in heard["kcat"]]
        yield Row("kcat, records", len(anchor), "", many, at_most=False)
        yield Row("kcat, median", percentile(anchor, 0.5), "ms")
        yield Row("kcat, p95", percentile(anchor, 0.95), "ms")
        yield Row("p95, ours to kcat's", percentile(ours, 0.95) / percentile(anchor, 0.95), "×")


def _enrol(bootstrap: str) -> None:
    from controlcenter.fleet.models import Cluster
    from controlcenter.kafka import cluster
    from controlcenter.kafka.model import Connection, NewTopic

    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers=bootstrap)
    kafka = cluster.connect(Connection(bootstrap))
    kafka.create_topic(NewTopic(TOPIC, 1, 3))
    kafka.close()


def _measure(bootstrap: str, port: int) -> dict[str, Any]:
    from confluent_kafka import Producer

    visitor = Visitor(port).sign_in()
    ticket = json.loads(visitor.ask("GET", "/ws-ticket/?tab=bench")[1])["ticket"]
    asked = {"port": port, "ticket": ticket, "topic": TOPIC, "bootstrap": bootstrap, "kcat": shutil.which("kcat"), "many": PER_S * SECONDS}
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    with module("bench._followers", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as followers:
        followers.stdin.write(json.dumps(asked).encode() + b"\n")
        followers.stdin.flush()
        os.set_blocking(followers.stdout.fileno(), False)
        _send(producer, 5, 60, lambda: followers.stdout.readline(), warm=True)
        _send(producer, PER_S, SECONDS, lambda: b"")
        producer.flush(10)
        os.set_blocking(followers.stdout.fileno(), True)
        heard = dict(json.loads(followers.stdout.readline()))
        followers.wait(10)  # it ends kcat
        return heard


def _send(producer: Any, per_s: int, seconds: int, heard: Any, *, warm: bool = False) -> None:
    """Write records on a clock; those that warm up, until the followers are heard."""
    start = time.monotonic()
    for number in range(per_s * seconds):
        time.sleep(max(0.0, start + number / per_s - time.monotonic()))
        producer.produce(TOPIC, json.dumps({"warm": warm, "sent": time.monotonic_ns()}), partition=0)
        producer.poll(0)
        if heard():
            return
    if warm:
        raise TimeoutError(f"the followers saw nothing within {seconds} s")
