"""What follows from what was read: partition states, lag, sums per topic, group, broker and cluster. Pure.

Sums are honest: a sum with an unknown part is None, but for group lag, which counts the unknown partitions beside it.
Each step works only when one of its tables changed since the last snapshot.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from controlcenter.observe import attention, derive_groups
from controlcenter.observe.snapshot import TABLES, Row, Snapshot, key


def everything(old: Snapshot, new: Snapshot, now_ms: int) -> Snapshot:
    """Return `new` with all that follows from it; `old` is the last snapshot that went through here."""
    changed = {name for name in TABLES if old.tables.get(name) is not new.tables.get(name)}
    if changed & {"partitions", "topics"}:
        new = _partition_states(new)
    if changed & {"partitions", "group_partitions", "groups", "members"}:
        new = derive_groups.lags(new)
    if changed & {"partitions", "topics", "group_partitions"}:
        new = _topics(new)
    if changed & {"partitions", "brokers", "log_dirs", "quorum", "cluster"}:
        new = _brokers(new)
    new = _cluster(new)
    return attention.write(new, now_ms)


def total(values: Iterable[Any]) -> Any:
    """Return the sum, None when a part is not known."""
    result: int | float = 0
    for value in values:
        if value is None:
            return None
        result += value
    return round(result, 2) if isinstance(result, float) else result


def with_facts(row: Row, facts: Mapping[str, Any]) -> Row:
    """Return the row with facts in it: the same row when it has them already."""
    for column, value in facts.items():
        if row[column] != value:
            return {**row, **facts}
    return row


def _partition_states(snapshot: Snapshot) -> Snapshot:
    topics = snapshot.table("topics")
    rows = {}
    for name, row in snapshot.table("partitions").items():
        topic = topics.get(key(row["topic"]))
        state = _state(row, topic["min_insync_replicas"] if topic else None)
        rows[name] = row if row["state"] == state else {**row, "state": state}
    return snapshot.replace(partitions=rows)


def _state(row: Row, min_insync_replicas: int | None) -> str:
    if row["leader"] is None:
        return "offline"
    in_sync = len(row["in_sync_replicas"])
    if min_insync_replicas is not None and in_sync < min(min_insync_replicas, len(row["replicas"])):
        return "under_min_isr"
    return "under_replicated" if in_sync < len(row["replicas"]) else "in_sync"


def _topics(snapshot: Snapshot) -> Snapshot:
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in snapshot.table("partitions").values():
        parts[row["topic"]].append(row)
    followers: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in snapshot.table("group_partitions").values():
        lags = followers[row["topic"]]
        lags[row["group"]] = total((lags.get(row["group"], 0), row["lag"]))
    rows = {}
    for name, row in snapshot.table("topics").items():
        rows[name] = with_facts(row, _topic(parts[row["name"]], followers[row["name"]]))
    return snapshot.replace(topics=rows)


def _topic(parts: list[Row], lags: Mapping[str, int | None]) -> dict[str, Any]:
    states = [row["state"] for row in parts]
    factors = {len(row["replicas"]) for row in parts}
    known_lags = [lag for lag in lags.values() if lag is not None]
    offline, under_min_isr = states.count("offline"), states.count("under_min_isr")
    under_replicated = sum(len(row["in_sync_replicas"]) < len(row["replicas"]) for row in parts)
    return {
        "health": _health(parts, offline, under_min_isr, under_replicated),
        "partitions": len(parts),
        "replication_factor": None if not factors else factors.pop() if len(factors) == 1 else 0,
        "under_replicated_partitions": under_replicated,
        "under_min_isr_partitions": under_min_isr,
        "offline_partitions": offline,
        "records": total(None if None in (row["start"], row["end"]) else max(0, row["end"] - row["start"]) for row in parts),
        "size_bytes": total(row["size_bytes"] for row in parts),
        "replicas_size_bytes": total(size for row in parts for size in row["replica_sizes"] or [None]),
        "records_per_s": total(row["records_per_s"] for row in parts),
        "first_record_at_ms": _first(parts),
        "last_record_at_ms": max((row["last_record_at_ms"] for row in parts if row["last_record_at_ms"] is not None), default=None),
        "groups": len(lags),
        "max_lag": max(known_lags) if known_lags else None,
    }


def _first(parts: list[Row]) -> int | None:
    """Return the time of the oldest record; None when a partition that may hold it does not tell."""
    times = [row["first_record_at_ms"] for row in parts if row["start"] is None or row["start"] != row["end"]]
    return None if None in times else min(times, default=None)


def _health(parts: list[Row], offline: int, under_min_isr: int, under_replicated: int) -> str:
    if not parts:
        return "unknown"
    return "offline" if offline else "under_min_isr" if under_min_isr else "under_replicated" if under_replicated else "ok"


def _brokers(snapshot: Snapshot) -> Snapshot:
    tally: dict[int, dict[str, Any]] = defaultdict(lambda: {"leaders": 0, "preferred": 0, "replicas": 0, "under": 0, "rates": []})
    for row in snapshot.table("partitions").values():
        in_sync = set(row["in_sync_replicas"])
        for broker in row["replicas"]:
            tally[broker]["replicas"] += 1
            tally[broker]["under"] += broker not in in_sync
        if row["leader"] is not None:
            leader = tally[row["leader"]]
            leader["leaders"] += 1
            leader["preferred"] += row["replicas"][:1] == [row["leader"]]
            leader["rates"].append(row["records_per_s"])
    directories: dict[int, list[Row]] = defaultdict(list)
    for row in snapshot.table("log_dirs").values():
        directories[row["broker"]].append(row)
    voters = {row["node"]: row["is_voter"] for row in snapshot.table("quorum").values()}
    controller = snapshot.cluster()["controller"]
    rows = {}
    for name, row in snapshot.table("brokers").items():
        sums, broker = tally[row["broker"]], row["broker"]
        facts = {
            "is_controller": None if controller is None else broker == controller,
            "is_voter": voters.get(broker, False) if voters else None,
            "leaders": sums["leaders"],
            "preferred_leaders": sums["preferred"],
            "replicas": sums["replicas"],
            "under_replicated": sums["under"],
            "records_per_s": total(sums["rates"]),
        }
        rows[name] = with_facts(row, facts | (_disk(directories[broker]) if broker in directories else {}))
    return snapshot.replace(brokers=rows)


def _disk(directories: list[Row]) -> dict[str, Any]:
    # two log dirs on one disk report the same disk: same total and same free space count once
    disks = {(row["total_bytes"], row["usable_bytes"]) for row in directories if not row["error"]}
    return {
        "size_bytes": total(row["size_bytes"] for row in directories if not row["error"]),
        "disk_total_bytes": total(size for size, _ in disks),
        "disk_usable_bytes": total(usable for _, usable in disks),
        "log_dirs": len(directories),
        "offline_log_dirs": sum(bool(row["error"]) for row in directories),
    }


def _cluster(snapshot: Snapshot) -> Snapshot:
    metadata = snapshot.source("metadata")
    if metadata is None or metadata["as_of_ms"] is None:
        return snapshot.replace(cluster={"cluster": with_facts(snapshot.cluster(), _state_of_cluster(snapshot))})
    parts, topics = snapshot.table("partitions").values(), snapshot.table("topics").values()
    brokers, groups = snapshot.table("brokers").values(), snapshot.table("groups").values()
    states = [row["state"] for row in parts]
    rates = [row["records_per_s"] for row in parts if row["records_per_s"] is not None]
    lags = [row["lag"] for row in groups if row["lag"] is not None]
    facts = {
        "brokers": len(brokers),
        "brokers_up": sum(row["is_reachable"] is not False and row["is_fenced"] is not True for row in brokers),
        "topics": sum(not row["is_internal"] for row in topics),
        "internal_topics": sum(bool(row["is_internal"]) for row in topics),
        "partitions": len(parts),
        "replicas": sum(len(row["replicas"]) for row in parts),
        "replicas_in_sync": sum(len(row["in_sync_replicas"]) for row in parts),
        "under_replicated_partitions": sum(len(row["in_sync_replicas"]) < len(row["replicas"]) for row in parts),
        "under_min_isr_partitions": states.count("under_min_isr"),
        "offline_partitions": states.count("offline"),
        # a partition just created has no rate yet: that makes its topic's unknown for seconds, not the cluster's
        "records_per_s": total(rates) if rates else None,
        "consumed_per_s": total(row["consumed_per_s"] for row in groups if row["consumed_per_s"] is not None),
        "groups": len(groups) if snapshot.source("groups") else None,
        "lag": sum(lags) if snapshot.source("commits") or (snapshot.source("groups") and not groups) else None,
        "unknown_lag_partitions": sum(row["unknown_partitions"] or 0 for row in groups),
        **{column: total(row[column] for row in brokers) for column in ("size_bytes", "disk_total_bytes", "disk_usable_bytes")},
        **_state_of_cluster(snapshot),
    }
    return snapshot.replace(cluster={"cluster": with_facts(snapshot.cluster(), facts)})


def _state_of_cluster(snapshot: Snapshot) -> dict[str, Any]:
    """Return whether the cluster can be reached, and is well. Unreachable: metadata failed as a whole and no broker answers."""
    metadata = snapshot.source("metadata")
    brokers = snapshot.table("brokers").values()
    if metadata is None:
        return {"state": "unknown", "reason": None, "unreachable_since_ms": None}
    failed_last = metadata["failure"] is not None
    if failed_last and not any(row["is_reachable"] for row in brokers):
        since = snapshot.cluster()["unreachable_since_ms"] or metadata["failed_at_ms"]
        return {"state": "unreachable", "reason": metadata["failure"], "unreachable_since_ms": since}
    if metadata["as_of_ms"] is None:
        return {"state": "unknown", "reason": metadata["failure"], "unreachable_since_ms": None}
    # which topic it is stands in the attention list, told by right; the cluster's row is read by whoever may see the cluster
    return {"state": "degraded" if attention.is_troubled(snapshot) else "healthy", "reason": None, "unreachable_since_ms": None}
