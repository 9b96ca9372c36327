"""The child of a live tail: every record from now on, decoded while the reader can follow, counted beyond that.

Law: what was seen and what was shown are both told, so "showing 50 of 2,000 a second" is true. Rows leave at once when
the last ones were long enough ago, else together; the newest of a burst are shown, the rest only counted.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from controlcenter.browse import rows as made
from controlcenter.kafka import browsing
from controlcenter.kafka.browsing import Lost, Raw
from controlcenter.schemas import book
from controlcenter.serde.values import Schemas

QUICK_S = 0.005  # between two frames while records come one by one: nobody waits for company
PAUSE_S = 0.05  # between two frames in a crowd: at most 20 a second
CROWD, CROWD_PER_S = 3, 200  # records of one frame, and their pace, that make one: a late poll alone brings several at once
MOST = 25  # rows of one frame: 500 a second
SHOWN_BYTES = 4096  # of one field; the record's own page shows more
LOOK_S = 5.0  # how often the topic's id is asked: a new topic of the same name goes on silently

Send = Callable[..., None]


def follow(job: Mapping[str, Any], send: Send) -> None:
    """Send rows until the parent hangs up; raises Problem for what cannot be followed."""
    reader = browsing.Reader(made.connection_of(job["connection"]), job["topic"], job["isolation"], is_tail=True)
    topic = reader.describe(4.0)
    wanted = [p for p in topic.leaders if job["partitions"] is None or p in job["partitions"]]
    marks = reader.marks(wanted, None, 4.0)
    reader.assign({p: mark.lso if job["isolation"] == "read_committed" else mark.end for p, mark in marks.items() if not mark.what})
    send("following", sorted(p for p, mark in marks.items() if not mark.what), [p for p, mark in marks.items() if mark.what])
    flow, looked = Flow(send, job["topic"], book.of_job(job.get("registry"), send)), time.monotonic()
    while True:
        now = time.monotonic()
        for event in reader.poll(flow.patience(now)):
            if isinstance(event, Raw):
                flow.take(event)
            elif isinstance(event, Lost):
                _again(reader, event)
        flow.flush(time.monotonic())
        if time.monotonic() - looked > LOOK_S:
            looked = time.monotonic()
            if reader.describe(4.0).id != topic.id:
                send("gone", "The topic was deleted and made anew.")
                return


class Flow:
    """Rows on their way out: few frames, newest rows, honest counts."""

    def __init__(self, send: Send, topic: str = "", schemas: Schemas | None = None) -> None:
        self._send, self._topic, self._schemas = send, topic, schemas
        self._kept: deque[Raw] = deque(maxlen=MOST)
        self._seen = 0
        self._leaves_at = self._left_at = 0.0

    def patience(self, now: float) -> float:
        """Return how long to wait for records: until the kept ones may leave, or a second."""
        return max(0.0, self._leaves_at - now) if self._kept else 1.0

    def take(self, record: Raw) -> None:
        self._seen += 1
        self._kept.append(record)

    def flush(self, now: float) -> None:
        """Send what is kept, if it is time."""
        if not self._kept or now < self._leaves_at:
            return
        rows = []
        for record in self._kept:
            self._send("decoding", record.partition, record.offset)
            rows.append(made.row(record, SHOWN_BYTES, 0, self._topic, self._schemas))
        self._send("rows", rows, self._seen)
        is_crowd = self._seen >= CROWD and self._seen > CROWD_PER_S * (now - self._left_at)
        self._leaves_at, self._left_at = now + (PAUSE_S if is_crowd else QUICK_S), now
        self._kept.clear()
        self._seen = 0


def _again(reader: browsing.Reader, lost: Lost) -> None:
    """Go on at the partition's end after its records expired under us."""
    mark = reader.marks([lost.partition], None, 2.0)[lost.partition]
    reader.drop(lost.partition)
    if not mark.what:
        reader.add(lost.partition, mark.end)
