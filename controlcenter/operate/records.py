"""Writing records to a topic: one from a form, copies of it at a pace, or the rows of a file.

A record's bytes travel in a parcel (`operate.parcels`), the action says what they are. Each record ends as ok with its
place, as an error in the broker's words, or as unknown; the first thousand are told one by one, all are counted.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Protocol

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import CODECS, Delivery, Message
from controlcenter.observe import store
from controlcenter.observe.snapshot import Row, Snapshot
from controlcenter.operate import parcels

MOST_RECORDS = 1_000_000
MOST_PER_S = 10_000
MOST_SECONDS = 600
TOLD_ONE_BY_ONE = 1000
CONFIRMED_ABOVE = 1000  # more records than this ask for the topic's name
TELL_EVERY_S = 0.25
OVERHEAD_BYTES = 70  # a batch of one record: its header and the record's own lengths


class Cluster(Protocol):
    """What the action here calls."""

    def produce(
        self,
        topic: str,
        messages: Iterable[Message],
        told: Callable[[Delivery], None],
        *,
        codec: str = "none",
        rate_per_s: float = 0,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class ProduceRecords:
    """`records` records of a parcel, sent `count` times round.

    rate_per_s  0: as fast as it goes
    seconds     when to stop at the latest
    sha256      of the parcel: the trail says what was sent without holding it
    """

    verb: ClassVar[str] = "produce"
    operation: ClassVar[str] = "message.produce"
    is_reversible: ClassVar[bool] = False
    runs_on: ClassVar[bool] = True

    cluster: str
    name: str
    parcel: str
    sha256: str
    records: int
    size_bytes: int
    largest_bytes: int
    count: int = 1
    rate_per_s: int = 0
    seconds: int = MOST_SECONDS
    codec: str = "none"
    partitions: tuple[int, ...] = ()
    lacks_key: bool = False
    has_time: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "ProduceRecords":
        return cls(**{**args, "partitions": tuple(args["partitions"])})

    @property
    def level(self) -> int:
        return 2 if self.records * self.count > CONFIRMED_ABOVE else 1

    def args(self) -> dict[str, Any]:
        return {**asdict(self), "partitions": list(self.partitions), "kinds": dict(self.kinds)}

    def facts(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return what the plan rests on: the topic it was made for, by its id."""
        topic = snapshot.row("topics", self.name)
        return {"id": topic["id"] if topic else None}

    def faults(self, snapshot: Snapshot) -> Iterator[Problem]:
        topic = snapshot.row("topics", self.name)
        if topic is None:
            yield Problem(Kind.ABSENT, f"Topic {self.name} does not exist.", "See the list of topics.")
            return
        if topic["is_internal"] or self.name.startswith("__"):
            yield Problem(Kind.CONFLICT, f"Topic {self.name} is one of Kafka's own; a record of ours would break its readers.", "")
        yield from self._own_faults()
        yield from self._topic_faults(topic)

    def warnings(self, snapshot: Snapshot) -> Iterator[str]:
        topic = snapshot.row("topics", self.name) or {}
        if self.has_time and topic.get("timestamp_type") == "LogAppendTime":
            yield "The topic stamps records itself (LogAppendTime): the given timestamp is replaced."
        if topic.get("under_replicated_partitions"):
            yield f"{topic['under_replicated_partitions']} of its partitions lack a replica now; min.insync.replicas may refuse the record."
        if topic.get("offline_partitions"):
            yield f"{topic['offline_partitions']} of its partitions have no leader: records for them cannot be written."

    def steps(self, snapshot: Snapshot) -> Iterator[str]:
        total = self.records * self.count
        pace = f", {self.rate_per_s:,} a second" if self.rate_per_s else ""
        yield f"Write {total:,} {'record' if total == 1 else 'records'} to topic {self.name}{pace}."

    def blast_radius(self, snapshot: Snapshot) -> list[tuple[str, str]]:
        total = self.records * self.count
        reading = {row["group"] for row in snapshot.table("group_partitions").values() if row["topic"] == self.name}
        return [
            ("Records", f"{total:,}, {self.size_bytes * self.count:,} bytes before compression"),
            ("Read by", f"{len(reading)} groups" if reading else "no group has committed to it"),
            ("Undo", "None. A record cannot be taken back."),
        ]

    def cli(self, bootstrap: str) -> str:
        return f"kcat -b {bootstrap} -t {self.name} -P" + ("" if self.codec == "none" else f" -z {self.codec}")

    def call(self, cluster: Cluster) -> dict[str, Any]:
        """Write the records; return {"sent", "ok", "failed", "unknown", "results", "state"}; raises Problem when none was sent."""
        course = _Course(self)
        cluster.produce(self.name, course.messages(), course.note, codec=self.codec, rate_per_s=self.rate_per_s, is_over=course.is_over)
        return course.end()

    def check(self, cluster: Cluster) -> None:
        raise Problem(Kind.UNSUPPORTED, "Kafka has no dry run for writing a record.", "The preview tells what would be written.")

    def done(self) -> str:
        total = self.records * self.count
        return f"{total:,} {'record was' if total == 1 else 'records were'} written to {self.name}."

    def _own_faults(self) -> Iterator[Problem]:
        total = self.records * self.count
        if not 1 <= total <= MOST_RECORDS:
            yield Problem(Kind.INVALID, f"{total:,} records cannot be sent at once.", f"Send 1 to {MOST_RECORDS:,}.", "count")
        if not 0 <= self.rate_per_s <= MOST_PER_S:
            yield Problem(Kind.INVALID, f"{self.rate_per_s:,} a second is not possible.", f"Use 1 to {MOST_PER_S:,}, or 0.", "rate")
        if not 1 <= self.seconds <= MOST_SECONDS:
            yield Problem(Kind.INVALID, f"{self.seconds:,} seconds is not possible.", f"Use 1 to {MOST_SECONDS}.", "seconds")
        if self.codec not in CODECS:
            yield Problem(Kind.INVALID, f"There is no compression called {self.codec}.", f"Use one of {', '.join(CODECS)}.", "codec")

    def _topic_faults(self, topic: Row) -> Iterator[Problem]:
        if self.lacks_key and "compact" in (topic["cleanup_policy"] or ""):
            yield Problem(Kind.INVALID, "The topic is compacted: a record without a key is refused.", "Give it a key.", "key")
        limit = topic["max_message_bytes"]
        if limit is not None and self.codec == "none" and self.largest_bytes + OVERHEAD_BYTES > limit:
            yield Problem(
                Kind.INVALID,
                f"The record has {self.largest_bytes:,} bytes; the topic allows {limit:,} (max.message.bytes).",
                "Shorten it, compress it, or raise the topic's limit.",
                "value",
            )
        count = topic["partitions"]
        wrong = [number for number in self.partitions if count is not None and not 0 <= number < count]
        if wrong:
            yield Problem(Kind.INVALID, f"There is no partition {wrong[0]}.", f"The topic has 0 to {count - 1}.", "partition")


def describe(messages: Iterable[Message]) -> dict[str, Any]:
    """Return what an action says of its messages: records, size_bytes, largest_bytes, partitions, lacks_key, has_time."""
    sizes, partitions, lacks_key, has_time = [], set(), False, False
    for message in messages:
        sizes.append(size(message))
        lacks_key |= message.key is None
        has_time |= message.timestamp_ms is not None
        if message.partition is not None:
            partitions.add(message.partition)
    return {
        "records": len(sizes), "size_bytes": sum(sizes), "largest_bytes": max(sizes, default=0),
        "partitions": tuple(sorted(partitions)), "lacks_key": lacks_key, "has_time": has_time,
    }  # fmt: skip


def size(message: Message) -> int:
    """Return the bytes of key, value and headers."""
    headers = sum(len(name.encode()) + len(value or b"") for name, value in message.headers)
    return len(message.key or b"") + len(message.value or b"") + headers


class _Course:
    """One run: hands messages out, counts what comes back, tells the page, and ends when it is time or somebody stops it."""

    def __init__(self, action: ProduceRecords) -> None:
        self._action = action
        self._redis = store.default().redis
        self._began = self._told_at = self._asked_at = time.monotonic()
        self._is_stopped = False
        self._counts = {"ok": 0, "error": 0, "unknown": 0}
        self._results: list[dict[str, Any]] = []

    def messages(self) -> Iterator[Message]:
        if self._action.records == 1:
            yield from itertools.repeat(next(iter(parcels.take(self._redis, self._action.parcel))), self._action.count)
            return
        for _ in range(self._action.count):
            yield from parcels.take(self._redis, self._action.parcel)

    def note(self, delivery: Delivery) -> None:
        self._counts[delivery.state] += 1
        if len(self._results) < TOLD_ONE_BY_ONE:
            self._results.append(_result(delivery))
        if time.monotonic() - self._told_at > TELL_EVERY_S:
            self._told_at = time.monotonic()
            parcels.tell(self._redis, self._action.parcel, self._sum("running"))

    def is_over(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at > TELL_EVERY_S:
            self._asked_at = now
            self._is_stopped = parcels.is_stopped(self._redis, self._action.parcel)
        return self._is_stopped or now - self._began > self._action.seconds

    def end(self) -> dict[str, Any]:
        total = self._action.records * self._action.count
        state = "done" if sum(self._counts.values()) == total else "stopped" if self._is_stopped else "out of time"
        found = self._sum(state)
        parcels.tell(self._redis, self._action.parcel, found)
        return found

    def _sum(self, state: str) -> dict[str, Any]:
        return {
            "state": state,
            "total": self._action.records * self._action.count,
            "sent": sum(self._counts.values()),
            "ok": self._counts["ok"],
            "failed": self._counts["error"],
            "unknown": self._counts["unknown"],
            "seconds": round(time.monotonic() - self._began, 2),
            "results": sorted(self._results, key=lambda result: result["index"]),
        }


def _result(delivery: Delivery) -> dict[str, Any]:
    problem = delivery.problem
    return {
        "index": delivery.index, "state": delivery.state, "partition": delivery.partition, "offset": delivery.offset,
        "latency_ms": delivery.latency_ms, "error": problem.what if problem else "", "hint": problem.hint if problem else "",
    }  # fmt: skip
