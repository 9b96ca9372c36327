"""What the sandbox costs: rows through the pipe of a child against the same work in one process, and a child's restart.

Both sides read and decode the same 10,000 JSON records of a kilobyte from one broker, by the same code; in turn. A restart
is a kill, and then all until the next child's first word.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.browse import load
from bench.row import Row, percentile, ratio
from demo.cluster import KafkaCluster

TOPIC, RECORDS, ROUNDS, RESTARTS = "bench-sandbox", 10_000, 7, 50
SHARE, RESTART_MS = 0.8, 50.0


def run() -> Iterable[Row]:
    from controlcenter.browse.sandbox import Sandbox

    box = Sandbox()
    with tempfile.TemporaryDirectory(prefix="sandbox-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka", brokers=1)
        try:
            kafka.start()
            load(kafka.bootstrap, TOPIC, 2, RECORDS)
            piped, direct = [], []
            for _ in range(ROUNDS):
                piped.append(_piped(kafka.bootstrap, box))
                direct.append(_direct(kafka.bootstrap))
            restarts = [_restart(box) for _ in range(RESTARTS)]
        finally:
            box.stop()
            kafka.stop()
    return list(_rows(piped, direct, restarts))


def _request() -> Any:
    from controlcenter.browse.request import Request

    return Request("oldest", n=RECORDS, raw_bytes=0)


def _piped(bootstrap: str, box: Any) -> float:
    """Return rows a second from a child, made into rows again on this side."""
    from controlcenter.browse import session
    from controlcenter.kafka.model import Connection

    began = time.monotonic()
    many = sum(kind == "row" for kind, _ in session.converse(Connection(bootstrap), TOPIC, _request(), "bench", box=box, seconds=60))
    return _checked(many) / (time.monotonic() - began)


def _direct(bootstrap: str) -> float:
    """Return rows a second where there is no child and no pipe."""
    from controlcenter.browse import child, heard, marks, session
    from controlcenter.kafka.model import Connection

    job = session.Talk(None, Connection(bootstrap), TOPIC, _request(), 60)._job()  # type: ignore[arg-type]
    rows: list[Any] = []

    def send(kind: str, *said: Any) -> None:
        if kind == "row":
            rows.append(heard.row(said[0]))

    began = time.monotonic()
    child.read(job, send, marks.of_child(None))
    return _checked(len(rows)) / (time.monotonic() - began)


def _restart(box: Any) -> float:
    """Return milliseconds from the kill of one child to the first word of the next."""
    job = {"kind": "read", "request": asdict(_request()), "connection": {}, "topic": TOPIC}
    child = box.child(7)
    try:
        began = time.monotonic()
        child.kill()
        again = box.child(7)
        try:
            again.send(job)
            again.receive(10)
            return (time.monotonic() - began) * 1000
        finally:
            again.close()
    finally:
        child.close()


def _checked(many: int) -> int:
    if many != RECORDS:
        raise RuntimeError(f"{many:,} rows came in place of {RECORDS:,}")
    return many


def _rows(piped: list[float], direct: list[float], restarts: list[float]) -> Iterator[Row]:
    yield Row("rows through the pipe", percentile(piped, 0.5), "/s")
    yield Row("rows in one process", percentile(direct, 0.5), "/s")
    yield replace(ratio("through the pipe to in one process", piped, direct, SHARE), at_most=False)
    yield Row("restart of a child, median", percentile(restarts, 0.5), "ms", RESTART_MS)
    yield Row("restart of a child, p95", percentile(restarts, 0.95), "ms")
    yield Row("restart of a child, last", max(restarts), "ms")
