"""One cluster's handle: every read and every change goes through it. Blocking, bounded by deadlines, safe to share by threads.

Law: what one broker fails to answer is missing, and named; the other brokers' parts arrive. A Problem is raised only when
nothing at all can be had. The work is done by one module per concern; `fake.FakeCluster` has the same methods in memory.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from kafka.protocol.metadata import MetadataRequest

from controlcenter.kafka import client, configs, groups, logdirs, members, metadata, offsets, producing, quorum, topics
from controlcenter.kafka.model import (
    ClusterDescription,
    Committed,
    ConfigEntry,
    Connection,
    Delivery,
    GroupDescription,
    GroupListing,
    LogDir,
    Message,
    Metadata,
    NewTopic,
    Offset,
    Partial,
    Quorum,
    TopicPartition,
)
from controlcenter.kafka.wire import Wire

CHANGE_S = 10.0
PING_S = 3.0


def connect(connection: Connection, *, client_id: str = "controlcenter") -> "Cluster":
    """Return the handle of a cluster within 6 s; raises Problem that names the cause: refused, sign-in, TLS, no such host."""
    client.probe(connection)
    return Cluster(Wire(connection, client_id))


class Cluster:
    """The handle; made by `connect`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def metadata(self) -> Partial[Metadata]:
        """Return all topics and live brokers; raises Problem."""
        return metadata.read(self._wire)

    def describe(self) -> Partial[ClusterDescription]:
        """Return the registered brokers, fenced ones too; raises Problem."""
        return metadata.describe(self._wire)

    def ping(self, broker: int) -> float:
        """Return the round trip to a broker in ms; raises Problem(UNREACHABLE or TIMEOUT)."""
        start = time.perf_counter()
        self._wire.ask(metadata.request(MetadataRequest.NO_TOPICS), broker, PING_S)
        return round((time.perf_counter() - start) * 1000, 1)

    def quorum(self) -> Partial[Quorum | None]:
        """Return the metadata quorum, None with ZooKeeper; raises Problem."""
        return quorum.read(self._wire)

    def versions(self) -> dict[str, str | None]:
        """Return kafka_version and metadata_version; None where not told. Raises Problem."""
        return metadata.versions(self._wire)

    def offsets(self, leaders: Mapping[int, Sequence[TopicPartition]], at: str | int) -> Partial[dict[TopicPartition, Offset]]:
        """Return where partitions start or end, or stood at an instant: see `offsets.read`."""
        return offsets.read(self._wire, leaders, at)

    def groups(self, brokers: Sequence[int]) -> Partial[tuple[GroupListing, ...]]:
        """Return the groups these brokers coordinate, of all types."""
        return groups.listed(self._wire, brokers)

    def describe_groups(self, listings: Sequence[GroupListing]) -> Partial[tuple[GroupDescription, ...]]:
        """Return members and assignments of groups, each by the message of its type."""
        return members.describe(self._wire, listings)

    def committed(self, listings: Sequence[GroupListing]) -> Partial[dict[str, dict[TopicPartition, Committed]]]:
        """Return what groups have committed: see `groups.committed`."""
        return groups.committed(self._wire, listings)

    def log_dirs(self, brokers: Sequence[int]) -> Partial[dict[int, tuple[LogDir, ...]]]:
        """Return brokers' log directories."""
        return logdirs.read(self._wire, brokers)

    def configs(self, kind: str, names: Sequence[str], keys: Sequence[str] | None) -> Partial[dict[str, tuple[ConfigEntry, ...]]]:
        """Return configs of topics or brokers by name: see `configs.read`."""
        return configs.read(self._wire, kind, names, keys)

    def create_topic(self, spec: NewTopic, *, validate_only: bool = False, timeout_s: float = CHANGE_S) -> None:
        """Create a topic, or only check it; raises Problem, TIMEOUT meaning that the outcome is unknown."""
        topics.create(self._wire, spec, validate_only=validate_only, timeout_s=timeout_s)

    def delete_topic(self, name: str, *, timeout_s: float = CHANGE_S) -> None:
        """Delete a topic; raises Problem, TIMEOUT meaning that the outcome is unknown."""
        topics.delete(self._wire, name, timeout_s=timeout_s)

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
        """Write records: see `producing.produce`. Raises Problem(ABSENT) for a missing topic: a producer would create it."""
        metadata.require(self._wire, topic)
        producing.produce(self._wire.connection, topic, messages, told, codec=codec, rate_per_s=rate_per_s, is_over=is_over)

    def close(self) -> None:
        """Close every connection; what is asked afterwards fails."""
        self._wire.close()
