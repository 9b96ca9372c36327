"""Groups of all types, by the broker's own words, and what they have committed.

A group is listed by its coordinator, which is therefore known without asking. A failing coordinator costs its own groups.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafka.protocol.admin import ListGroupsRequest
from kafka.protocol.consumer import OffsetFetchRequest

from controlcenter.errors import Problem
from controlcenter.kafka import errors
from controlcenter.kafka.messages import DescribeShareGroupOffsetsRequest
from controlcenter.kafka.model import Committed, Failure, GroupListing, Partial, TopicPartition
from controlcenter.kafka.wire import Wire

FETCHED_AT_ONCE = 500  # KIP-709: many groups a request
MANY_GROUPS, NAMES_LAST = 8, 9  # versions of OffsetFetch: 8 takes many groups, 10 carries topic ids in place of names


def listed(wire: Wire, brokers: Sequence[int]) -> Partial[tuple[GroupListing, ...]]:
    """Return every group that these brokers coordinate. A group we may not describe is missing, without an error."""
    found: list[GroupListing] = []
    failures: list[Failure] = []
    for broker, answer in wire.ask_each({broker: ListGroupsRequest() for broker in brokers}).items():
        if isinstance(answer, Problem):
            failures.append(Failure("groups", broker, answer.kind, answer.what))
        elif answer.error_code:
            failures.append(errors.failure("groups", broker, answer.error_code))
        else:
            found += [_listing(group, broker) for group in answer.groups]
    return Partial(tuple(found), tuple(failures))


def _listing(group: Any, broker: int) -> GroupListing:
    return GroupListing(group.group_id, (group.group_type or "").lower(), group.group_state or "", group.protocol_type or "", broker)


def committed(wire: Wire, listings: Sequence[GroupListing]) -> Partial[dict[str, dict[TopicPartition, Committed]]]:
    """Return what each group has committed; a group that never did has an empty entry, one that could not be asked none.

    A share group commits nothing: its entry tells where it stands, and it has none where the cluster does not tell. A
    transactional commit on its way is not in it yet; offsets of topics we may not describe are missing, without an error.
    """
    found, failures = _shared(wire, [listing for listing in listings if listing.type == "share"])
    at_once = FETCHED_AT_ONCE if wire.highest(OffsetFetchRequest) >= MANY_GROUPS else 1
    for batch in rounds([listing for listing in listings if listing.type != "share"], at_once):
        requests = {broker: _request(names, at_once) for broker, names in batch.items()}
        for broker, answer in wire.ask_each(requests).items():
            if isinstance(answer, Problem):
                failures.append(Failure("commits", broker, answer.kind, answer.what))
                continue
            for name, told in [(group.group_id, group) for group in answer.groups] if at_once > 1 else [(batch[broker][0], answer)]:
                if told.error_code:
                    failures.append(errors.failure("commits", broker, told.error_code, f"group {name}"))
                else:
                    found[name] = _offsets(told.topics)
                    failures += _unread(told.topics, broker, name)
    return Partial(found, tuple(failures))


def _shared(wire: Wire, listings: Sequence[GroupListing]) -> tuple[dict[str, dict[TopicPartition, Committed]], list[Failure]]:
    """Return where share groups stand: the first record of each partition that is not done with."""
    found: dict[str, dict[TopicPartition, Committed]] = {}
    failures: list[Failure] = []
    if wire.highest(DescribeShareGroupOffsetsRequest) < 0:
        return found, failures
    group_of = DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup
    for batch in rounds(listings, FETCHED_AT_ONCE):
        requests = {
            broker: DescribeShareGroupOffsetsRequest(groups=[group_of(group_id=name, topics=None) for name in names])
            for broker, names in batch.items()
        }
        for broker, answer in wire.ask_each(requests).items():
            if isinstance(answer, Problem):
                failures.append(Failure("commits", broker, answer.kind, answer.what))
                continue
            for told in answer.groups:
                if told.error_code:
                    failures.append(errors.failure("commits", broker, told.error_code, f"group {told.group_id}"))
                else:
                    found[told.group_id] = _standing(told.topics)
                    failures += _unread(told.topics, broker, told.group_id)
    return found, failures


def _standing(topics: Iterable[Any]) -> dict[TopicPartition, Committed]:
    return {
        TopicPartition(topic.topic_name, part.partition_index): Committed(part.start_offset, "", None if part.lag < 0 else part.lag)
        for topic in topics
        for part in topic.partitions
        if not part.error_code and part.start_offset >= 0
    }


def _request(names: Sequence[str], at_once: int) -> Any:
    if at_once == 1:
        return OffsetFetchRequest(group_id=names[0], topics=None, min_version=2, max_version=MANY_GROUPS - 1)
    group_of = OffsetFetchRequest.OffsetFetchRequestGroup
    groups = [group_of(group_id=name, topics=None) for name in names]
    return OffsetFetchRequest(groups=groups, min_version=MANY_GROUPS, max_version=NAMES_LAST)


def _offsets(topics: Iterable[Any]) -> dict[TopicPartition, Committed]:
    return {
        TopicPartition(topic.name, part.partition_index): Committed(part.committed_offset, part.metadata or "")
        for topic in topics
        for part in topic.partitions
        if not part.error_code and part.committed_offset >= 0
    }


def _unread(topics: Iterable[Any], broker: int, group: str) -> Iterable[Failure]:
    codes = {part.error_code for topic in topics for part in topic.partitions if part.error_code}
    return [errors.failure("commits", broker, code, f"group {group}") for code in sorted(codes)]


def rounds(listings: Sequence[GroupListing], size: int) -> Iterable[Mapping[int, list[str]]]:
    """Yield coordinator → at most `size` groups, so that all coordinators are asked at once and none for too many."""
    by_coordinator: dict[int, list[str]] = defaultdict(list)
    for listing in listings:
        by_coordinator[listing.coordinator].append(listing.group)
    longest = max(map(len, by_coordinator.values()), default=0)
    for start in range(0, longest, size):
        yield {broker: names[start : start + size] for broker, names in by_coordinator.items() if names[start : start + size]}
