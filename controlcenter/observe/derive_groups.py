"""How far groups are behind: per partition by `kafka.lag`, then per group. Pure."""

from collections import defaultdict
from typing import Any

from controlcenter.kafka import lag
from controlcenter.observe.snapshot import Row, Snapshot, key

LAG_COLUMNS = ("start", "end", "lag", "readable_lag", "flags")


def lags(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with the lag of every group partition and the sums of every group."""
    partitions = snapshot.table("partitions")
    topics_are_known = bool(snapshot.table("topics"))
    shares = {row["group"] for row in snapshot.table("groups").values() if row["type"] == "share"}
    rows: dict[str, Row] = {}
    by_group: dict[str, list[Row]] = defaultdict(list)
    for name, row in snapshot.table("group_partitions").items():
        part = partitions.get(key(row["topic"], row["partition"]))
        facts = _lag(row, part, topics_are_known, row["group"] in shares)
        if any(row[column] != facts[column] for column in LAG_COLUMNS):
            row = {**row, **facts}
        rows[name] = row
        by_group[row["group"]].append(row)
    groups = {}
    for name, row in snapshot.table("groups").items():
        facts = _group(by_group.get(row["group"], []), row)
        groups[name] = row if all(row[column] == value for column, value in facts.items()) else {**row, **facts}
    return snapshot.replace(group_partitions=rows, groups=groups)


def _lag(row: Row, part: Row | None, topics_are_known: bool, is_shared: bool) -> dict[str, Any]:
    never = "not_committed" in row["flags"]
    if part is None:
        flags = (["not_committed"] if never else []) + (["topic_gone"] if topics_are_known else [])
        return {"start": None, "end": None, "lag": None, "readable_lag": None, "flags": flags}
    if row["committed"] is None and not never:  # its commits were not read yet
        return {"start": part["start"], "end": part["end"], "lag": None, "readable_lag": None, "flags": []}
    if never and is_shared:  # it stands nowhere before its first record, and may begin at either end
        nothing = 0 if part["start"] == part["end"] is not None else None
        return {"start": part["start"], "end": part["end"], "lag": nothing, "readable_lag": nothing, "flags": ["not_committed"]}
    readable = part["end"] if part["stable_end"] is None else part["stable_end"]
    found = lag.of_partition(row["committed"], part["start"], part["end"], readable)
    told = row["told_lag"]
    return {
        "start": part["start"],
        "end": part["end"],
        "lag": found.lag if told is None else told,
        "readable_lag": found.readable_lag if told is None else told,
        "flags": list(found.flags),
    }


def _group(parts: list[Row], row: Row) -> dict[str, Any]:
    counted = [part for part in parts if "topic_gone" not in part["flags"]]
    known = [part["lag"] for part in counted if part["lag"] is not None]
    topics = sorted({part["topic"] for part in parts})
    rates = [part["consumed_per_s"] for part in counted if part["consumed_per_s"] is not None]
    moved = [part["committed_at_ms"] for part in parts if part["committed_at_ms"] is not None]
    # not every cluster tells how far a share group is behind: not known, which is not 0
    tells_nothing = row["type"] == "share" and not known
    return {
        "topics": len(topics),
        "topic_names": topics,
        "partitions": len(parts),
        "lag": None if tells_nothing or (counted and not known) else sum(known),
        "unknown_partitions": len(counted) - len(known),
        "consumed_per_s": round(sum(rates), 2) if rates else None,
        "committed_at_ms": max(moved, default=None),
    }
