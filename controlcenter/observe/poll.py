"""Asks a cluster one kind of question, and says what came, when it was asked and how long it took. Nothing is kept here.

Each kind is one entry of READS: (cluster, snapshot, ask) → the answers, several when their order matters. What to ask
for comes from the snapshot, so that any worker can ask any question.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Failure, GroupListing, Partial, TopicPartition
from controlcenter.observe.snapshot import Snapshot

Cluster = Any  # kafka.cluster.Cluster, or kafka.fake.FakeCluster: the same methods

HOT_CONFIGS = (
    "cleanup.policy",
    "retention.ms",
    "retention.bytes",
    "min.insync.replicas",
    "max.message.bytes",
    "message.timestamp.type",
)
EMPTY_ROUNDS = 12  # groups without members are asked once in so many rounds: 60 s at the idle pace


@dataclass(frozen=True, slots=True)
class Ask:
    """What a round is for. views: those somebody looks at; round: counts rounds, for what takes turns."""

    views: frozenset[str] = frozenset()
    round: int = 0


@dataclass(frozen=True, slots=True)
class Polled:
    """One answer. result None: nothing at all came, failures say why. asked: the names it was about, None for all there are."""

    source: str
    result: Any
    failures: tuple[Failure, ...] = ()
    at_ms: int = 0
    took_ms: float = 0.0
    asked: frozenset[str] | None = None

    @property
    def is_complete(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class Seen:
    """The controller's view of brokers, and ours. latency_ms: broker → round trip, None when it did not answer."""

    described: Any  # ClusterDescription, or None
    latency_ms: Mapping[int, float | None] = field(default_factory=dict)


def read(cluster: Cluster, kind: str, snapshot: Snapshot, ask: Ask | None = None) -> list[Polled]:
    """Return the answers to one kind of question; a Problem becomes an answer that failed."""
    return READS[kind](cluster, snapshot, ask or Ask())


def failed(source: str, problem: Problem) -> Polled:
    """Return the answer of a call that could not even be made."""
    return Polled(source, None, (Failure(source, None, problem.kind, str(problem)),), int(time.time() * 1000))


def _call(source: str, ask: Callable[[], Any], asked: Iterable[str] | None = None) -> Polled:
    at_ms, start = int(time.time() * 1000), time.perf_counter()
    try:
        answer = ask()
        if not isinstance(answer, Partial):
            answer = Partial(answer)
        result, failures = answer.result, answer.failures
    except Problem as problem:
        result, failures = None, (Failure(source, None, problem.kind, str(problem)),)
    took_ms = round((time.perf_counter() - start) * 1000, 1)
    return Polled(source, result, failures, at_ms, took_ms, None if asked is None else frozenset(asked))


def _metadata(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    return [_call("metadata", cluster.metadata)]


def _cluster(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    """Ask the controller about its brokers, and every broker whether it answers us: two truths, kept apart."""

    def both() -> Partial[Seen]:
        failures: tuple[Failure, ...] = ()
        described = None
        try:
            answer = cluster.describe()
            described, failures = answer.result, answer.failures
        except Problem as problem:
            failures = (Failure("describe", None, problem.kind, str(problem)),)
        brokers = brokers_of(snapshot) or [broker.id for broker in (described.brokers if described else ())]
        with ThreadPoolExecutor(max(1, min(len(brokers), 16)), thread_name_prefix="ping") as pool:
            latency = dict(zip(brokers, pool.map(lambda broker: _ping(cluster, broker), brokers), strict=True))
        return Partial(Seen(described, latency), failures)

    return [_call("cluster", both)]


def _ping(cluster: Cluster, broker: int) -> float | None:
    try:
        return float(cluster.ping(broker))
    except Problem:
        return None


def _quorum(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    def both() -> Partial[tuple[Any, Mapping[str, str | None]]]:
        quorum = cluster.quorum()
        try:
            versions = cluster.versions()
        except Problem as problem:
            return Partial((quorum.result, {}), (*quorum.failures, Failure("versions", None, problem.kind, str(problem))))
        return Partial((quorum.result, versions), quorum.failures)

    return [_call("quorum", both)]


def _offsets(source: str, at: str) -> Callable[[Cluster, Snapshot, Ask], list[Polled]]:
    def ask_leaders(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
        leaders = leaders_of(snapshot)
        return [_call(source, lambda: cluster.offsets(leaders, at))] if leaders else []

    return ask_leaders


def _stable(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    """Ask ends first, stable offsets second: one behind the end is held by a transaction, and not by an end that moved on meanwhile.

    The answer is None for a partition on which nothing is held.
    """
    leaders = leaders_of(snapshot)

    def both() -> Partial[dict[TopicPartition, Any]]:
        ends, stable = cluster.offsets(leaders, "end"), cluster.offsets(leaders, "stable")
        held = {
            part: offset if offset.offset < ends.result[part].offset else None
            for part, offset in stable.result.items()
            if part in ends.result
        }
        return Partial(held, stable.failures or ends.failures)

    return [_call("stable", both)] if leaders else []


def _first_records(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    """Ask for the oldest record of each topic somebody has open: the first one that has a time."""
    opened = set(opened_of("topic", ask.views))
    leaders = {broker: [part for part in parts if part.topic in opened] for broker, parts in leaders_of(snapshot).items()}
    return [_call("first_records", lambda: cluster.offsets(leaders, 0))] if any(leaders.values()) else []


def _commits_then_ends(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    """Commits first, ends second: ends only grow, so a healthy partition never looks negative."""
    groups = _groups_to_ask(snapshot, ask)
    first = [_call("commits", lambda: cluster.committed(groups), [listing.group for listing in groups])] if groups else []
    return first + _offsets("ends", "end")(cluster, snapshot, ask)


def _groups(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    brokers = reachable_of(snapshot)
    return [_call("groups", lambda: cluster.groups(brokers), map(str, brokers))] if brokers else []


def _described(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    groups = listings_of(snapshot)
    return [_call("described", lambda: cluster.describe_groups(groups), [listing.group for listing in groups])] if groups else []


def _log_dirs(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    brokers = reachable_of(snapshot)
    return [_call("log_dirs", lambda: cluster.log_dirs(brokers))] if brokers else []


def _configs(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    topics = [row["name"] for row in snapshot.table("topics").values()]
    return [_call("configs", lambda: cluster.configs("topic", topics, HOT_CONFIGS), topics)] if topics else []


def _opened(cluster: Cluster, snapshot: Snapshot, ask: Ask) -> list[Polled]:
    """Read every config of what somebody has open; what nobody has open any more is asked about no more, and goes."""
    names = {"topic": opened_of("topic", ask.views), "broker": opened_of("broker", ask.views)}

    def both() -> Partial[dict[tuple[str, str], Any]]:
        found: dict[tuple[str, str], Any] = {}
        failures: tuple[Failure, ...] = ()
        for kind, owners in names.items():
            if owners:
                answer = cluster.configs(kind, owners, None)
                found |= {(kind, owner): entries for owner, entries in answer.result.items()}
                failures += answer.failures
        return Partial(found, failures)

    return [_call("opened", both, [f"{kind}/{owner}" for kind, owners in names.items() for owner in owners])]


READS: dict[str, Callable[[Cluster, Snapshot, Ask], list[Polled]]] = {
    "metadata": _metadata,
    "cluster": _cluster,
    "quorum": _quorum,
    "starts": _offsets("starts", "start"),
    "stable": _stable,
    "first_records": _first_records,
    "last_records": _offsets("last_records", "max_timestamp"),
    "commits": _commits_then_ends,
    "groups": _groups,
    "described": _described,
    "log_dirs": _log_dirs,
    "configs": _configs,
    "opened": _opened,
}


def brokers_of(snapshot: Snapshot) -> list[int]:
    """Return every broker known, down or up."""
    return [row["broker"] for row in snapshot.table("brokers").values()]


def reachable_of(snapshot: Snapshot) -> list[int]:
    """Return the brokers worth asking: registered, and not known to be silent; all registered ones when none answers."""
    registered = [row for row in snapshot.table("brokers").values() if row["is_registered"] is not False]
    return [row["broker"] for row in registered if row["is_reachable"] is not False] or [row["broker"] for row in registered]


def leaders_of(snapshot: Snapshot) -> dict[int, list[TopicPartition]]:
    """Return leader → its partitions; a partition without a leader is nobody's."""
    leaders: dict[int, list[TopicPartition]] = {}
    for row in snapshot.table("partitions").values():
        if row["leader"] is not None:
            leaders.setdefault(row["leader"], []).append(TopicPartition(row["topic"], row["partition"]))
    return leaders


def listings_of(snapshot: Snapshot) -> list[GroupListing]:
    """Return the groups as the brokers listed them."""
    return [
        GroupListing(row["group"], row["type"] or "", row["state"] or "", row["protocol_type"] or "", row["coordinator"])
        for row in snapshot.table("groups").values()
        if row["coordinator"] is not None
    ]


def opened_of(kind: str, views: Iterable[str]) -> list[str]:
    """Return the names of the topics, groups or brokers somebody has open."""
    return sorted(unquote(view.partition("/")[2]) for view in views if view.startswith(f"{kind}/"))


def _groups_to_ask(snapshot: Snapshot, ask: Ask) -> list[GroupListing]:
    if "groups" in ask.views:
        return listings_of(snapshot)
    opened = set(opened_of("group", ask.views))
    read = {row["group"] for row in snapshot.table("group_partitions").values()}
    return [
        listing
        for place, listing in enumerate(listings_of(snapshot))
        if listing.state != "Empty" or listing.group in opened or listing.group not in read or (place + ask.round) % EMPTY_ROUNDS == 0
    ]


def is_transport(failures: Iterable[Failure]) -> bool:
    """Return whether failures mean that nobody answered, rather than that somebody said no."""
    return any(failure.kind in (Kind.UNREACHABLE, Kind.TIMEOUT) for failure in failures)
