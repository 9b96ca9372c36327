"""Brokers, topics, partitions and their leaders; which brokers are registered, and what release they run."""

import base64
from typing import Any
from uuid import UUID

from kafka.protocol.admin import DescribeClusterRequest
from kafka.protocol.metadata import ApiVersionsRequest, MetadataRequest

from controlcenter.kafka import errors
from controlcenter.kafka.model import Broker, ClusterDescription, Metadata, Partial, PartitionDescription, TopicDescription
from controlcenter.kafka.wire import Wire

LEADER_NOT_AVAILABLE = 5  # the topic is described all the same
METADATA_S = 10.0  # 50,000 partitions are 1.6 MB

# metadata.version → the release that brought its last level (kafka-features.sh version-mapping).
RELEASES = (
    (1, "3.0"), (2, "3.1"), (3, "3.2"), (7, "3.3"), (8, "3.4"), (11, "3.5"), (14, "3.6"), (19, "3.7"), (20, "3.8"), (21, "3.9"),
    (25, "4.0"), (27, "4.1"), (29, "4.2"), (30, "4.3"), (33, "4.4"),
)  # fmt: skip


def request(topics: list[Any] | None) -> MetadataRequest:
    """Return a question about topics, None for all: one that creates none of them."""
    return MetadataRequest(topics=topics, allow_auto_topic_creation=False)


def read(wire: Wire) -> Partial[Metadata]:
    """Return all topics with leaders, replicas and epochs. A topic we may not describe is missing, without an error."""
    answer = wire.ask(request(MetadataRequest.ALL_TOPICS), timeout_s=METADATA_S)
    topics = []
    failures = []
    for topic in answer.topics:
        if topic.error_code in (0, LEADER_NOT_AVAILABLE):
            topics.append(_topic(topic))
        else:
            failures.append(errors.failure("metadata", None, topic.error_code, f"topic {topic.name}"))
    return Partial(Metadata(answer.cluster_id, _brokers(answer), tuple(topics)), tuple(failures))


def describe(wire: Wire) -> Partial[ClusterDescription]:
    """Return the registered brokers: fenced ones too since Kafka 4.0; before, is_fenced is None and only live ones are told."""
    if wire.highest(DescribeClusterRequest) < 2:
        answer = wire.ask(request(MetadataRequest.NO_TOPICS))
        return Partial(ClusterDescription(answer.cluster_id, _brokers(answer)))
    answer = wire.ask(DescribeClusterRequest(include_fenced_brokers=True))
    if answer.error_code:
        raise errors.by_code(answer.error_code, "the cluster", answer.error_message)
    brokers = [Broker(node.broker_id, node.host, node.port, node.rack, bool(node.is_fenced)) for node in answer.brokers]
    return Partial(ClusterDescription(answer.cluster_id, tuple(brokers)))


def leaders(wire: Wire, names: set[str]) -> dict[tuple[str, int], int]:
    """Return (topic, partition) → leader as it is now, for the named topics."""
    answer = wire.ask(request([MetadataRequest.MetadataRequestTopic(name=name, topic_id=UUID(int=0)) for name in sorted(names)]))
    return {
        (topic.name, part.partition_index): part.leader_id for topic in answer.topics for part in topic.partitions if part.leader_id >= 0
    }


def require(wire: Wire, name: str) -> None:
    """Return when the topic is there; raises Problem(ABSENT) when it is not, and any other Problem the broker has with it."""
    answer = wire.ask(request([MetadataRequest.MetadataRequestTopic(name=name, topic_id=UUID(int=0))]))
    for topic in answer.topics:
        if topic.error_code not in (0, LEADER_NOT_AVAILABLE):
            raise errors.by_code(topic.error_code, f"topic {name}")


def versions(wire: Wire) -> dict[str, str | None]:
    """Return kafka_version and metadata_version, as "4.4" and "4.4 (33)".

    A broker does not tell its release. Under KRaft the highest metadata.version it supports names it; with ZooKeeper it is
    the newest release whose messages it speaks. metadata_version is the finalized one; None with ZooKeeper.
    """
    answer = wire.ask(ApiVersionsRequest(client_software_name="controlcenter", client_software_version="1"))
    supported = {feature.name: feature.max_version for feature in answer.supported_features or ()}
    finalized = {feature.name: feature.max_version_level for feature in answer.finalized_features or ()}
    if "metadata.version" not in supported:
        return {"kafka_version": wire.release(), "metadata_version": None}
    level = finalized.get("metadata.version")
    return {
        "kafka_version": release(supported["metadata.version"]),
        "metadata_version": None if level is None else f"{release(level)} ({level})",
    }


def release(level: int) -> str:
    """Return the release a metadata.version belongs to; one newer than the table is at least the last release in it."""
    return next((name for last, name in RELEASES if level <= last), f"{RELEASES[-1][1]} or newer")


def _brokers(answer: Any) -> tuple[Broker, ...]:
    return tuple(Broker(node.node_id, node.host, node.port, node.rack) for node in answer.brokers)


def _topic(topic: Any) -> TopicDescription:
    partitions = tuple(
        PartitionDescription(
            part.partition_index,
            part.leader_id if part.leader_id >= 0 else None,
            part.leader_epoch if part.leader_epoch >= 0 else None,
            tuple(part.replica_nodes),
            tuple(part.isr_nodes),
            tuple(part.offline_replicas),
        )
        for part in sorted(topic.partitions, key=lambda part: part.partition_index)
    )
    return TopicDescription(topic.name, id_text(topic.topic_id), bool(topic.is_internal), partitions)


def id_text(topic_id: UUID | None) -> str | None:
    """Return a topic id as Kafka's tools write it; None for the zero id of brokers that have none."""
    return base64.urlsafe_b64encode(topic_id.bytes).rstrip(b"=").decode() if topic_id else None
