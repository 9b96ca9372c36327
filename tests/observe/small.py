"""The smallest cluster worth watching, in memory: three brokers, a topic, a group. Its `trouble` is raised by every call."""

from typing import Any

from controlcenter.kafka.model import (
    Broker,
    ClusterDescription,
    Committed,
    ConfigEntry,
    GroupDescription,
    GroupListing,
    LogDir,
    Metadata,
    Offset,
    Partial,
    PartitionDescription,
    Quorum,
    QuorumMember,
    Replica,
    TopicDescription,
    TopicPartition,
)

BROKERS = (1, 2, 3)


class SmallCluster:
    def __init__(self) -> None:
        self.topics = {"rides": 1}  # name → leader of its one partition
        self.ends = {("rides", 0): 100}
        self.committed_offset = 40
        self.trouble: Exception | None = None
        self.is_closed = False

    def _answer(self, result: Any) -> Partial[Any]:
        if self.trouble:
            raise self.trouble
        return Partial(result)

    def _brokers(self) -> tuple[Broker, ...]:
        return tuple(Broker(broker, f"host{broker}", 9092, "a", False) for broker in BROKERS)

    def metadata(self) -> Partial[Metadata]:
        topics = tuple(
            TopicDescription(name, f"id-{name}", False, (PartitionDescription(0, leader, 0, BROKERS, BROKERS),))
            for name, leader in self.topics.items()
        )
        return self._answer(Metadata("small", self._brokers(), topics))

    def describe(self) -> Partial[ClusterDescription]:
        return self._answer(ClusterDescription("small", self._brokers()))

    def ping(self, broker: int) -> float:
        return self._answer(1.0).result

    def quorum(self) -> Partial[Quorum]:
        return self._answer(Quorum(1, 1, 10, tuple(QuorumMember(broker, True, 10) for broker in BROKERS)))

    def versions(self) -> dict[str, str | None]:
        return self._answer({"kafka_version": "4.4", "metadata_version": "33"}).result

    def offsets(self, leaders: Any, at: Any) -> Partial[Any]:
        asked = [held for parts in leaders.values() for held in parts]
        values = {held: Offset(0 if at == "start" else self.ends.get(tuple(held), 0), -1) for held in asked}
        return self._answer(values)

    def groups(self, brokers: Any) -> Partial[Any]:
        return self._answer((GroupListing("settler", "classic", "Empty", "consumer", 1),))

    def describe_groups(self, listings: Any) -> Partial[Any]:
        return self._answer(tuple(GroupDescription(each.group, each.type, each.state, "", 1, ()) for each in listings))

    def committed(self, listings: Any) -> Partial[Any]:
        return self._answer({each.group: {TopicPartition("rides", 0): Committed(self.committed_offset, "")} for each in listings})

    def log_dirs(self, brokers: Any) -> Partial[Any]:
        return self._answer({broker: (LogDir("/data", "", 10_000, 9_000, (Replica("rides", 0, 1000, 0),)),) for broker in brokers})

    def configs(self, kind: str, names: Any, keys: Any) -> Partial[Any]:
        entry = ConfigEntry("retention.ms", "604800000", "default", documentation="How long." if keys is None else "")
        return self._answer(dict.fromkeys(names, (entry,)))

    def close(self) -> None:
        self.is_closed = True
