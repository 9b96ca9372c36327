"""Searching a topic: typed (every record decoded) and by a text that must occur, against a C program that only reads, and
against a script run per message. One worker, real broker, data in the page cache, sides in turn, the same answer or `wrong`.

The sides: bench/_search.py, bench/anchors/consume.c (librdkafka-dev), bench/anchors/script (Go). Records and their size are
CC_BENCH_RECORDS and CC_BENCH_BYTES.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import _rides
from bench._server import ROOT
from bench.row import Row
from demo.cluster import KafkaCluster

RECORDS = int(os.environ.get("CC_BENCH_RECORDS", "300000"))
BYTES = int(os.environ.get("CC_BENCH_BYTES", "963"))
PARTITIONS, ROUNDS, SCRIPT_ROUNDS, TOPIC = 4, 7, 2, "bench-search"
ANCHORS = ROOT / "bench" / "anchors"
ANSWERS = {"consume": "all", "memmem": "literal", "script": "typed"}  # what each anchor must find
SKIPPED = {
    "consume": "no gcc or no librdkafka-dev (apt-get install gcc librdkafka-dev)",
    "memmem": "no gcc or no librdkafka-dev",
    "script": "no Go, or its modules cannot be had",
}
Side = dict[str, Any]


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="search-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka", brokers=1)
        try:
            kafka.start()
            truth = _load(kafka.bootstrap)
            sides = _measure(kafka.bootstrap, Path(directory))
        finally:
            kafka.stop()
    return list(_rows(sides, truth))


def _rows(sides: dict[str, list[Side]], truth: dict[str, Side]) -> Iterator[Row]:
    print(f"search: {RECORDS:,} records of {BYTES} B, {PARTITIONS} partitions")
    for name in ("typed", "literal", "plain", "metadata"):
        is_wrong = not _agree(sides[name], truth[name])
        yield Row(f"{name}, records a second", RECORDS / _middle(sides[name], "wall_s"), "/s", is_wrong=is_wrong)
        yield Row(f"{name}, records a CPU second", RECORDS / _middle(sides[name], "cpu_s"), "/CPU s", is_wrong=is_wrong)
    yield Row("typed, peak memory", _middle(sides["typed"], "rss_mb"), "MB")
    yield from _against(
        sides, truth, "consume", "C that only reads", {"typed": (0.45, 0.38), "literal": (0.60, 0.50), "plain": (None, None)}
    )
    yield from _against(sides, truth, "memmem", "C with memmem", {"literal": (None, None)})
    yield from _against(sides, truth, "script", "script per message", {"typed": (8, 10)})


def _against(
    sides: dict[str, list[Side]], truth: dict[str, Side], anchor: str, called: str, limits: dict[str, tuple[float | None, float | None]]
) -> Iterator[Row]:
    """Yield our wall and CPU against an anchor's, pair by pair: above 1 is faster than it."""
    if not (theirs := sides[anchor]):
        yield Row(called, None, "", note=SKIPPED[anchor])
        return
    is_anchor_wrong = not _agree(theirs, truth[ANSWERS[anchor]])
    yield Row(f"{called}, records a second", RECORDS / _middle(theirs, "wall_s"), "/s", is_wrong=is_anchor_wrong)
    for name, least in limits.items():
        is_wrong = is_anchor_wrong or not _agree(sides[name], truth[name])
        for what, unit, limit in zip(("wall", "cpu"), ("×", "× CPU"), least, strict=True):
            # the script runs fewer times: its rounds are paired with the first of ours
            pairs = tuple(one[f"{what}_s"] / other[f"{what}_s"] for one, other in zip(theirs, sides[name], strict=False))
            yield Row(f"{name} to {called}, {what}", median(pairs), unit, limit, at_most=False, is_wrong=is_wrong, pairs=pairs)


def _middle(of: list[Side], what: str) -> float:
    return median(each[what] for each in of)


def _agree(of: list[Side], truth: Side) -> bool:
    return all(each["records"] == RECORDS and (each["hits"], each["sum"]) == (truth["hits"], truth["sum"]) for each in of)


def _load(bootstrap: str) -> dict[str, Side]:
    """Write the records; return what each search must find, computed by hand meanwhile."""
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": bootstrap})  # kept: it must live until the answer
    admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "max.in.flight": 1, "batch.size": 1 << 20})
    truth = {name: {"hits": 0, "sum": 0} for name in ("all", "typed", "literal", "metadata")}
    for i in range(RECORDS):
        ride = _rides.ride(i, BYTES)
        for name, is_hit in (("all", True), ("typed", _rides.holds(ride)), ("literal", ride["note"] == _rides.RARE)):
            if is_hit:
                truth[name]["hits"] += 1
                truth[name]["sum"] += i // PARTITIONS * 31 + i % PARTITIONS
        while True:
            try:
                producer.produce(TOPIC, json.dumps(ride), partition=i % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(60):
        raise TimeoutError("the records were not all taken within 60 s")
    return truth | {"plain": truth["literal"]}


def _measure(bootstrap: str, directory: Path) -> dict[str, list[Side]]:
    consume, script = _built_c(directory), _built_go(directory)
    anchor = [bootstrap, TOPIC, str(PARTITIONS), str(RECORDS)]
    job = {"bootstrap": bootstrap, "topic": TOPIC, "mode": "expression"}
    job["stops"] = [len(range(p, RECORDS, PARTITIONS)) for p in range(PARTITIONS)]
    ours = {
        "typed": job | {"filter": _rides.PREDICATE},
        "literal": job | {"filter": _rides.RARE_PREDICATE},
        "plain": job | {"filter": _rides.RARE, "mode": "text"},
        "metadata": job | {"filter": "offset < 0"},  # refuses every record, its value unread
    }
    _ours(ours["metadata"])  # warms the page cache
    sides: dict[str, list[Side]] = {name: [] for name in ("consume", "memmem", "script", *ours)}
    for i in range(ROUNDS):
        if script and i < SCRIPT_ROUNDS:
            sides["script"].append(_ran([script, *anchor, _rides.SCRIPT]))
        if consume:
            sides["consume"].append(_ran([consume, *anchor]))
        for name, each in ours.items():
            sides[name].append(_ours(each))
        if consume:
            sides["memmem"].append(_ran([consume, *anchor, _rides.RARE]))
    return sides


def _ours(job: Side) -> Side:
    return _ran([sys.executable, "-m", "bench._search"], json.dumps(job))


def _ran(command: list[str], said: str = "") -> Side:
    done = subprocess.run(command, input=said, stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=300, check=True)
    return dict(json.loads(done.stdout))


def _built_c(directory: Path) -> str:
    """Build the C anchor; "" where it cannot be."""
    program = str(directory / "consume")
    if not shutil.which("gcc"):
        return ""
    done = subprocess.run(["gcc", "-O2", "-o", program, str(ANCHORS / "consume.c"), "-lrdkafka"], check=False, capture_output=True)
    return "" if done.returncode else program


def _built_go(directory: Path) -> str:
    program = str(directory / "script")
    if not (go := shutil.which("go")):
        return ""
    done = subprocess.run([go, "build", "-o", program, "."], cwd=ANCHORS / "script", check=False, capture_output=True, timeout=300)
    return "" if done.returncode else program
