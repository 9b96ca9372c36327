"""Our side of a search: one worker, by the very parts a reading child is made of. `python -m bench._search`, the job on stdin.

Prints what the anchors print. The clock runs from before the consumer is made; starting Python is not in it.
"""

import json
import os
import resource
import sys
import time
from typing import Any

from controlcenter.browse.request import Request
from controlcenter.browse.sieve import Sieve
from controlcenter.kafka import browsing
from controlcenter.kafka.model import Connection


class Note:
    """Where a child says what it looks into; here nobody dies of it."""

    def record(self, partition: int, offset: int) -> None: ...
    def run(self, partition: int, offset: int) -> None: ...


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def search(job: dict[str, Any]) -> dict[str, Any]:
    request = Request("oldest", filter=job["filter"], mode=job["mode"])
    began, cpu_began = time.monotonic(), cpu_s()
    sieve = Sieve(request, job["topic"], None, Note(), {}, is_careful=False)
    reader = browsing.Reader(Connection(job["bootstrap"]), job["topic"], "read_uncommitted")
    spans = {p: browsing.Span(0, stop) for p, stop in enumerate(job["stops"])}
    reader.assign(dict.fromkeys(spans, 0))
    hits = sum_ = 0
    deadline = began + 120
    while not all(span.is_read for span in spans.values()) and time.monotonic() < deadline:
        for record, _ in reader.sift(0.25, spans, sieve).hits:
            hits += 1
            sum_ += record.offset * 31 + record.partition
    return {
        "records": sum(span.count for span in spans.values()), "bytes": sum(span.bytes for span in spans.values()), "hits": hits,
        "sum": sum_ % 2**64, "wall_s": time.monotonic() - began, "cpu_s": cpu_s() - cpu_began,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(search(json.load(sys.stdin))), flush=True)
    os._exit(0)  # closing costs seconds and is no part of reading
