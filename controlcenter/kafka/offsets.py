"""Where partitions begin and end: one request a leader, all leaders at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafka.protocol.consumer import ListOffsetsRequest

from controlcenter.errors import Problem
from controlcenter.kafka import errors, metadata
from controlcenter.kafka.model import Failure, Offset, Partial, TopicPartition
from controlcenter.kafka.wire import Wire

READ_UNCOMMITTED, READ_COMMITTED = 0, 1
LATEST, EARLIEST, MAX_TIMESTAMP = -1, -2, -3
MARKS = {
    "end": (LATEST, READ_UNCOMMITTED),
    "stable": (LATEST, READ_COMMITTED),  # the last stable offset: below the end while a transaction is open
    "start": (EARLIEST, READ_UNCOMMITTED),
    "max_timestamp": (MAX_TIMESTAMP, READ_UNCOMMITTED),
}
MOVED = frozenset({5, 6, 74, 75, 76})  # the leader is another by now, or its epoch is
HIGHEST = 7  # enough for all marks, spoken by every broker since 3.0

Parts = Mapping[int, Sequence[TopicPartition]]
Refused = dict[int, dict[TopicPartition, int]]


def read(wire: Wire, leaders: Parts, at: str | int) -> Partial[dict[TopicPartition, Offset]]:
    """Return an offset for each partition that could tell; the others are missing, never zero.

    leaders  broker → the partitions it leads
    at       "start", "end", "stable", "max_timestamp" (the newest record's), or epoch ms: the first record at or after it,
             -1 when there is none
    A broker that fails, or that refuses partitions, is one failure each. Partitions whose leader just moved are asked once
    more, at the new leader.
    """
    timestamp, isolation = MARKS[at] if isinstance(at, str) else (at, READ_UNCOMMITTED)
    found, refused, failures = _ask(wire, leaders, timestamp, isolation)
    moved = {part for codes in refused.values() for part, code in codes.items() if code in MOVED}
    if moved:
        again, refused_again, failures_again = _ask(wire, _new_leaders(wire, moved), timestamp, isolation)
        found |= again
        failures += failures_again
        refused = {broker: {part: code for part, code in codes.items() if part not in moved} for broker, codes in refused.items()}
        for broker, codes in refused_again.items():
            refused.setdefault(broker, {}).update(codes)
    return Partial(found, (*failures, *_refusals(refused)))


def _ask(wire: Wire, leaders: Parts, timestamp: int, isolation: int) -> tuple[dict[TopicPartition, Offset], Refused, list[Failure]]:
    found: dict[TopicPartition, Offset] = {}
    refused: Refused = defaultdict(dict)
    failures: list[Failure] = []
    requests = {broker: _request(parts, timestamp, isolation) for broker, parts in leaders.items() if parts}
    for broker, answer in wire.ask_each(requests).items():
        if isinstance(answer, Problem):
            failures.append(Failure("offsets", broker, answer.kind, answer.what))
            continue
        for topic in answer.topics:
            for part in topic.partitions:
                where = TopicPartition(topic.name, part.partition_index)
                if part.error_code:
                    refused[broker][where] = part.error_code
                elif part.offset >= 0 or timestamp not in (LATEST, EARLIEST):
                    found[where] = Offset(part.offset, part.timestamp)
                else:  # no error and no offset: unknown all the same
                    refused[broker][where] = -1
    return found, refused, failures


def _new_leaders(wire: Wire, moved: set[TopicPartition]) -> Parts:
    now = metadata.leaders(wire, {part.topic for part in moved})
    leaders: dict[int, list[TopicPartition]] = defaultdict(list)
    for part in moved:
        if part in now:
            leaders[now[part]].append(part)
    return leaders


def _refusals(refused: Refused) -> Iterable[Failure]:
    """Yield one failure per broker and code: a broker with 1,000 refusals is one piece of news."""
    for broker, codes in refused.items():
        by_code: dict[int, list[TopicPartition]] = defaultdict(list)
        for part, code in codes.items():
            by_code[code].append(part)
        for code, parts in by_code.items():
            first = f"partition {parts[0].partition} of {parts[0].topic}"
            more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
            yield errors.failure("offsets", broker, code, first + more)


def _request(parts: Sequence[TopicPartition], timestamp: int, isolation: int) -> Any:
    topic_of = ListOffsetsRequest.ListOffsetsTopic
    part_of = topic_of.ListOffsetsPartition
    by_topic: dict[str, set[int]] = defaultdict(set)  # a partition may stand once in a request
    for topic, part in parts:
        by_topic[topic].add(part)
    topics = [
        topic_of(name=name, partitions=[part_of(partition_index=part, current_leader_epoch=-1, timestamp=timestamp) for part in numbers])
        for name, numbers in by_topic.items()
    ]
    return ListOffsetsRequest(replica_id=-1, isolation_level=isolation, topics=topics, max_version=HIGHEST)
