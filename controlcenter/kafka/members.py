"""Members of groups and the partitions they hold, each group described by the message of its type.

DescribeGroups shows a group of any other type as Dead, without an error: the listed type decides, never a trial.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from kafka.protocol.admin import DescribeGroupsRequest
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors, groups
from controlcenter.kafka.messages import ConsumerGroupDescribeRequest, ShareGroupDescribeRequest, StreamsGroupDescribeRequest
from controlcenter.kafka.model import Failure, GroupDescription, GroupListing, Member, Partial, TopicPartition
from controlcenter.kafka.wire import Wire

AT_ONCE = 200  # groups a request


def describe(wire: Wire, listings: Sequence[GroupListing]) -> Partial[tuple[GroupDescription, ...]]:
    """Return the groups with their members. One that could not be described is missing, and a failure says why."""
    found: list[GroupDescription] = []
    failures: list[Failure] = []
    for message, types in ((DescribeGroupsRequest, ("classic", "")), *((message, (type_,)) for type_, message in MODERN.items())):
        asked = {listing.group: listing for listing in listings if listing.type in types}
        for batch in groups.rounds(list(asked.values()), AT_ONCE):
            answers = wire.ask_each(
                {broker: message(include_authorized_operations=False, **_named(message, names)) for broker, names in batch.items()}
            )
            for broker, answer in answers.items():
                if isinstance(answer, Problem):
                    failures.append(Failure("described", broker, answer.kind, answer.what))
                    continue
                for group in answer.groups:
                    if group.error_code:
                        failures.append(errors.failure("described", broker, group.error_code, f"group {group.group_id}"))
                    else:
                        found.append(_group(group, asked[group.group_id].type, broker))
    return Partial(tuple(found), (*failures, *_untold(listings)))


MODERN = {"consumer": ConsumerGroupDescribeRequest, "share": ShareGroupDescribeRequest, "streams": StreamsGroupDescribeRequest}


def _named(message: Any, names: Sequence[str]) -> dict[str, Any]:
    return {"groups" if message is DescribeGroupsRequest else "group_ids": list(names)}


def _untold(listings: Sequence[GroupListing]) -> Iterable[Failure]:
    """Yield a failure for each group of a type whose members this version cannot read: unknown, not empty."""
    for listing in listings:
        if listing.type not in ("classic", "", *MODERN):
            what = f"The members of {listing.type} group {listing.group} cannot be read by this version."
            yield Failure("described", listing.coordinator, Kind.UNSUPPORTED, what)


def _group(group: Any, type_: str, broker: int) -> GroupDescription:
    if type_ == "streams":  # its assignor is told by later versions only
        return GroupDescription(group.group_id, type_, group.group_state, "", broker, _streams(group))
    if type_ in MODERN:
        members = tuple(_modern(member) for member in group.members)
        return GroupDescription(group.group_id, type_, group.group_state, group.assignor_name, broker, members)
    members = tuple(_classic(member, group.protocol_type) for member in group.members)
    return GroupDescription(group.group_id, type_, group.group_state, group.protocol_data or "", broker, members)


def _classic(member: Any, protocol_type: str) -> Member:
    # Only the protocol "consumer" writes partitions there; Connect and registries write what they like.
    held = assignment(member.member_assignment) if protocol_type == "consumer" else ()
    return Member(member.member_id, member.client_id, member.client_host, member.group_instance_id, held)


def assignment(data: bytes | None) -> tuple[TopicPartition, ...]:
    """Return the partitions in a classic member's assignment; () when there are none, or the bytes make no sense."""
    if not data:
        return ()
    try:
        told = ConsumerProtocolAssignment.decode(data)
    except (struct.error, ValueError, IndexError, NotImplementedError):
        return ()
    return tuple(TopicPartition(topic.topic, part) for topic in told.assigned_partitions for part in topic.partitions)


def _modern(member: Any) -> Member:
    return Member(
        member.member_id,
        member.client_id,
        member.client_host,
        getattr(member, "instance_id", None),  # share groups have no static members
        _held(member.assignment),
        _held(getattr(member, "target_assignment", None)),
    )


def _streams(group: Any) -> tuple[Member, ...]:
    """Return the members of a streams group, each with the partitions its active tasks read.

    A task reads the partition of its number of every source topic of its subtopology; a topic that has fewer partitions
    has none of that number, which the reader of the answer knows.
    """
    parts = (group.topology.subtopologies or ()) if group.topology else ()
    sources = {part.subtopology_id: (*part.source_topics, *(topic.name for topic in part.repartition_source_topics)) for part in parts}

    def read(assigned: Any) -> tuple[TopicPartition, ...]:
        tasks = assigned.active_tasks if assigned else ()
        return tuple(TopicPartition(topic, n) for task in tasks for n in task.partitions for topic in sources.get(task.subtopology_id, ()))

    return tuple(
        Member(each.member_id, each.client_id, each.client_host, each.instance_id, read(each.assignment), read(each.target_assignment))
        for each in group.members
    )


def _held(assigned: Any) -> tuple[TopicPartition, ...]:
    if assigned is None:
        return ()
    return tuple(TopicPartition(topic.topic_name, part) for topic in assigned.topic_partitions for part in topic.partitions)
