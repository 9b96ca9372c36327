"""Snapshots and answers for tests, from as few words as a test needs."""

from collections.abc import Iterable
from typing import Any

from controlcenter.errors import Kind
from controlcenter.kafka.model import (
    Broker,
    ClusterDescription,
    Committed,
    Failure,
    GroupDescription,
    GroupListing,
    Member,
    Metadata,
    Offset,
    PartitionDescription,
    TopicDescription,
    TopicPartition,
)
from controlcenter.observe import derive, merge
from controlcenter.observe.poll import Polled, Seen
from controlcenter.observe.snapshot import Snapshot

T0 = 1_700_000_000_000  # any instant


def topic(
    name: str, *leaders: int | None, id: str | None = "id-1", replicas: tuple[int, ...] = (1, 2, 3), isr: Any = None, epoch: int = 0
) -> Any:
    """A topic with one partition a leader."""
    parts = tuple(
        PartitionDescription(number, leader, epoch, replicas, replicas if isr is None else isr) for number, leader in enumerate(leaders)
    )
    return TopicDescription(name, id, name.startswith("__"), parts)


def metadata(*topics: Any, brokers: Iterable[int] = (1, 2, 3), at: int = T0, failures: tuple[Failure, ...] = ()) -> Polled:
    nodes = tuple(Broker(broker, f"host{broker}", 9092) for broker in brokers)
    return Polled("metadata", Metadata("cluster-id", nodes, topics), failures, at, 1.0)


def seen(latency: dict[int, float | None], fenced: Iterable[int] = (), known: Iterable[int] | None = None, at: int = T0) -> Polled:
    described = [Broker(broker, f"host{broker}", 9092, None, broker in fenced) for broker in (latency if known is None else known)]
    return Polled("cluster", Seen(ClusterDescription("cluster-id", tuple(described)), latency), (), at, 1.0)


def offsets(source: str, values: dict[tuple[str, int], int], at: int = T0, failures: tuple[Failure, ...] = ()) -> Polled:
    answer = {TopicPartition(*where): Offset(value, value if source == "last_records" else -1) for where, value in values.items()}
    return Polled(source, answer, failures, at, 1.0)


def groups(
    *listed: tuple[str, str, int], asked: Iterable[int] = (1, 2, 3), failures: tuple[Failure, ...] = (), type: str = "classic"
) -> Polled:
    listings = tuple(GroupListing(name, type, state, "consumer", coordinator) for name, state, coordinator in listed)
    return Polled("groups", listings, failures, T0, 1.0, frozenset(map(str, asked)))


def described(group: str, state: str, *members: tuple[str, list[tuple[str, int]]]) -> Polled:
    people = tuple(
        Member(name, f"client-{name}", "/10.0.0.1", None, tuple(TopicPartition(*where) for where in held)) for name, held in members
    )
    return Polled("described", (GroupDescription(group, "classic", state, "range", 1, people),), (), T0, 1.0, frozenset({group}))


def commits(group: str, values: dict[tuple[str, int], int], at: int = T0) -> Polled:
    answer = {group: {TopicPartition(*where): Committed(value, "") for where, value in values.items()}}
    return Polled("commits", answer, (), at, 1.0, frozenset({group}))


def failure(broker: int | None, what: str = "It did not answer in time.") -> Failure:
    return Failure("call", broker, Kind.TIMEOUT, what)


def nothing(source: str, at: int = T0, what: str = "Nobody answers.") -> Polled:
    return Polled(source, None, (Failure(source, None, Kind.UNREACHABLE, what),), at, 1.0)


def after(*answers: Polled, start: Snapshot | None = None, memory: merge.Memory | None = None) -> Snapshot:
    """The snapshot after some answers, each merged and derived as the worker does."""
    snapshot, memory = start or Snapshot(), memory or merge.Memory()
    for answer in answers:
        merged = merge.fold(snapshot, answer, memory)
        snapshot = derive.everything(snapshot, merged, answer.at_ms)
    return snapshot
