"""How far a group is behind, in offsets. Pure.

Lag counts offsets: compaction and transaction markers make it an upper bound of the records still to read. Read commits
before ends: ends only grow, so a healthy partition never looks as if it were ahead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controlcenter.kafka.model import TopicPartition

NOT_COMMITTED = "not_committed"  # counted from the start; the consumer's auto.offset.reset decides what it really reads
DATA_LOSS = "data_loss"  # records were deleted before the group had read them
AHEAD_OF_LOG = "ahead_of_log"  # the log was truncated, or the topic made anew


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition of a group. None is unknown, never zero.

    lag            offsets to the end
    readable_lag   offsets a consumer with read_committed may read now: less while a transaction is open
    lost           offsets deleted unread
    flags          of NOT_COMMITTED, DATA_LOSS, AHEAD_OF_LOG
    """

    lag: int | None
    readable_lag: int | None
    lost: int = 0
    flags: tuple[str, ...] = ()


def compute(
    partitions: Iterable[TopicPartition],
    committed: Mapping[TopicPartition, int],
    start: Mapping[TopicPartition, int],
    end: Mapping[TopicPartition, int],
    stable: Mapping[TopicPartition, int],
) -> dict[TopicPartition, Lag]:
    """Return partition → how far behind the group is there.

    partitions           those of the group: committed or assigned
    committed            partition → next offset to read; absent means never committed
    start, end, stable   partition → log start, one past the last record, last stable offset; absent means unknown
    """
    return {part: of_partition(committed.get(part), start.get(part), end.get(part), stable.get(part)) for part in partitions}


def of_partition(committed: int | None, start: int | None, end: int | None, stable: int | None) -> Lag:
    """Return how far behind one partition is. committed None: never committed; the others None: unknown.

    A commit below `start` counts from `start`: those records are already deleted.
    """
    lost = start - committed if committed is not None and start is not None and committed < start else 0
    flags = [NOT_COMMITTED] if committed is None else []
    if lost:
        flags.append(DATA_LOSS)
    if committed is not None and end is not None and committed > end:
        flags.append(AHEAD_OF_LOG)
    position = max((offset for offset in (committed, start) if offset is not None), default=None)
    return Lag(_behind(position, end), _behind(position, stable), lost, tuple(flags))


def _behind(position: int | None, mark: int | None) -> int | None:
    return None if position is None or mark is None else max(0, mark - position)


def total(lags: Iterable[Lag]) -> tuple[int, int]:
    """Return the sum of what is known, and how many partitions are not: "at least 120, 2 unknown"."""
    known = [lag.lag for lag in lags]
    return sum(lag for lag in known if lag is not None), sum(lag is None for lag in known)
