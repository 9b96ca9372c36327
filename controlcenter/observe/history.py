"""Samples for charts: every 10 s, for 6 hours. A gap is a gap: no sample is made up.

Ten minutes stand as one row a tick with all series in it, which is cheap to write; older ones as one row a series and
ten minutes, which is cheap to read: a series of six hours is at most 36 chunks and 120 ticks.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import transaction

from controlcenter.observe import lag_map
from controlcenter.observe.models import Chunk, Tick
from controlcenter.observe.snapshot import Snapshot, key

STEP_MS = 10_000
KEPT_MS = 6 * 3600 * 1000
CHUNK_MS = 600_000
GAP_MS = 25_000  # two samples further apart than this have a gap between them


def samples(snapshot: Snapshot, now_ms: int) -> dict[str, Any]:
    """Return the value of every series now; what is unknown or too old is left out. Pure."""
    found: dict[str, Any] = {}
    if _is_fresh(snapshot, "ends", now_ms, 30_000):
        cluster = snapshot.cluster()
        found["cluster.records_per_s"] = cluster["records_per_s"]
        for row in snapshot.table("topics").values():
            found[f"topic.records_per_s/{key(row['name'])}"] = row["records_per_s"]
        if _is_fresh(snapshot, "commits", now_ms, 120_000):
            found["cluster.consumed_per_s"], found["cluster.lag"] = cluster["consumed_per_s"], cluster["lag"]
            found |= _groups(snapshot)
            if now_ms // STEP_MS * STEP_MS % lag_map.EVERY_MS == 0:
                found |= {f"group.partition_lag/{key(group)}": lags for group, lags in lag_map.sample(snapshot).items()}
    if _is_fresh(snapshot, "log_dirs", now_ms, 180_000):
        for row in snapshot.table("brokers").values():
            if snapshot.source("log_dirs", row["broker"]) is None:
                found[f"broker.size_bytes/{row['broker']}"] = row["size_bytes"]
    return {series: value for series, value in found.items() if value is not None}


def _groups(snapshot: Snapshot) -> dict[str, Any]:
    partitions = snapshot.table("partitions")
    produced: dict[str, list[float | None]] = defaultdict(list)
    for row in snapshot.table("group_partitions").values():
        part = partitions.get(key(row["topic"], row["partition"]))
        produced[row["group"]].append(part["records_per_s"] if part else None)
    found: dict[str, Any] = {}
    for row in snapshot.table("groups").values():
        name, rates = key(row["group"]), produced[row["group"]]
        found[f"group.lag/{name}"] = row["lag"]
        found[f"group.consumed_per_s/{name}"] = row["consumed_per_s"]
        found[f"group.produced_per_s/{name}"] = None if None in rates or not rates else round(sum(filter(None, rates)), 2)
    return found


def _is_fresh(snapshot: Snapshot, source: str, now_ms: int, limit_ms: int) -> bool:
    row = snapshot.source(source)
    return row is not None and row["as_of_ms"] is not None and now_ms - row["as_of_ms"] <= limit_ms


def record(slug: str, snapshot: Snapshot, now_ms: int) -> None:
    """Write one sample of every series; once in ten minutes, pack what is older and drop what is past keeping."""
    at_ms = now_ms // STEP_MS * STEP_MS
    data = zlib.compress(orjson.dumps(samples(snapshot, now_ms)), 1)
    Tick.objects.get_or_create(cluster=slug, at_ms=at_ms, defaults={"data": data})
    first = Tick.objects.filter(cluster=slug).order_by("at_ms").values_list("at_ms", flat=True).first()
    if first is not None and first <= at_ms - 2 * CHUNK_MS:
        compact(slug, at_ms - CHUNK_MS)


def compact(slug: str, until_ms: int) -> None:
    """Turn the ticks before `until_ms` into chunks, in one transaction."""
    with transaction.atomic():
        ticks = list(Tick.objects.filter(cluster=slug, at_ms__lt=until_ms).order_by("at_ms"))
        series: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        for tick in ticks:
            for name, value in _open(tick.data).items():
                series[name].append((tick.at_ms, value))
        chunks = [
            Chunk(cluster=slug, series=name, start_ms=points[0][0], end_ms=points[-1][0], data=zlib.compress(orjson.dumps(points), 6))
            for name, points in series.items()
        ]
        Chunk.objects.bulk_create(chunks, batch_size=500, ignore_conflicts=True)
        Tick.objects.filter(cluster=slug, at_ms__lt=until_ms).delete()
        Chunk.objects.filter(cluster=slug, end_ms__lt=until_ms - KEPT_MS).delete()


def read(slug: str, series: str, since_ms: int, until_ms: int) -> tuple[list[int], list[float | int | None]]:
    """Return the times and values of a series; a gap is one None between the samples around it."""
    return with_gaps(points(slug, [series], since_ms, until_ms)[series])


def with_gaps(samples: Iterable[tuple[int, float | int]]) -> tuple[list[int], list[float | int | None]]:
    """Return times and values of samples, oldest first; a gap is one None between the samples around it. Pure."""
    times: list[int] = []
    values: list[float | int | None] = []
    for at_ms, value in samples:
        if times and at_ms - times[-1] > GAP_MS:
            times.append(times[-1] + STEP_MS)
            values.append(None)
        times.append(at_ms)
        values.append(value)
    return times, values


def points(slug: str, series: Sequence[str], since_ms: int, until_ms: int) -> dict[str, list[tuple[int, Any]]]:
    """Return the samples of several series, oldest first; each tick is opened once, however many series are asked for."""
    found: dict[str, list[tuple[int, Any]]] = {name: [] for name in series}
    chunks = Chunk.objects.filter(cluster=slug, series__in=series, end_ms__gte=since_ms, start_ms__lte=until_ms)
    for name, data in chunks.order_by("start_ms").values_list("series", "data"):
        found[name] += [(at_ms, value) for at_ms, value in _open(data) if since_ms <= at_ms <= until_ms]
    ticks = Tick.objects.filter(cluster=slug, at_ms__gte=since_ms, at_ms__lte=until_ms).order_by("at_ms")
    for at_ms, data in ticks.values_list("at_ms", "data").iterator(chunk_size=16):
        tick = _open(data)
        for name, own in found.items():
            if (value := tick.get(name)) is not None:
                own.append((at_ms, value))
    return found


def thinned(samples: Iterable[tuple[int, float]], since_ms: int, until_ms: int, count: int) -> list[float | None]:
    """Return `count` means over equal parts of the time between two instants, None where there is no sample. Pure."""
    sums: list[tuple[float, int]] = [(0, 0)] * count
    for at_ms, value in samples:
        place = (at_ms - since_ms) * count // max(1, until_ms - since_ms)
        if 0 <= place < count:
            total, number = sums[place]
            sums[place] = (total + value, number + 1)
    return [round(total / number, 2) if number else None for total, number in sums]


def _open(data: Any) -> Any:
    return orjson.loads(zlib.decompress(bytes(data)))
