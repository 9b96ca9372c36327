"""Log directories: how big replicas are, how full the disks beneath them."""

from collections.abc import Sequence
from typing import Any

from kafka.protocol.admin import DescribeLogDirsRequest

from controlcenter.errors import Problem
from controlcenter.kafka import errors
from controlcenter.kafka.model import Failure, LogDir, Partial, Replica
from controlcenter.kafka.wire import Wire

TIMEOUT_S = 10.0  # the broker sums up its segments


def read(wire: Wire, brokers: Sequence[int]) -> Partial[dict[int, tuple[LogDir, ...]]]:
    """Return each broker's log directories. A missing right is a failure here, not an empty list (clients drop its code)."""
    found: dict[int, tuple[LogDir, ...]] = {}
    failures: list[Failure] = []
    for broker, answer in wire.ask_each({broker: DescribeLogDirsRequest(topics=None) for broker in brokers}, TIMEOUT_S).items():
        if isinstance(answer, Problem):
            failures.append(Failure("log_dirs", broker, answer.kind, answer.what))
        elif answer.error_code:
            failures.append(errors.failure("log_dirs", broker, answer.error_code))
        else:
            found[broker] = tuple(_log_dir(each) for each in answer.results)
    return Partial(found, tuple(failures))


def _log_dir(told: Any) -> LogDir:
    replicas = tuple(
        Replica(topic.name, part.partition_index, part.partition_size, part.offset_lag, bool(part.is_future_key))
        for topic in told.topics
        for part in topic.partitions
    )
    error = errors.name(told.error_code) if told.error_code else ""
    return LogDir(told.log_dir, error, _bytes(told.total_bytes), _bytes(told.usable_bytes), replicas)


def _bytes(value: int | None) -> int | None:
    return value if value is not None and value >= 0 else None
