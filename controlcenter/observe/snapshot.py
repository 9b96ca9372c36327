"""A snapshot: everything the product knows of one cluster at one version, as tables of rows.

A table maps a key (text, opaque to the browser) to a row (column → JSON value). Rows are never changed in place: a new
fact is a new row, so that two snapshots share what did not change and `delta.between` compares by identity first.

None in a row means "not known". How old a value is, and which broker failed to tell it, stands in the table `sources`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Row = Mapping[str, Any]
Rows = Mapping[str, Row]

# The columns of each table, in the order in which they travel. Times are epoch milliseconds.
TABLES: dict[str, tuple[str, ...]] = {
    # one row, key "cluster"
    "cluster": (
        "cluster_id",
        "kafka_version",
        "metadata_version",
        "controller",
        "controller_epoch",
        "state",  # healthy, degraded, unreachable, unknown
        "reason",
        "unreachable_since_ms",
        "brokers",
        "brokers_up",
        "topics",
        "internal_topics",
        "partitions",
        "replicas",
        "replicas_in_sync",
        "under_replicated_partitions",
        "under_min_isr_partitions",
        "offline_partitions",
        "records_per_s",
        "consumed_per_s",
        "groups",
        "lag",
        "unknown_lag_partitions",
        "size_bytes",
        "disk_total_bytes",
        "disk_usable_bytes",
    ),
    # what needs somebody; path is relative to the cluster's page
    "attention": ("tone", "kind", "subject", "text", "since_ms", "path", "action"),
    # key: broker id
    "brokers": (
        "broker",
        "host",
        "port",
        "rack",
        "is_reachable",  # by us; None before the first try
        "is_registered",
        "is_fenced",  # by the controller
        "is_controller",
        "is_voter",
        "latency_ms",
        "seen_at_ms",
        "leaders",
        "preferred_leaders",
        "replicas",
        "under_replicated",
        "records_per_s",
        "size_bytes",
        "disk_total_bytes",
        "disk_usable_bytes",
        "log_dirs",
        "offline_log_dirs",
    ),
    # key: broker, path
    "log_dirs": ("broker", "path", "error", "total_bytes", "usable_bytes", "size_bytes", "replicas", "largest"),
    # key: node
    "quorum": ("node", "is_voter", "is_leader", "end", "lag", "last_fetch_at_ms", "last_caught_up_at_ms"),
    # key: topic
    "topics": (
        "name",
        "id",
        "is_internal",
        "health",  # ok, under_replicated, under_min_isr, offline, unknown
        "partitions",
        "replication_factor",  # replication_factor 0: uneven
        "under_replicated_partitions",
        "under_min_isr_partitions",
        "offline_partitions",
        "records",
        "size_bytes",
        "replicas_size_bytes",
        "records_per_s",
        "first_record_at_ms",  # of the oldest record; read while the topic is open
        "last_record_at_ms",
        "groups",
        "max_lag",
        "cleanup_policy",
        "retention_ms",
        "retention_bytes",
        "min_insync_replicas",
        "max_message_bytes",
        "timestamp_type",
        "overridden",  # names of the hot configs set on the topic itself
    ),
    # key: topic, partition. replica_sizes and replica_lags stand in the order of replicas, None where not known
    "partitions": (
        "topic",
        "partition",
        "state",  # in_sync, under_replicated, under_min_isr, offline
        "leader",
        "leader_epoch",
        "replicas",
        "in_sync_replicas",
        "offline_replicas",
        "start",
        "end",
        "stable_end",  # where an open transaction holds readers back; None while none does
        "records_per_s",
        "first_record_at_ms",
        "last_record_at_ms",
        "size_bytes",
        "replica_sizes",
        "replica_lags",
    ),
    # key: group
    "groups": (
        "group",
        "type",
        "state",
        "protocol_type",
        "protocol",
        "coordinator",
        "members",
        "topics",
        "topic_names",
        "partitions",
        "lag",
        "unknown_partitions",
        "consumed_per_s",
        "committed_at_ms",
    ),
    # key: group, member id. assignment and target: [[topic, partition], ...]
    "members": ("group", "member_id", "instance_id", "client_id", "host", "assignment", "target"),
    # key: group, topic, partition. flags: not_committed, data_loss, ahead_of_log, topic_gone
    "group_partitions": (
        "group",
        "topic",
        "partition",
        "member_id",
        "client_id",
        "host",
        "committed",  # of a share group: the first record not done with
        "metadata",
        "told_lag",  # by the broker itself: share groups
        "start",
        "end",
        "lag",
        "readable_lag",
        "flags",
        "consumed_per_s",
        "committed_at_ms",
    ),
    # full configs of what somebody has open. key: kind (topic, broker), name, config
    "configs": ("kind", "owner", "name", "value", "source", "default", "type", "documentation", "is_read_only", "is_sensitive"),
    # where each part comes from, and how old it is. key: source, broker ("" for the whole cluster)
    # sources: metadata cluster quorum starts ends stable first_records last_records groups described commits log_dirs configs opened
    "sources": ("source", "broker", "as_of_ms", "is_complete", "failure", "failed_at_ms", "took_ms"),
}


def key(*parts: object) -> str:
    """Return the key of a row from its parts; any text may stand in a part."""
    return "/".join(quote(str(part), safe="") for part in parts)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """version grows by one with each published change; tables holds every name of TABLES that has rows."""

    version: int = 0
    tables: Mapping[str, Rows] = field(default_factory=dict)

    def table(self, name: str) -> Rows:
        return self.tables.get(name, {})

    def row(self, name: str, *parts: object) -> Row | None:
        """Return one row by the parts of its key, or None."""
        return self.table(name).get(key(*parts))

    def cluster(self) -> Row:
        """Return the cluster's own row; every column None before the first answer."""
        return self.table("cluster").get("cluster") or dict.fromkeys(TABLES["cluster"])

    def source(self, name: str, broker: int | str = "") -> Row | None:
        return self.row("sources", name, broker)

    def replace(self, **tables: Rows) -> "Snapshot":
        """Return the same snapshot with some tables replaced; the version stays."""
        return Snapshot(self.version, {**self.tables, **tables})


def only(rows: Rows, column: str, wanted: Iterable[Any]) -> Rows:
    """Return the rows whose column is one of the wanted values."""
    values = set(wanted)
    return {name: row for name, row in rows.items() if row.get(column) in values}


def columnar(name: str, rows: Rows) -> dict[str, Any]:
    """Return a table as it travels: {"columns": [...], "keys": [...], "rows": [[...], ...]}."""
    columns = TABLES[name]
    return {"columns": columns, "keys": list(rows), "rows": [[row.get(column) for column in columns] for row in rows.values()]}


def from_columnar(table: Mapping[str, Any]) -> Rows:
    """Return the rows of a table that travelled."""
    columns = table["columns"]
    return {k: dict(zip(columns, values, strict=True)) for k, values in zip(table["keys"], table["rows"], strict=True)}
