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
    print(f"search: {RECORDS:,} records of {BYTES} B, {PARTITIONS} partitions, load {os.getloadavg()[0]:.1f} at the end, n = {ROUNDS}")
    typed, literal, plain = sides["typed"], sides["literal"], sides["plain"]
    for name, ours in (("typed", typed), ("literal", literal), ("plain text", plain), ("read only", sides["read"])):
        yield Row(f"{name}, records a second", RECORDS / _middle(ours, "wall_s"), "/s")
        yield Row(f"{name}, records a CPU second", RECORDS / _middle(ours, "cpu_s"), "/s")
    yield Row("typed, peak memory", _middle(typed, "rss_mb"), "MB")
    if sides["consume"]:
        yield from _against_c(sides, truth)
    else:
        print("search: C is skipped: no gcc or no librdkafka-dev (apt-get install gcc librdkafka-dev)")
    if script := sides["script"]:
        is_wrong = not _agree([*script, *typed], truth["typed"])
        yield Row("script per message, records a second", RECORDS / _middle(script, "wall_s"), "/s", is_wrong=is_wrong)
        yield Row("typed to script, wall", _middle(script, "wall_s") / _middle(typed, "wall_s"), "×", 8, at_most=False, is_wrong=is_wrong)
        yield Row("typed to script, CPU", _middle(script, "cpu_s") / _middle(typed, "cpu_s"), "×", 10, at_most=False, is_wrong=is_wrong)
    else:
        print("search: the script per message is skipped: no Go, or its modules cannot be had")


def _against_c(sides: dict[str, list[Side]], truth: dict[str, Side]) -> Iterator[Row]:
    c = sides["consume"]
    is_c_wrong = not _agree(c, truth["all"])
    yield Row("C reads only, records a second", RECORDS / _middle(c, "wall_s"), "/s", is_wrong=is_c_wrong)
    is_found_wrong = not _agree(sides["memmem"], truth["literal"])
    yield Row(
        "C with memmem, records a second",
        RECORDS / _middle(sides["memmem"], "wall_s"),
        "/s",
        is_wrong=is_found_wrong,
    )
    limits = {"typed": (0.45, 0.38), "literal": (0.60, 0.50), "plain": (None, None), "read": (None, None)}
    for name, (wall, cpu) in limits.items():
        is_wrong = is_c_wrong or not _agree(sides[name], truth[name])
        for what, limit in (("wall", wall), ("cpu", cpu)):
            found = sorted(a[f"{what}_s"] / b[f"{what}_s"] for a, b in zip(c, sides[name], strict=True))
            note = f"{name} to C, {what} ({found[0]:.2f}–{found[-1]:.2f})"
            yield Row(note, median(found), "×", limit, at_most=False, is_wrong=is_wrong)


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
    truth = {name: {"hits": 0, "sum": 0} for name in ("all", "typed", "literal", "read")}
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
        "read": job | {"filter": "offset < 0"},  # refuses every record unread
    }
    _ours(ours["read"])  # warms the page cache
    sides: dict[str, list[Side]] = {name: [] for name in ("consume", "memmem", "script", *ours)}
    for _ in range(ROUNDS):
        if consume:
            sides["consume"].append(_ran([consume, *anchor]))
        for name, each in ours.items():
            sides[name].append(_ours(each))
        if consume:
            sides["memmem"].append(_ran([consume, *anchor, _rides.RARE]))
    for _ in range(SCRIPT_ROUNDS if script else 0):
        sides["script"].append(_ran([script, *anchor, _rides.SCRIPT]))
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
