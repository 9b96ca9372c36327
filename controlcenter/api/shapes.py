"""What the API answers: published field names, filled from a snapshot's rows. A number that is not known is null, never 0."""

from typing import Any, Generic, TypeVar

from ninja import Field, Schema

from controlcenter.observe.snapshot import Row, Snapshot
from controlcenter.operate.preview import Preview

T = TypeVar("T")


class List(Schema, Generic[T]):
    """as_of: epoch ms of the oldest part it rests on. total counts what the caller may see, after the filter. cursor: where to go on."""

    as_of: int | None
    complete: bool
    total: int
    items: list[T]
    cursor: str | None = None


class Cluster(Schema):
    slug: str
    name: str
    state: str | None
    brokers: int | None
    topics: int | None
    partitions: int | None


class Broker(Schema):
    id: int
    host: str | None
    port: int | None
    rack: str | None
    state: str
    is_controller: bool | None
    leaders: int | None
    replicas: int | None
    size_bytes: int | None


class Topic(Schema):
    name: str
    is_internal: bool | None
    partitions: int | None
    replication_factor: int | None
    under_replicated_partitions: int | None
    offline_partitions: int | None
    records: int | None
    size_bytes: int | None
    groups: int | None
    max_lag: int | None
    cleanup_policy: str | None
    retention_ms: int | None


class Partition(Schema):
    partition: int
    leader: int | None
    leader_epoch: int | None
    replicas: list[int]
    in_sync_replicas: list[int]
    offline_replicas: list[int]
    start: int | None
    end: int | None
    size_bytes: int | None


class TopicWithPartitions(Topic):
    """The topic with its partitions themselves in place of their number."""

    as_of: int | None
    complete: bool
    partitions: list[Partition]


class Group(Schema):
    group: str
    type: str | None
    state: str | None
    members: int | None
    topics: int | None
    lag: int | None


class GroupPartition(Schema):
    topic: str
    partition: int
    committed: int | None
    end: int | None
    lag: int | None
    member_id: str | None


class GroupWithPartitions(Group):
    as_of: int | None
    complete: bool
    partitions: list[GroupPartition]


class Trouble(Schema):
    kind: str
    what: str
    hint: str
    field: str


class Refusal(Schema):
    """Why it was not done: every fault, each with the field it concerns."""

    faults: list[Trouble]


class NewTopic(Schema):
    """A topic to create. What is left out is the broker's choice."""

    name: str
    partitions: int | None = None
    replication_factor: int | None = None
    placement: list[list[int]] = Field(default_factory=list)
    configs: dict[str, str] = Field(default_factory=dict)
    plan_hash: str = ""


class Confirmation(Schema):
    """What the page asks for before it deletes: the name again, and a reason for the audit trail."""

    confirm: str = ""
    reason: str = ""
    plan_hash: str = ""


class Plan(Schema):
    steps: list[str]
    blast_radius: list[tuple[str, str]]
    warnings: list[str]
    faults: list[Trouble]
    level: int
    is_reversible: bool
    cli: str
    plan_hash: str


def plan(seen: Preview) -> dict[str, Any]:
    """Return a preview as published."""
    faults = [{"kind": p.kind, "what": p.what, "hint": p.hint, "field": p.field} for p in seen.faults]
    return {
        "steps": seen.steps, "blast_radius": seen.blast_radius, "warnings": seen.warnings, "faults": faults, "level": seen.level,
        "is_reversible": seen.is_reversible, "cli": seen.cli, "plan_hash": seen.plan_hash,
    }  # fmt: skip


class Outcome(Schema):
    outcome: str
    text: str
    audit_id: str


def broker(row: Row) -> dict[str, Any]:
    """Return a broker as published; its state is ours first: what we cannot reach we call unreachable."""
    return {**row, "id": row["broker"], "state": broker_state(row)}


def broker_state(row: Row) -> str:
    if row["is_reachable"] is False:
        return "unreachable"
    if row["is_fenced"]:
        return "fenced"
    if row["is_registered"] is False:
        return "missing"
    return "online" if row["is_reachable"] else "unknown"


def age(snapshot: Snapshot, *sources: str) -> tuple[int | None, bool]:
    """Return when the oldest of these sources was read, and whether all of them answered completely."""
    rows = [row for row in snapshot.table("sources").values() if row["source"] in sources]
    times = [row["as_of_ms"] for row in rows if row["as_of_ms"] is not None]
    return (min(times) if times else None), bool(rows) and all(row["is_complete"] for row in rows)
