"""SQL over a real topic: our engine against Kafka Streams per CPU second, the first row of a push query, and exact answers.

Both sides read one topic of 150-byte rides with one thread, write what they find to another, commit every two seconds, caches on,
no changelog; ours is a process of its own (bench/_query.py), theirs is bench/anchors/streams, whose second half counts (its JIT is
warm then). Records:
CC_BENCH_RECORDS.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench._server import ROOT
from bench.row import Row, percentile, skipped
from demo import artifacts
from demo.cluster import KafkaCluster

RECORDS = int(os.environ.get("CC_BENCH_RECORDS", "1000000"))
ROUNDS, FIRST_ROWS, KEYS, TOPIC = 3, 50, 10_000, "rides"
CACHE_BYTES = 10_000_000
MINUTES = 20  # of event time in the topic
PARTS = {
    "tumble": 2,
    "session": 40,
}  # what part of the topic is read: Kafka Streams' sessions take a second for some 1,000 records
STREAM = f"CREATE STREAM RIDES (ID STRING KEY, ZONE STRING, FARE DOUBLE) WITH (KAFKA_TOPIC='{TOPIC}', VALUE_FORMAT='JSON')"
COUNT = "SELECT ID, COUNT(*) AS C FROM RIDES {}GROUP BY ID EMIT CHANGES"
TABLE = f"CREATE TABLE OUT WITH (KAFKA_TOPIC='out', VALUE_FORMAT='JSON') AS {COUNT}"
MODES = {
    "read": ("SELECT ZONE, FARE FROM RIDES WHERE FARE < 0 EMIT CHANGES", 2.0, "consume and decode"),
    "filter": ("CREATE STREAM OUT WITH (KAFKA_TOPIC='out', VALUE_FORMAT='JSON') AS SELECT ID, ZONE, FARE FROM RIDES WHERE FARE > 40", 1.5,
               "filter and project"),
    "count": (TABLE.format(""), 2.0, "count by key"),
    "tumble": (TABLE.format("WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 SECONDS) "), 0.8, "tumbling windows"),
    "session": (TABLE.format("WINDOW SESSION (1 MINUTE, GRACE PERIOD 10 SECONDS) "), 0.8, "session windows"),
}  # fmt: skip


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="query-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka", brokers=1)
        try:
            kafka.start()
            over = _load(kafka.bootstrap)
            streams = _built(Path(directory))
            sides = {
                mode: [(_ours(kafka.bootstrap, mode), _theirs(streams, kafka.bootstrap, mode, directory)) for _ in range(ROUNDS)]
                for mode in MODES
            }
            rows = [*_rows(sides, over), *_front(kafka.bootstrap, directory)]
        finally:
            kafka.stop()
    return rows


def _rows(sides: dict[str, list[tuple[dict[str, Any], dict[str, Any] | None]]], over: int) -> Iterator[Row]:
    for mode, (_, limit, words) in MODES.items():
        ours = [one for one, _ in sides[mode]]
        is_wrong = any(_is_wrong(mode, one, over) for one in ours)
        rates = sorted(one["records"] / one["cpu_s"] for one in ours)
        yield Row(f"{words}, records a CPU second", rates[len(rates) // 2], "/s", is_wrong=is_wrong)
        pairs = tuple((a["records"] / a["cpu_s"]) / (b["records"] / b["cpu_s"]) for a, b in sides[mode] if b)
        if not pairs:
            yield skipped(f"{words}, to Kafka Streams", "skipped: no javac")
            continue
        yield Row(f"{words}, to Kafka Streams", sorted(pairs)[len(pairs) // 2], "×", limit, at_most=False, is_wrong=is_wrong, pairs=pairs)
    for mode in ("filter", "count"):
        whole = [one["wall_s"] for one, _ in sides[mode]]
        is_wrong = any(_is_wrong(mode, one, over) for one, _ in sides[mode])
        yield Row(f"{RECORDS:,} records from the earliest, {mode}, exact, wall", max(whole), "s", 10, is_wrong=is_wrong)


def _is_wrong(mode: str, told: dict[str, Any], over: int) -> bool:
    """Whether a run's answer is not the one that a plain count gives."""
    if told["records"] < RECORDS // PARTS.get(mode, 1):
        return True
    return (mode == "filter" and told["emitted"] != over) or (mode == "count" and told["counts"] != [RECORDS // KEYS])


def _front(bootstrap: str, directory: str) -> Iterator[Row]:
    """Measure what a user waits for, in a process that has Django: the first row after Run, and a long statement."""
    command = [sys.executable, "-m", "bench._first_rows", bootstrap, TOPIC, str(FIRST_ROWS)]
    data = Path(directory) / "front"
    data.mkdir()
    environment = {**os.environ, "CC_DATA_DIR": str(data)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told = json.loads(done.stdout.splitlines()[-1])
    yield Row("push query, first row after Run, median", percentile(told["first_ms"], 0.5), "ms")
    yield Row("push query, first row after Run, p95", percentile(told["first_ms"], 0.95), "ms", 300)
    yield Row("a statement of 1 MB, answered", told["megabyte_s"], "s", 1)


def _load(bootstrap: str) -> int:
    """Write the rides; return how many fares are above 40."""
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": bootstrap})  # kept: it must live until the answer
    topics = [NewTopic(name, 1, 1, config={"retention.ms": "-1", "message.timestamp.type": "CreateTime"}) for name in (TOPIC, "out")]
    for made in admin.create_topics(topics).values():
        made.result(30)
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "batch.size": 1 << 20})
    over = 0
    for i in range(RECORDS):
        fare = i * 7919 % 10_000 / 100
        over += fare > 40
        value = {"zone": f"z{i % 263}", "fare": fare, "vendor": "1", "note": "x" * 90}
        while True:
            try:
                producer.produce(
                    TOPIC, json.dumps(value), str(i * 31 % KEYS), timestamp=1_700_000_000_000 + i * MINUTES * 60_000 // RECORDS
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(120):
        raise TimeoutError("the records were not all taken within 120 s")
    return over


def _ours(bootstrap: str, mode: str) -> dict[str, Any]:
    return _told([sys.executable, "-m", "bench._query", bootstrap, STREAM, MODES[mode][0], str(RECORDS // PARTS.get(mode, 1))])


def _theirs(streams: list[str] | None, bootstrap: str, mode: str, directory: str) -> dict[str, Any] | None:
    if streams is None:
        return None
    state = tempfile.mkdtemp(prefix="state-", dir=directory)
    return _told([*streams, bootstrap, mode, str(RECORDS // PARTS.get(mode, 1)), str(CACHE_BYTES), state])


def _told(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _built(directory: Path) -> list[str] | None:
    """Return the command that runs Kafka Streams; None without a Java compiler."""
    javac = shutil.which("javac")
    if javac is None:
        return None
    jars, out = artifacts.classpath(artifacts.STREAMS), directory / "classes"
    subprocess.run([javac, "-cp", jars, "-d", str(out), str(ROOT / "bench/anchors/streams/StreamsBench.java")], check=True)
    return ["java", "-XX:+UseSerialGC", "-Xmx512m", "-cp", f"{out}{os.pathsep}{jars}", "StreamsBench"]
