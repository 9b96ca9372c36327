"""How much disk a topic not yet made will take: rate × retention × replicas, as far as each is known. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from controlcenter.observe.snapshot import Row
from controlcenter.web import numbers

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Projection:
    """size_bytes: on all replicas, once full; None when it is not known, or has no end. words: the sentence that says so."""

    size_bytes: float | None
    words: str
    is_too_much: bool = False


def rate_of(row: Row | None) -> float | None:
    """Return the bytes a second a topic takes on its leaders: its records' rate by their mean size on disk. None: not known."""
    if row is None or None in (row["records_per_s"], row["records"], row["size_bytes"]) or not row["records"]:
        return None
    return float(row["records_per_s"] * row["size_bytes"] / row["records"])


def project(values: Mapping[str, str], free_bytes: int | None) -> Projection | None:
    """Return what the fields of the form come to; None while they say too little even for a sentence.

    values      as typed: expected_kib_per_s, partitions, replication_factor and the topic's settings
    free_bytes  on all brokers' disks together; None: not known
    """
    if "delete" not in (values.get("cleanup.policy") or "delete"):
        return Projection(None, "Not known: compaction keeps the newest record of each key, however many keys there will be.")
    copies, partitions = _number(values, "replication_factor"), _number(values, "partitions")
    keep_ms, cap = _number(values, "retention.ms"), _number(values, "retention.bytes")
    rate = _number(values, "expected_kib_per_s")
    most = cap * partitions * copies if cap and cap > 0 and partitions and copies else None
    if not copies or rate is None or keep_ms is None:
        return None if most is None else _full(most, "At most", "by its limit of size", free_bytes)
    a_second = rate * 1024 * copies
    if keep_ms < 0 and most is None:
        return Projection(None, f"Without end: it grows by {numbers.bytes_text(a_second * DAY_MS / 1000)} a day on all replicas.")
    by_time = a_second * keep_ms / 1000 if keep_ms >= 0 else None
    if most is not None and (by_time is None or most < by_time):
        return _full(most, "About", "then its limit of size holds", free_bytes)
    return _full(by_time or 0, "About", f"after {numbers.duration(keep_ms)}", free_bytes)


def _full(size_bytes: float, word: str, why: str, free_bytes: int | None) -> Projection:
    told = f"{word} {numbers.bytes_text(size_bytes)} on all replicas, {why}"
    if free_bytes is None:
        return Projection(size_bytes, f"{told}; how much disk is free is not known.")
    is_too_much = size_bytes > free_bytes
    return Projection(
        size_bytes, f"{told}; {numbers.bytes_text(free_bytes)} are free{', which is too little' if is_too_much else ''}.", is_too_much
    )


def _number(values: Mapping[str, str], name: str) -> float | None:
    """Return what was typed, None for nothing or for what is no number: the field's own fault tells that."""
    try:
        number = float(values.get(name, ""))
    except ValueError:
        return None
    return number if abs(number) < 1e18 else None  # neither infinite nor NaN
