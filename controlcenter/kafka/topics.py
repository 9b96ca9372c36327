"""Creating and deleting topics. Success means that the controller accepted it; it shows everywhere a moment later."""

from typing import Any

from kafka.protocol.admin import CreateTopicsRequest, DeleteTopicsRequest
from kafka.protocol.metadata import MetadataRequest

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors, metadata
from controlcenter.kafka.model import NewTopic
from controlcenter.kafka.wire import Wire

CLUSTER_DEFAULT = -1
BY_NAME = 5  # later versions of DeleteTopics ask for ids
GRACE_S = 1.0  # the broker's own deadline ends before ours: then it says so


def create(wire: Wire, spec: NewTopic, *, validate_only: bool, timeout_s: float) -> None:
    """Create a topic, or only ask whether it could be; raises Problem with the form field the broker complains about."""
    topic_of = CreateTopicsRequest.CreatableTopic
    placed = spec.placement
    topic = topic_of(
        name=spec.name,
        num_partitions=CLUSTER_DEFAULT if placed or spec.partitions is None else spec.partitions,
        replication_factor=CLUSTER_DEFAULT if placed or spec.replication_factor is None else spec.replication_factor,
        assignments=[
            topic_of.CreatableReplicaAssignment(partition_index=number, broker_ids=list(brokers)) for number, brokers in enumerate(placed)
        ],
        configs=[topic_of.CreatableTopicConfig(name=key, value=value) for key, value in spec.configs.items()],
    )
    request = CreateTopicsRequest(topics=[topic], timeout_ms=int(timeout_s * 1000), validate_only=validate_only)
    answer = _send(wire, request, timeout_s, f"creating topic {spec.name}")
    result = answer.topics[0]
    if result.error_code:
        raise errors.by_code(result.error_code, f"a topic {spec.name}", result.error_message)


def delete(wire: Wire, name: str, *, timeout_s: float) -> None:
    """Delete a topic, its records and what groups have committed on it; raises Problem."""
    request = DeleteTopicsRequest(topic_names=[name], timeout_ms=int(timeout_s * 1000), max_version=BY_NAME)
    answer = _send(wire, request, timeout_s, f"deleting topic {name}")
    result = answer.responses[0]
    if result.error_code:
        raise errors.by_code(result.error_code, f"topic {name}", result.error_message)


def _send(wire: Wire, request: Any, timeout_s: float, change: str) -> Any:
    """Send a change once, to the controller (under KRaft: to a broker that hands it on). Never twice: it may have happened."""
    controller = wire.ask(metadata.request(MetadataRequest.NO_TOPICS)).controller_id
    try:
        return wire.ask(request, controller, timeout_s + GRACE_S)
    except Problem as problem:
        if problem.kind is not Kind.TIMEOUT:
            raise
        what = f"There was no answer about {change} within {timeout_s + GRACE_S:g} s; the outcome is unknown."
        raise Problem(Kind.TIMEOUT, what, "Look whether it happened before you try again.") from problem
