"""Lag of each partition of a group over time: what is sampled of it, and what is drawn of the samples. Pure.

A sample holds a group's lags by topic, in the order of partitions, None where not known: one value among the samples of
history, so that a group costs one series however many partitions it has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from controlcenter.observe.snapshot import Row, Snapshot

KEPT = 2000  # partitions of one sample in a cluster: 2,000 × 2 a minute × 6 h are about 8 MB in the database, 6 MB once packed
EVERY_MS = 30_000  # between two samples: they are larger than those of all other series together
COLUMNS, ROWS = 120, 60  # of a map: more are thinner than can be seen
Lags = dict[str, list[int | None]]  # topic → lag of partition 0, 1, …


@dataclass(frozen=True, slots=True)
class LagMap:
    """rows: topic and partition; cells[row][column]: the greatest lag within the column's time, None where nothing is known."""

    times_ms: tuple[int, ...]
    rows: tuple[tuple[str, int], ...]
    cells: tuple[tuple[int | None, ...], ...]
    left_out: int = 0


def sample(snapshot: Snapshot) -> dict[str, Lags]:
    """Return group → lags of its partitions now: the groups furthest behind first, until KEPT partitions are spent."""
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in snapshot.table("group_partitions").values():
        parts[row["group"]].append(row)
    groups = sorted(snapshot.table("groups").values(), key=lambda row: (-(row["lag"] or 0), row["group"]))
    found, left = {}, KEPT
    for group in groups:
        held = parts.get(group["group"], [])
        if held and len(held) <= left:
            found[group["group"]] = _by_topic(held)
            left -= len(held)
    return found


def _by_topic(held: Iterable[Row]) -> Lags:
    lags: Lags = {}
    for row in held:
        own = lags.setdefault(row["topic"], [])
        own.extend([None] * (row["partition"] + 1 - len(own)))
        own[row["partition"]] = row["lag"]
    return lags


def draw(points: Sequence[tuple[int, Lags]], since_ms: int, until_ms: int, sees: Callable[[Iterable[str]], Iterable[str]]) -> LagMap:
    """Return the map of the samples of one group between two instants.

    points  (at_ms, sample), oldest first
    sees    topics → those that may be seen
    Of more than ROWS partitions, those that were furthest behind are drawn, and the others counted.
    """
    step = max(EVERY_MS, -(-(until_ms - since_ms) // COLUMNS))
    columns = -(-(until_ms - since_ms) // step)
    allowed = set(sees({topic for _, lags in points for topic in lags}))
    grid: dict[tuple[str, int], list[int | None]] = {}
    for at_ms, lags in points:
        column = (at_ms - since_ms) // step
        if 0 <= column < columns:
            _put(grid, column, columns, {topic: own for topic, own in lags.items() if topic in allowed})
    worst = sorted(grid, key=lambda row: (-max((lag for lag in grid[row] if lag is not None), default=0), row))[:ROWS]
    rows = tuple(sorted(worst))
    times = tuple(since_ms + column * step for column in range(columns))
    return LagMap(times, rows, tuple(tuple(grid[row]) for row in rows), len(grid) - len(rows))


def _put(grid: dict[tuple[str, int], list[int | None]], column: int, columns: int, lags: Lags) -> None:
    for topic, own in lags.items():
        for partition, lag in enumerate(own):
            if lag is not None:
                cells = grid.setdefault((topic, partition), [None] * columns)
                cells[column] = max(lag, cells[column] or 0)
