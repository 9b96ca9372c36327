"""Puts log dirs and configs into a snapshot. Pure."""

from typing import Any

from controlcenter.kafka.model import ConfigEntry, LogDir
from controlcenter.observe.poll import HOT_CONFIGS, Polled
from controlcenter.observe.snapshot import Row, Snapshot, key

LARGEST = 5  # replicas named per log dir
COLUMNS = {
    "cleanup.policy": "cleanup_policy",
    "retention.ms": "retention_ms",
    "retention.bytes": "retention_bytes",
    "min.insync.replicas": "min_insync_replicas",
    "max.message.bytes": "max_message_bytes",
    "message.timestamp.type": "timestamp_type",
}
TEXTS = ("cleanup.policy", "message.timestamp.type")


def log_dirs(snapshot: Snapshot, polled: Polled, memory: Any) -> Snapshot:
    """Put in log dirs, and the size of each replica; a broker that did not answer keeps its last ones."""
    answer: dict[int, tuple[LogDir, ...]] = polled.result
    rows = {name: row for name, row in snapshot.table("log_dirs").items() if row["broker"] not in answer}
    held: dict[tuple[str, int], dict[int, tuple[int, int]]] = {}
    for broker, directories in answer.items():
        for directory in directories:
            current = [replica for replica in directory.replicas if not replica.is_future]
            rows[key(broker, directory.path)] = _log_dir(broker, directory)
            for replica in current:
                held.setdefault((replica.topic, replica.partition), {})[broker] = (replica.size_bytes, replica.offset_lag)
    partitions = {
        name: _sized(row, held.get((row["topic"], row["partition"]), {}), answer) for name, row in snapshot.table("partitions").items()
    }
    return snapshot.replace(log_dirs=rows, partitions=partitions)


def _log_dir(broker: int, directory: LogDir) -> Row:
    largest = sorted(directory.replicas, key=lambda replica: -replica.size_bytes)[:LARGEST]
    return {
        "broker": broker,
        "path": directory.path,
        "error": directory.error,
        "total_bytes": directory.total_bytes,
        "usable_bytes": directory.usable_bytes,
        "size_bytes": None if directory.error else sum(replica.size_bytes for replica in directory.replicas),
        "replicas": None if directory.error else len(directory.replicas),
        "largest": [[replica.topic, replica.partition, replica.size_bytes] for replica in largest],
    }


def _sized(row: Row, sizes: dict[int, tuple[int, int]], answered: dict[int, Any]) -> Row:
    count = len(row["replicas"])
    old_sizes, old_lags = row["replica_sizes"] or [None] * count, row["replica_lags"] or [None] * count
    nothing = (None, None)
    told = [
        sizes.get(broker, nothing) if broker in answered else (old_sizes[place], old_lags[place])
        for place, broker in enumerate(row["replicas"])
    ]
    by_leader = dict(zip(row["replicas"], told, strict=True)).get(row["leader"], nothing)[0]
    facts = {
        "replica_sizes": [size for size, _ in told],
        "replica_lags": [lag for _, lag in told],
        "size_bytes": row["size_bytes"] if row["leader"] is None else by_leader,
    }
    return row if all(row[column] == value for column, value in facts.items()) else {**row, **facts}


def configs(snapshot: Snapshot, polled: Polled, memory: Any) -> Snapshot:
    """Put the hot configs into the rows of their topics."""
    rows = dict(snapshot.table("topics"))
    for topic, entries in polled.result.items():
        row = rows.get(key(topic))
        if row is not None:
            rows[key(topic)] = {**row, **_hot(entries)}
    return snapshot.replace(topics=rows)


def _hot(entries: tuple[ConfigEntry, ...]) -> dict[str, Any]:
    found = {entry.name: entry for entry in entries if entry.name in HOT_CONFIGS}
    facts = {COLUMNS[name]: _value(entry) for name, entry in found.items()}
    return {**facts, "overridden": [name for name in HOT_CONFIGS if name in found and found[name].source == "topic"]}


def _value(entry: ConfigEntry) -> str | int | None:
    if entry.value is None or entry.name in TEXTS:
        return entry.value
    return int(entry.value) if entry.value.lstrip("-").isdecimal() else None


def opened(snapshot: Snapshot, polled: Polled, memory: Any) -> Snapshot:
    """Put in every config of what is open. What nobody asked about any more goes; what failed keeps what it had."""
    asked = polled.asked or frozenset()
    rows: dict[str, Row] = {
        name: row
        for name, row in snapshot.table("configs").items()
        if f"{row['kind']}/{row['owner']}" in asked and (row["kind"], row["owner"]) not in polled.result
    }
    for (kind, owner), entries in polled.result.items():
        for entry in entries:
            rows[key(kind, owner, entry.name)] = {
                "kind": kind,
                "owner": owner,
                "name": entry.name,
                "value": None if entry.is_sensitive else entry.value,
                "source": entry.source,
                "default": entry.default,
                "type": entry.type,
                "documentation": entry.documentation,
                "is_read_only": entry.is_read_only,
                "is_sensitive": entry.is_sensitive,
            }
    return snapshot.replace(configs=rows)
