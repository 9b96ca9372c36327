"""What Kafka tells us, as values: the words are Kafka's own, the units stand in the names.

None always means "not known"; it never stands for zero, and zero never stands for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one cluster: only typed, allowed properties; certificates as PEM text, never as a path."""

    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: Secret = field(default_factory=Secret)
    ssl_ca_pem: str = ""
    ssl_certificate_pem: str = ""
    ssl_key_pem: Secret = field(default_factory=Secret)


class TopicPartition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Failure:
    """One part of a read that could not be had. broker: its id, or None when the whole call failed."""

    call: str
    broker: int | None
    kind: Kind
    what: str


@dataclass(frozen=True, slots=True)
class Partial(Generic[T]):
    """Half an answer, honestly: what is known, and which parts failed. Complete when nothing failed."""

    result: T
    failures: tuple[Failure, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class Broker:
    id: int
    host: str
    port: int
    rack: str | None = None
    is_fenced: bool | None = None


@dataclass(frozen=True, slots=True)
class ClusterDescription:
    cluster_id: str
    brokers: tuple[Broker, ...]


@dataclass(frozen=True, slots=True)
class QuorumMember:
    """A voter or an observer of the metadata quorum. Times are epoch milliseconds, None when the broker does not say."""

    node: int
    is_voter: bool
    end: int
    last_fetch_at_ms: int | None = None
    last_caught_up_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Quorum:
    """leader is the active controller: the only trustworthy source of that fact under KRaft."""

    leader: int
    leader_epoch: int
    high_watermark: int
    members: tuple[QuorumMember, ...]


@dataclass(frozen=True, slots=True)
class PartitionDescription:
    """leader None: no leader now."""

    partition: int
    leader: int | None
    leader_epoch: int | None
    replicas: tuple[int, ...]
    in_sync_replicas: tuple[int, ...]
    offline_replicas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicDescription:
    """id: the topic id (uuid text), None on brokers older than 2.8."""

    name: str
    id: str | None
    is_internal: bool
    partitions: tuple[PartitionDescription, ...]


@dataclass(frozen=True, slots=True)
class Metadata:
    cluster_id: str | None
    brokers: tuple[Broker, ...]
    topics: tuple[TopicDescription, ...]


class Offset(NamedTuple):
    """offset -1: none there (a question by time); timestamp_ms -1: the broker gave none."""

    offset: int
    timestamp_ms: int


class Committed(NamedTuple):
    """lag: the broker's own count of what is still to be taken; share groups only, whose consumers take records out of order."""

    offset: int
    metadata: str
    lag: int | None = None


@dataclass(frozen=True, slots=True)
class GroupListing:
    """One group by the broker's own words. type: classic, consumer, share, streams, or "" when the broker is too old to say."""

    group: str
    type: str
    state: str
    protocol_type: str
    coordinator: int


@dataclass(frozen=True, slots=True)
class Member:
    """assignment, target: partitions held now and meant to be held (KIP-848; empty for classic groups)."""

    member_id: str
    client_id: str
    host: str
    instance_id: str | None = None
    assignment: tuple[TopicPartition, ...] = ()
    target: tuple[TopicPartition, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupDescription:
    group: str
    type: str
    state: str
    protocol: str
    coordinator: int | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Replica:
    topic: str
    partition: int
    size_bytes: int
    offset_lag: int
    is_future: bool = False


@dataclass(frozen=True, slots=True)
class LogDir:
    """total_bytes, usable_bytes: of the disk beneath; None before Kafka 3.3. error: the broker's word, "" when fine."""

    path: str
    error: str
    total_bytes: int | None
    usable_bytes: int | None
    replicas: tuple[Replica, ...]


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """source: topic, dynamic broker, dynamic default broker, static, default, group, unknown. value None: sensitive, or not told."""

    name: str
    value: str | None
    source: str
    is_read_only: bool = False
    is_sensitive: bool = False
    type: str = ""
    documentation: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to create. placement: broker ids per partition, or () for the cluster's own choice. None: the broker's default."""

    name: str
    partitions: int | None = None
    replication_factor: int | None = None
    placement: tuple[tuple[int, ...], ...] = ()
    configs: Mapping[str, str] = field(default_factory=dict)


CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


@dataclass(frozen=True, slots=True)
class Message:
    """A record to write. None is null, b"" is empty: two things. partition None: by the key; timestamp_ms None: now."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the record number `index`: ok (then it has its place), error, or unknown."""

    index: int
    state: str
    partition: int | None = None
    offset: int | None = None
    latency_ms: float | None = None
    problem: Problem | None = None
