"""A cluster in memory with the methods of `cluster.Cluster`, for tests of everything above.

It answers as brokers do: a broken broker loses its own part; a topic's leader is a broker; a group has a coordinator.
The tests in tests/real run the same bodies here and on real Kafka, so that it cannot drift. Helpers below the methods
change its state: `add_topic`, `append`, `commit`, `add_group`, `break_broker`, …
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors
from controlcenter.kafka.model import (
    Broker,
    ClusterDescription,
    Committed,
    ConfigEntry,
    Delivery,
    Failure,
    GroupDescription,
    GroupListing,
    LogDir,
    Member,
    Message,
    Metadata,
    NewTopic,
    Offset,
    Partial,
    PartitionDescription,
    Quorum,
    QuorumMember,
    Replica,
    TopicDescription,
    TopicPartition,
)

T = TypeVar("T")
UNKNOWN_TOPIC, NOT_LEADER, TOO_LARGE, INVALID_NAME, EXISTS = 3, 6, 10, 17, 36
BAD_PARTITIONS, BAD_FACTOR, BAD_PLACEMENT, BAD_CONFIG = 37, 38, 39, 40
DISK_BYTES = 100 << 30
TOPIC_DEFAULTS = {
    "cleanup.policy": "delete", "retention.ms": "604800000", "retention.bytes": "-1", "min.insync.replicas": "1",
    "max.message.bytes": "1048588", "message.timestamp.type": "CreateTime", "segment.bytes": "1073741824", "compression.type": "producer",
}  # fmt: skip
BROKER_CONFIGS = {"log.retention.hours": "168", "num.partitions": "1", "default.replication.factor": "1"}


@dataclass
class Log:
    """One partition's log: records as (offset, timestamp_ms, size_bytes), and the bounds of what is there."""

    replicas: tuple[int, ...]
    leader: int | None
    epoch: int = 0
    start: int = 0
    end: int = 0
    stable: int | None = None
    records: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class Group:
    """A group as its coordinator keeps it."""

    listing: GroupListing
    members: tuple[Member, ...] = ()
    committed: dict[TopicPartition, Committed] = field(default_factory=dict)


class FakeCluster:
    """Three brokers and nothing on them, unless told otherwise. calls: the names of the methods called, in order."""

    def __init__(self, brokers: int = 3, *, quorum: bool = True) -> None:
        self.brokers = {number: Broker(number, f"broker-{number}", 9092, "abc"[number % 3], False) for number in range(1, brokers + 1)}
        self.broken: dict[int, Problem] = {}
        self.topics: dict[str, list[Log]] = {}
        self.topic_ids: dict[str, str] = {}
        self.topic_configs: dict[str, dict[str, str]] = {}
        self.group_states: dict[str, Group] = {}
        self.calls: list[str] = []
        self.is_closed = False
        self._has_quorum = quorum
        self._ids = itertools.count(1)

    # What Cluster does

    def metadata(self) -> Partial[Metadata]:
        self._any("metadata")
        live = tuple(replace(broker, is_fenced=None) for number, broker in self.brokers.items() if number not in self.broken)
        topics = tuple(self._describe(name, logs) for name, logs in sorted(self.topics.items()))
        return Partial(Metadata("fake-cluster", live, topics))

    def describe(self) -> Partial[ClusterDescription]:
        self._any("describe")
        fenced = tuple(replace(broker, is_fenced=number in self.broken) for number, broker in self.brokers.items())
        return Partial(ClusterDescription("fake-cluster", fenced))

    def ping(self, broker: int) -> float:
        self.calls.append("ping")
        self._reach(broker)
        return 0.5

    def quorum(self) -> Partial[Quorum | None]:
        controller = self._any("quorum")
        if not self._has_quorum:
            return Partial(None)
        return Partial(Quorum(controller, 1, 100, tuple(QuorumMember(number, True, 100, 0, 0) for number in self.brokers)))

    def versions(self) -> dict[str, str | None]:
        self._any("versions")
        return {"kafka_version": "4.4", "metadata_version": "4.4 (33)" if self._has_quorum else None}

    def offsets(self, leaders: Mapping[int, Sequence[TopicPartition]], at: str | int) -> Partial[dict[TopicPartition, Offset]]:
        self.calls.append("offsets")
        found: dict[TopicPartition, Offset] = {}
        failures: list[Failure] = []

        def ask(broker: int) -> None:
            for part in leaders[broker]:
                log = self._log(part)
                code = UNKNOWN_TOPIC if log is None else NOT_LEADER if log.leader in (None, *self.broken) else 0
                if log is None or code:
                    failures.append(errors.failure("offsets", broker, code, f"partition {part.partition} of {part.topic}"))
                else:
                    found[part] = _at(log, at)

        self._each([broker for broker in leaders if leaders[broker]], "offsets", ask, failures)
        return Partial(found, tuple(failures))

    def groups(self, brokers: Sequence[int]) -> Partial[tuple[GroupListing, ...]]:
        self.calls.append("groups")
        found: list[GroupListing] = []
        failures: list[Failure] = []
        self._each(brokers, "groups", lambda broker: found.extend(group.listing for group in self._coordinated(broker)), failures)
        return Partial(tuple(found), tuple(failures))

    def describe_groups(self, listings: Sequence[GroupListing]) -> Partial[tuple[GroupDescription, ...]]:
        self.calls.append("describe_groups")
        found: list[GroupDescription] = []
        failures: list[Failure] = []

        def ask(broker: int) -> None:
            for listing in (each for each in listings if each.coordinator == broker and each.group in self.group_states):
                group = self.group_states[listing.group]
                protocol = "range" if group.members else ""
                found.append(GroupDescription(listing.group, listing.type, group.listing.state, protocol, broker, group.members))

        self._each(sorted({listing.coordinator for listing in listings}), "described", ask, failures)
        return Partial(tuple(found), tuple(failures))

    def committed(self, listings: Sequence[GroupListing]) -> Partial[dict[str, dict[TopicPartition, Committed]]]:
        self.calls.append("committed")
        found: dict[str, dict[TopicPartition, Committed]] = {}
        failures: list[Failure] = []

        def ask(broker: int) -> None:
            for listing in (each for each in listings if each.coordinator == broker):
                group = self.group_states.get(listing.group)  # a group that does not exist has committed nothing, without an error
                found[listing.group] = dict(group.committed) if group else {}

        self._each(sorted({listing.coordinator for listing in listings}), "commits", ask, failures)
        return Partial(found, tuple(failures))

    def log_dirs(self, brokers: Sequence[int]) -> Partial[dict[int, tuple[LogDir, ...]]]:
        self.calls.append("log_dirs")
        found: dict[int, tuple[LogDir, ...]] = {}
        failures: list[Failure] = []

        def ask(broker: int) -> None:
            replicas = tuple(
                Replica(name, number, sum(size for _, _, size in log.records), 0)
                for name, logs in self.topics.items()
                for number, log in enumerate(logs)
                if broker in log.replicas
            )
            used = sum(replica.size_bytes for replica in replicas)
            found[broker] = (LogDir("/data", "", DISK_BYTES, DISK_BYTES - used, replicas),)

        self._each(brokers, "log_dirs", ask, failures)
        return Partial(found, tuple(failures))

    def configs(self, kind: str, names: Sequence[str], keys: Sequence[str] | None) -> Partial[dict[str, tuple[ConfigEntry, ...]]]:
        first = self._any("configs") if kind == "topic" and names else None
        found: dict[str, tuple[ConfigEntry, ...]] = {}
        failures: list[Failure] = []
        if kind == "broker":
            entries = tuple(_entries(BROKER_CONFIGS, {}, "static", keys))
            self._each([int(name) for name in names], "configs", lambda broker: found.update({str(broker): entries}), failures)
            return Partial(found, tuple(failures))
        for name in names:
            if name in self.topics:
                found[name] = tuple(_entries(TOPIC_DEFAULTS, self.topic_configs[name], "topic", keys))
            else:
                failures.append(errors.failure("configs", first, UNKNOWN_TOPIC, f"topic {name}"))
        return Partial(found, tuple(failures))

    def create_topic(self, spec: NewTopic, *, validate_only: bool = False, timeout_s: float = 10) -> None:
        self._any("create_topic")
        partitions = len(spec.placement) or (1 if spec.partitions is None else spec.partitions)
        factor = 1 if spec.replication_factor is None else spec.replication_factor
        unknown = sorted({broker for brokers in spec.placement for broker in brokers} - set(self.brokers))
        for is_wrong, code, detail in (
            (spec.name in self.topics, EXISTS, ""),
            (not _is_name(spec.name), INVALID_NAME, "Topic name is invalid."),
            (partitions < 1, BAD_PARTITIONS, "Number of partitions was set to an invalid non-positive value."),
            (
                bool(unknown),
                BAD_PLACEMENT,
                f"The manual partition assignment includes broker {(unknown or [0])[0]}, but it is not registered.",
            ),
            (
                not spec.placement and not 1 <= factor <= len(self.brokers),
                BAD_FACTOR,
                f"Only {len(self.brokers)} broker(s) are registered.",
            ),
            (not set(spec.configs) <= set(TOPIC_DEFAULTS), BAD_CONFIG, "Unknown topic config name."),
        ):
            if is_wrong:
                raise errors.by_code(code, f"a topic {spec.name}", detail)
        if not validate_only:
            self.add_topic(spec.name, partitions, factor, placement=spec.placement, configs=spec.configs)

    def delete_topic(self, name: str, *, timeout_s: float = 10) -> None:
        self._any("delete_topic")
        if name not in self.topics:
            raise errors.by_code(UNKNOWN_TOPIC, f"topic {name}")
        for kept in (self.topics, self.topic_ids, self.topic_configs):
            kept.pop(name)
        for group in self.group_states.values():  # a topic takes its committed offsets with it
            group.committed = {part: offset for part, offset in group.committed.items() if part.topic != name}

    def produce(
        self,
        topic: str,
        messages: Iterable[Message],
        told: Callable[[Delivery], None],
        *,
        codec: str = "none",
        rate_per_s: float = 0,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._any("produce")
        if topic not in self.topics:
            raise errors.by_code(UNKNOWN_TOPIC, f"topic {topic}")
        for index, message in enumerate(messages):
            if is_over():
                return
            number = index % len(self.topics[topic]) if message.partition is None else message.partition
            log = self.topics[topic][number]
            size = len(message.key or b"") + len(message.value or b"")
            if size > int(self.topic_configs[topic].get("max.message.bytes", TOPIC_DEFAULTS["max.message.bytes"])):
                told(Delivery(index, "error", problem=errors.by_code(TOO_LARGE, "the topic")))
                continue
            self.append(topic, number, timestamp_ms=message.timestamp_ms or 0, size_bytes=size)
            told(Delivery(index, "ok", number, log.end - 1, 0.1))

    def close(self) -> None:
        self.is_closed = True

    # What happens to it

    def add_broker(self, number: int, rack: str | None = None) -> None:
        """Register one broker more."""
        self.brokers[number] = Broker(number, f"broker-{number}", 9092, rack, False)

    def break_broker(self, number: int, kind: Kind = Kind.UNREACHABLE) -> None:
        """Make a broker fail every question; the next live replica leads its partitions, if there is one."""
        self.broken[number] = Problem(kind, f"There is no connection to broker {number}.")
        self._elect()

    def mend_broker(self, number: int) -> None:
        """Let a broker answer again."""
        self.broken.pop(number)
        self._elect()

    def add_topic(
        self,
        name: str,
        partitions: int = 1,
        replication_factor: int = 1,
        *,
        placement: Sequence[Sequence[int]] = (),
        configs: Mapping[str, str] | None = None,
    ) -> None:
        """Make a topic; leaders go round the brokers."""
        numbers = sorted(self.brokers)
        placed = placement or [[numbers[(part + copy) % len(numbers)] for copy in range(replication_factor)] for part in range(partitions)]
        self.topics[name] = [Log(tuple(replicas), replicas[0]) for replicas in placed]
        self.topic_ids[name] = f"fake-topic-id-{next(self._ids)}"
        self.topic_configs[name] = dict(configs or {})
        self._elect()

    def append(self, topic: str, partition: int, records: int = 1, *, timestamp_ms: int = 0, size_bytes: int = 100) -> None:
        """Write records of one timestamp and size."""
        log = self.topics[topic][partition]
        log.records += [(log.end + place, timestamp_ms, size_bytes) for place in range(records)]
        log.end += records

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Move the log start."""
        log = self.topics[topic][partition]
        log.start = before
        log.records = [record for record in log.records if record[0] >= before]

    def open_transaction(self, topic: str, partition: int, at: int | None) -> None:
        """Hold the last stable offset at `at`; None lets it go."""
        self.topics[topic][partition].stable = at

    def add_group(
        self,
        name: str,
        *,
        type: str = "classic",
        state: str = "Empty",
        protocol_type: str = "consumer",
        coordinator: int = 1,
        members: Sequence[Member] = (),
    ) -> None:
        """Make a group, or replace its state and members; what it committed stays."""
        before = self.group_states.get(name)
        listing = GroupListing(name, type, state, protocol_type, coordinator)
        self.group_states[name] = Group(listing, tuple(members), before.committed if before else {})

    def commit(self, group: str, topic: str, partition: int, offset: int, *, lag: int | None = None) -> None:
        """Commit as a group; one that is not there yet is made, as Kafka does. lag: as the coordinator of a share group counts."""
        if group not in self.group_states:
            self.add_group(group, protocol_type="")
        self.group_states[group].committed[TopicPartition(topic, partition)] = Committed(offset, "", lag)

    # How

    def _any(self, call: str) -> int:
        self.calls.append(call)
        live = [number for number in sorted(self.brokers) if number not in self.broken]
        if self.is_closed or not live:
            raise Problem(Kind.UNREACHABLE, "The connection to the cluster is closed." if self.is_closed else "No broker answers.")
        return live[0]

    def _reach(self, broker: int) -> None:
        if broker in self.broken:
            raise self.broken[broker]
        if self.is_closed or broker not in self.brokers:
            raise Problem(Kind.UNREACHABLE, f"There is no connection to broker {broker}.")

    def _each(self, brokers: Sequence[int], call: str, ask: Callable[[int], None], failures: list[Failure]) -> None:
        for broker in brokers:
            try:
                self._reach(broker)
            except Problem as problem:
                failures.append(Failure(call, broker, problem.kind, problem.what))
            else:
                ask(broker)

    def _coordinated(self, broker: int) -> list[Group]:
        return [group for group in self.group_states.values() if group.listing.coordinator == broker]

    def _log(self, part: TopicPartition) -> Log | None:
        logs = self.topics.get(part.topic, [])
        return logs[part.partition] if part.partition < len(logs) else None

    def _elect(self) -> None:
        for log in itertools.chain.from_iterable(self.topics.values()):
            live = [broker for broker in log.replicas if broker not in self.broken]
            if log.leader not in live:
                log.leader = live[0] if live else None
                log.epoch += 1

    def _describe(self, name: str, logs: Sequence[Log]) -> TopicDescription:
        partitions = []
        for number, log in enumerate(logs):
            live = tuple(broker for broker in log.replicas if broker not in self.broken)
            # The last replica in sync stays so when it dies: that is why nobody else may lead.
            in_sync = live or log.replicas[:1]
            offline = tuple(broker for broker in log.replicas if broker in self.broken)
            partitions.append(PartitionDescription(number, log.leader, log.epoch, log.replicas, in_sync, offline))
        return TopicDescription(name, self.topic_ids[name], name.startswith("__"), tuple(partitions))


def _at(log: Log, at: str | int) -> Offset:
    if at == "start":
        return Offset(log.start, -1)
    if at == "end":
        return Offset(log.end, -1)
    if at == "stable":
        return Offset(log.end if log.stable is None else log.stable, -1)
    if at == "max_timestamp":
        newest = max(log.records, key=lambda record: (record[1], -record[0]), default=(-1, -1, 0))
        return Offset(newest[0], newest[1])
    first = next((record for record in log.records if record[1] >= int(at)), (-1, -1, 0))
    return Offset(first[0], first[1])


def _entries(defaults: Mapping[str, str], own: Mapping[str, str], source: str, keys: Sequence[str] | None) -> list[ConfigEntry]:
    wanted = sorted(defaults) if keys is None else [key for key in keys if key in defaults]
    return [
        ConfigEntry(key, own.get(key, defaults[key]), source if key in own else "default", type="string", default=defaults[key])
        for key in wanted
    ]


def _is_name(name: str) -> bool:
    return 0 < len(name) < 250 and name not in (".", "..") and all(char.isascii() and (char.isalnum() or char in "._-") for char in name)
