"""One search through a very large topic, to its end: `python -m bench.large_search 50000000`. Run by hand, as loading takes minutes.

Records of 100 B of JSON, written by kcat to one broker, read by one child as the messages page reads: every record is decoded, a few
hundred are hits. What was found must be what was written, or it says so and ends with 1.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench import _machine
from bench.row import percentile
from demo.cluster import KafkaCluster

TOPIC, PARTITIONS, BYTES, ONE_IN = "bench-large", 4, 100, 100_003
CHUNK = 50_000


def main(records: int) -> int:
    from confluent_kafka.admin import AdminClient, NewTopic

    from controlcenter.browse.sandbox import Sandbox

    box = Sandbox()
    with tempfile.TemporaryDirectory(prefix="large-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka", brokers=1)
        try:
            kafka.start()
            admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
            admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1, config={"retention.ms": "-1"})])[TOPIC].result(30)
            began = time.monotonic()
            _load(kafka.bootstrap, records)
            print(f"{records:,} records of {BYTES} B written in {time.monotonic() - began:.0f} s; load {_machine.load():.2f}", flush=True)
            return _search(kafka.bootstrap, box, records)
        finally:
            box.stop()
            kafka.stop()


def _load(bootstrap: str, records: int) -> None:
    tuned = ("linger.ms=50", "batch.size=1000000", "queue.buffering.max.messages=1000000")
    command = ["kcat", "-P", "-b", bootstrap, "-t", TOPIC, *(word for each in tuned for word in ("-X", each))]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as kcat:
        assert kcat.stdin is not None
        for chunk in _lines(records):
            kcat.stdin.write(chunk)
        kcat.stdin.close()
        if kcat.wait(600):
            raise RuntimeError("kcat could not write the records")


def _lines(records: int) -> Iterator[bytes]:
    for first in range(0, records, CHUNK):
        lines = (
            b'{"n": %d, "status": "%s", "text": "' % (n, b"PAID" if n % 3 else b"OPEN") for n in range(first, min(first + CHUNK, records))
        )
        yield b"".join(line.ljust(BYTES - 2, b"x") + b'"}\n' for line in lines)


def _search(bootstrap: str, box: object, records: int) -> int:
    from controlcenter.browse import request, session
    from controlcenter.kafka.model import Connection

    asked = request.parse(
        {"from": "oldest", "n": "10000", "mode": "expression", "filter": f'value.n % {ONE_IN} == 7 && value.status != "x"'}
    )
    found, scanned, memory, first_s = 0, 0, [0.0], 0.0
    began = time.monotonic()
    talk = session.converse(Connection(bootstrap), TOPIC, asked, "bench", box=box, seconds=3600)  # type: ignore[arg-type]
    with contextlib.closing(talk) as events:
        for kind, said in events:
            if kind == "row":
                found += 1
                first_s = first_s or time.monotonic() - began
            elif kind == "passed":
                memory.append(_child_mb())
            elif kind == "done":
                scanned = said.scanned
    took = time.monotonic() - began
    wanted = len(range(7, records, ONE_IN))
    print(f"searched in {took:.1f} s: {records / took:,.0f} records a second, first row after {first_s:.2f} s; load {_machine.load():.2f}")
    print(f"{scanned:,} records looked at, {found:,} found of {wanted:,}")
    print(f"the child's memory: {percentile(memory, 0.5):.0f} MB, at most {max(memory):.0f} MB")
    return 0 if (found, scanned) == (wanted, records) else 1


def _child_mb() -> float:
    sizes = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "java" not in process.name():
                sizes.append(process.memory_info().rss / 1e6)
    return max(sizes, default=0.0)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000_000))
