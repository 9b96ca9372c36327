"""Opening a topic: its newest 100 records through the sandbox, from the question to the last row, against kcat reading the same 100.

Both in turn on one broker, data in the page cache: kcat is a new process each time (`kcat -c 100`, 25 from the end of each
partition), ours a new child. Both must bring the same records, or the row reads `wrong`.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.row import Row, percentile, ratio, skipped
from demo.cluster import KafkaCluster

TOPIC, PARTITIONS, RECORDS, NEWEST, ROUNDS = "bench-browse", 4, 40_000, 100, 30
LIMIT_TIMES, FIRST_ROW_MS = 3.0, 150.0
Place = tuple[int, int]


def run() -> Iterable[Row]:
    from controlcenter.browse.sandbox import Sandbox

    box = Sandbox()
    with tempfile.TemporaryDirectory(prefix="browse-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka", brokers=1)
        try:
            kafka.start()
            load(kafka.bootstrap, TOPIC, PARTITIONS, RECORDS)
            ours, theirs = _measure(kafka.bootstrap, box)
        finally:
            box.stop()
            kafka.stop()
    return list(_rows(ours, theirs))


def load(bootstrap: str, topic: str, partitions: int, records: int) -> None:
    """Write JSON of about a kilobyte, in turn to each partition, a millisecond apart."""
    from confluent_kafka import Producer

    from controlcenter.kafka import cluster
    from controlcenter.kafka.model import Connection, NewTopic

    kafka = cluster.connect(Connection(bootstrap))
    kafka.create_topic(NewTopic(topic, partitions, 1, configs={"retention.ms": "-1"}))
    kafka.close()
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    for i in range(records):
        value = b'{"number": %d, "text": "%s"}' % (i, b"x" * 900)
        producer.produce(topic, value, b"key-%d" % (i % 1000), i % partitions, timestamp=1_700_000_000_000 + i)
        if i % 1000 == 0:
            producer.poll(0)
    if producer.flush(60):
        raise TimeoutError("the records were not written within 60 s")


def _measure(bootstrap: str, box: Any) -> tuple[list[tuple[float, float, set[Place]]], list[tuple[float, set[Place]]]]:
    kcat = shutil.which("kcat")
    _ours(bootstrap, box)  # the nursery starts once
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_ours(bootstrap, box))
        if kcat:
            theirs.append(_kcat(kcat, bootstrap))
    return ours, theirs


def _ours(bootstrap: str, box: Any) -> tuple[float, float, set[Place]]:
    """Return milliseconds to the first row and to the last, and which records came."""
    from controlcenter.browse import session
    from controlcenter.browse.request import Request
    from controlcenter.kafka.model import Connection

    began, first, found = time.monotonic(), 0.0, set()
    with contextlib.closing(session.converse(Connection(bootstrap), TOPIC, Request(n=NEWEST), "bench", box=box)) as events:
        for kind, said in events:
            if kind == "row":
                first = first or (time.monotonic() - began) * 1000
                found.add((said.partition, said.offset))
    return first, (time.monotonic() - began) * 1000, found


def _kcat(kcat: str, bootstrap: str) -> tuple[float, set[Place]]:
    began = time.monotonic()
    command = [kcat, "-C", "-q", "-b", bootstrap, "-t", TOPIC, "-o", str(-NEWEST // PARTITIONS), "-c", str(NEWEST), "-f", "%p %o\\n"]
    said = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    took = (time.monotonic() - began) * 1000
    return took, {(int(p), int(o)) for p, o in (line.split() for line in said.splitlines())}


def _rows(ours: list[tuple[float, float, set[Place]]], theirs: list[tuple[float, set[Place]]]) -> Iterator[Row]:
    firsts, lasts = [first for first, _, _ in ours], [last for _, last, _ in ours]
    yield Row("newest 100, first row, p95", percentile(firsts, 0.95), "ms", FIRST_ROW_MS)
    yield Row("newest 100, all rows, median", percentile(lasts, 0.5), "ms")
    yield Row("newest 100, all rows, p95", percentile(lasts, 0.95), "ms")
    if not theirs:
        yield skipped("ours to kcat's", "kcat not found")
        return
    yield Row("kcat -c 100, median", percentile([took for took, _ in theirs], 0.5), "ms")
    yield Row("kcat -c 100, p95", percentile([took for took, _ in theirs], 0.95), "ms")
    is_wrong = any(mine[2] != other[1] for mine, other in zip(ours, theirs, strict=True))
    yield replace(ratio("ours to kcat's", lasts, [took for took, _ in theirs], LIMIT_TIMES), is_wrong=is_wrong)
