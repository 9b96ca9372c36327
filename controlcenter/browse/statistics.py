"""What a topic's records are like, from a sample of them: sizes, keys, hours, partitions, codecs, fields. Pure.

Sizes are exact for every record of the sample; fields are those of JSON documents that were not cut.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HOUR_MS = 3_600_000
FIELDS = 200
QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of one side of the records; None where there is no record."""

    count: int
    total: int
    least: int | None
    mean: float | None
    greatest: int | None
    quantiles: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """by_hour: start of the hour in ms → records. codecs: name → batches seen. fields: (path, share of documents, types)."""

    records: int
    keys: Sizes
    values: Sizes
    null_keys: int
    tombstones: int
    empty_values: int
    undecodable: int
    distinct_keys: int
    formats: tuple[tuple[str, int], ...]
    by_hour: tuple[tuple[int, int], ...]
    by_partition: tuple[tuple[int, int], ...]
    codecs: tuple[tuple[str, int], ...]
    documents: int
    fields: tuple[tuple[str, int, str], ...]


def compute(rows: Sequence[Any]) -> Statistics:
    """Return the statistics of a sample of rows (`browse.page.Row`)."""
    whole = [row for row in rows if row.key is not None and row.value is not None]
    documents = [found for row in whole if (found := _document(row.value)) is not None]
    batches = {(row.partition, row.batch["base_offset"]): row.batch["codec"] for row in rows if row.batch}
    return Statistics(
        records=len(rows),
        keys=sizes([row.key.size_bytes for row in whole if row.key.format != "null"]),
        values=sizes([row.value.size_bytes for row in whole if row.value.format != "null"]),
        null_keys=sum(row.key.format == "null" for row in whole),
        tombstones=sum(row.value.format == "null" for row in whole),
        empty_values=sum(row.value.format == "empty" for row in whole),
        undecodable=len(rows) - len(whole) + sum(bool(row.key.fault or row.value.fault) for row in whole),
        distinct_keys=len({(row.key.raw, row.key.size_bytes) for row in whole if row.key.format != "null"}),
        formats=tuple(Counter(row.value.format for row in whole).most_common()),
        by_hour=tuple(sorted(Counter(row.timestamp_ms // HOUR_MS * HOUR_MS for row in rows if row.timestamp_ms is not None).items())),
        by_partition=tuple(sorted(Counter(row.partition for row in rows).items())),
        codecs=tuple(Counter(batches.values()).most_common()),
        documents=len(documents),
        fields=_fields(documents),
    )


def sizes(found: Sequence[int]) -> Sizes:
    """Return least, mean, greatest and quantiles of sizes; a quantile is a size that occurs (nearest rank)."""
    if not found:
        return Sizes(0, 0, None, None, None, ())
    ordered = sorted(found)
    at = tuple(
        (name, ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]) for name, share in QUANTILES
    )
    return Sizes(len(ordered), sum(ordered), ordered[0], sum(ordered) / len(ordered), ordered[-1], at)


def _document(field: Any) -> Mapping[str, Any] | None:
    if not field.is_document or field.is_cut:
        return None
    try:
        found = json.loads(field.text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _fields(documents: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int, str], ...]:
    """Return (path, in how many documents, its types), the most frequent first; two levels deep."""
    seen: Counter[str] = Counter()
    kinds: dict[str, set[str]] = {}
    for document in documents:
        for path, value in _paths(document):
            seen[path] += 1
            kinds.setdefault(path, set()).add(_KINDS.get(type(value), "?"))
    return tuple((path, count, ", ".join(sorted(kinds[path]))) for path, count in seen.most_common(FIELDS))


def _paths(document: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, value in document.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and not before:
            found += _paths(value, f"{path}.")
        else:
            found.append((path, value))
    return found


_KINDS = {str: "text", int: "integer", float: "decimal", bool: "true/false", type(None): "null", list: "list", dict: "object"}
