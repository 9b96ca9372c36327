"""Our side of a search: one worker as a reading child is one. `python -m bench._search`, the job as JSON on stdin.

Prints what the anchors print. The clock runs from before the consumer is made; starting Python is not in it.
"""

import json
import os
import resource
import sys
import time
from typing import Any, NamedTuple

from confluent_kafka import Consumer, TopicPartition

from controlcenter.browse import filter
from controlcenter.kafka import browsing


class Taken(NamedTuple):
    """A message as filters take a record, for what the fast way leaves."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    def decoded_key(self) -> Any:
        raise ValueError("the bench writes JSON alone")

    decoded_value = decoded_key


def take(message: Any) -> Taken:
    headers = tuple(message.headers() or ())
    return Taken(message.partition(), message.offset(), message.timestamp()[1], message.key(), message.value(), headers)


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def search(job: dict[str, Any]) -> dict[str, Any]:
    wanted = filter.compile(job["filter"], mode=job["mode"]) if job["filter"] else None
    began, cpu_began = time.monotonic(), cpu_s()
    consumer = Consumer({"bootstrap.servers": job["bootstrap"], "group.id": "bench", "enable.auto.commit": False, **browsing.READ})
    consumer.assign([TopicPartition(job["topic"], p, 0) for p in range(job["partitions"])])
    records = hits = sum_ = 0
    deadline = began + 120
    while records < job["records"] and time.monotonic() < deadline:
        messages = [m for m in consumer.consume(200, 0.1) if m.error() is None]
        records += len(messages)
        for hit in messages if wanted is None else wanted.pick(messages, take):
            hits += 1
            sum_ += hit.offset() * 31 + hit.partition()
    found = {"records": records, "hits": hits, "sum": sum_ % 2**64, "wall_s": time.monotonic() - began, "cpu_s": cpu_s() - cpu_began}
    return found | {"rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(search(json.load(sys.stdin))), flush=True)
    os._exit(0)  # closing costs seconds and is no part of reading
