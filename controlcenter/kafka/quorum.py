"""The metadata quorum: its leader is the controller. Metadata and DescribeCluster name any live broker instead."""

from typing import Any

from kafka.protocol.admin import DescribeQuorumRequest

from controlcenter.kafka import errors
from controlcenter.kafka.model import Partial, Quorum, QuorumMember
from controlcenter.kafka.wire import Wire

METADATA_LOG = "__cluster_metadata"


def read(wire: Wire) -> Partial[Quorum | None]:
    """Return the quorum, None on a cluster that keeps its metadata in ZooKeeper; raises Problem(DENIED) without Describe Cluster."""
    if wire.highest(DescribeQuorumRequest) < 0:
        return Partial(None)
    topic = DescribeQuorumRequest.TopicData
    asked = topic(topic_name=METADATA_LOG, partitions=[topic.PartitionData(partition_index=0)])
    answer = wire.ask(DescribeQuorumRequest(topics=[asked]))
    if answer.error_code:
        raise errors.by_code(answer.error_code, "the quorum", answer.error_message)
    state = answer.topics[0].partitions[0]
    if state.error_code:
        raise errors.by_code(state.error_code, "the quorum", state.error_message)
    members = [_member(each, True) for each in state.current_voters] + [_member(each, False) for each in state.observers]
    return Partial(Quorum(state.leader_id, state.leader_epoch, state.high_watermark, tuple(members)))


def _member(state: Any, is_voter: bool) -> QuorumMember:
    return QuorumMember(
        state.replica_id, is_voter, state.log_end_offset, _instant(state.last_fetch_timestamp), _instant(state.last_caught_up_timestamp)
    )


def _instant(at_ms: int | None) -> int | None:
    return at_ms if at_ms is not None and at_ms >= 0 else None
