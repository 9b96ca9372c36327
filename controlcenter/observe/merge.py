"""Puts an answer into a snapshot. Pure but for `Memory`, which the caller keeps.

The rule: a failed part keeps its last good value and its age; what a complete answer does not name is gone; what an
incomplete one does not name is kept. `sources` tells how old each part is: the row of a source for the whole cluster,
and one more per broker that failed it, with the age of what is still shown from there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from controlcenter.errors import Kind
from controlcenter.kafka.model import Failure, Metadata, PartitionDescription
from controlcenter.observe import merge_groups, merge_storage
from controlcenter.observe.poll import Polled, Seen
from controlcenter.observe.rates import MEMORY_MS, Rates
from controlcenter.observe.snapshot import TABLES, Row, Rows, Snapshot, key

TIMES = {"first_records": "first_record_at_ms", "last_records": "last_record_at_ms"}
OFFSETS = ("starts", "ends", "stable", *TIMES)
METADATA_RESTS_MS = 2000  # between two readings of metadata that failed offsets ask for


@dataclass(slots=True)
class Memory:
    """What a worker remembers between answers. A new worker starts with an empty one and loses only rates.

    missing  topics that the last complete answer did not name: gone when the next one does not either, because a
             broker that lags behind names fewer topics than there are
    at_once  kinds whose question became urgent by what an answer said
    """

    rates: Rates = field(default_factory=Rates)
    missing: frozenset[str] = frozenset()
    at_once: set[str] = field(default_factory=set)


def fold(snapshot: Snapshot, polled: Polled, memory: Memory) -> Snapshot:
    """Return the snapshot with one answer put in: its rows, and how old they are."""
    if polled.result is not None:
        snapshot = FOLDS[polled.source](snapshot, polled, memory)
        if polled.source in OFFSETS and _knows_other_leaders(snapshot, polled):
            memory.at_once.add("metadata")
    elif polled.source == "cluster":
        snapshot = _nobody_answered(snapshot)
    return snapshot.replace(sources=_sources(snapshot, polled))


def _knows_other_leaders(snapshot: Snapshot, polled: Polled) -> bool:
    """Return whether brokers said that a partition is gone or led elsewhere, and metadata is not just read."""
    source = snapshot.source("metadata")
    is_recent = source is not None and source["as_of_ms"] is not None and polled.at_ms - source["as_of_ms"] < METADATA_RESTS_MS
    return not is_recent and any(failure.kind in (Kind.ABSENT, Kind.CONFLICT) for failure in polled.failures)


def _sources(snapshot: Snapshot, polled: Polled) -> Rows:
    rows = dict(snapshot.table("sources"))
    name = key(polled.source, "")
    before = rows.get(name) or dict.fromkeys(TABLES["sources"])
    has_news = polled.result is not None and (bool(polled.result) or polled.is_complete)
    failed = polled.failures[0] if polled.failures else None
    rows[name] = {
        "source": polled.source,
        "broker": None,
        "as_of_ms": polled.at_ms if has_news else before["as_of_ms"],
        "is_complete": failed is None,
        "failure": failed.what if failed else None,
        "failed_at_ms": polled.at_ms if failed else before["failed_at_ms"],
        "took_ms": polled.took_ms,
    }
    if has_news or polled.failures:
        _broker_sources(rows, polled, before, _answered(snapshot, polled))
    return rows


def _answered(snapshot: Snapshot, polled: Polled) -> set[int]:
    """Return the brokers that told something of what they were asked: what failed there is a part of a part."""
    if polled.source not in OFFSETS or not polled.result or not polled.failures:
        return set()
    partitions = snapshot.table("partitions")
    rows = (partitions.get(key(topic, partition)) for topic, partition in polled.result)
    return {row["leader"] for row in rows if row is not None}


def _broker_sources(rows: dict[str, Row], polled: Polled, before: Row, answered: set[int]) -> None:
    """Keep one row for each broker that failed this answer, wholly or in part, and none for those that did not."""
    failures: dict[int, Failure] = {failure.broker: failure for failure in polled.failures if failure.broker is not None}
    for name, row in list(rows.items()):
        if row["source"] == polled.source and row["broker"] is not None and row["broker"] not in failures and polled.result is not None:
            del rows[name]
    for broker, failure in failures.items():
        earlier = rows.get(key(polled.source, broker))
        as_of_ms = earlier["as_of_ms"] if earlier else before["as_of_ms"]
        rows[key(polled.source, broker)] = {
            "source": polled.source,
            "broker": broker,
            "as_of_ms": polled.at_ms if broker in answered else as_of_ms,
            "is_complete": False,
            "failure": failure.what,
            "failed_at_ms": polled.at_ms,
            "took_ms": polled.took_ms,
        }


def _nobody_answered(snapshot: Snapshot) -> Snapshot:
    rows = snapshot.table("brokers")
    silent = {name: {**row, "is_reachable": False, "latency_ms": None} if row["is_reachable"] else row for name, row in rows.items()}
    return snapshot.replace(brokers=silent)


def _metadata(snapshot: Snapshot, polled: Polled, memory: Memory) -> Snapshot:
    answer: Metadata = polled.result
    if None not in (answer.cluster_id, snapshot.cluster()["cluster_id"]) and answer.cluster_id != snapshot.cluster()["cluster_id"]:
        # another cluster answers at this address: nothing of the old one holds
        snapshot, memory.missing, memory.rates = Snapshot(snapshot.version), frozenset(), Rates()
        memory.at_once |= set(FOLDS)
    memory.rates.forget_before(polled.at_ms - 2 * MEMORY_MS)
    old_topics, old_partitions = snapshot.table("topics"), snapshot.table("partitions")
    named = {topic.name for topic in answer.topics}
    absent = {row["name"] for row in old_topics.values() if row["name"] not in named}
    kept = absent - memory.missing if polled.is_complete else absent
    if polled.is_complete:
        memory.missing = frozenset(absent)
        if kept:
            memory.at_once.add("metadata")
        elif absent:  # what failed on partitions that are gone is not failing any more
            memory.at_once |= {name for name in OFFSETS if not (snapshot.source(name) or {"is_complete": True})["is_complete"]}
    topics = {name: row for name, row in old_topics.items() if row["name"] in kept}
    partitions = {name: row for name, row in old_partitions.items() if row["topic"] in kept} if kept else {}
    for topic in answer.topics:
        before = old_topics.get(key(topic.name))
        is_same = before is not None and (before["id"] == topic.id or None in (before["id"], topic.id))
        if before is None or not is_same:
            memory.at_once |= {"configs", "starts", "first_records"}
            before = dict.fromkeys(TABLES["topics"])
        topics[key(topic.name)] = _changed(before, {"name": topic.name, "id": topic.id, "is_internal": topic.is_internal})
        for part in topic.partitions:
            name = key(topic.name, part.partition)
            partitions[name] = _partition(topic.name, part, old_partitions.get(name) if is_same else None)
    cluster = _cluster_row(snapshot, {"cluster_id": answer.cluster_id} if answer.cluster_id else {})
    brokers = dict(snapshot.table("brokers"))
    for broker in answer.brokers:
        known = brokers.get(key(broker.id)) or {**dict.fromkeys(TABLES["brokers"]), "broker": broker.id, "is_registered": True}
        brokers[key(broker.id)] = _changed(known, {"host": broker.host, "port": broker.port, "rack": broker.rack})
    return snapshot.replace(topics=topics, partitions=partitions, brokers=brokers, cluster=cluster)


def _partition(topic: str, part: PartitionDescription, before: Row | None) -> Row:
    if before is None:
        before = {**dict.fromkeys(TABLES["partitions"]), "topic": topic, "partition": part.partition}
    elif None not in (before["leader_epoch"], part.leader_epoch) and part.leader_epoch < before["leader_epoch"]:
        return before  # a broker that lags behind tells of an earlier leader
    replicas = list(part.replicas)
    facts: dict[str, Any] = {
        "leader": part.leader,
        "leader_epoch": part.leader_epoch,
        "replicas": replicas,
        "in_sync_replicas": list(part.in_sync_replicas),
        "offline_replicas": list(part.offline_replicas),
    }
    if before["replicas"] != replicas:
        facts |= {column: reordered(before, column, replicas) for column in ("replica_sizes", "replica_lags")}
    return _changed(before, facts)


def reordered(row: Row, column: str, replicas: Iterable[int]) -> list[Any]:
    """Return the values of a per-replica column in the order of other replicas, None for new ones."""
    known = dict(zip(row["replicas"] or (), row[column] or (), strict=False))
    return [known.get(broker) for broker in replicas]


def _cluster(snapshot: Snapshot, polled: Polled, memory: Memory) -> Snapshot:
    seen: Seen = polled.result
    brokers = dict(snapshot.table("brokers"))
    for broker in seen.described.brokers if seen.described else ():
        known = brokers.get(key(broker.id)) or {**dict.fromkeys(TABLES["brokers"]), "broker": broker.id}
        place = {"host": broker.host, "port": broker.port, "rack": broker.rack} if broker.host else {}
        brokers[key(broker.id)] = _changed(known, {**place, "is_registered": True, "is_fenced": broker.is_fenced})
    if seen.described and polled.is_complete:
        described = {broker.id for broker in seen.described.brokers}
        holders = {broker for row in snapshot.table("partitions").values() for broker in row["replicas"]}
        for name, row in list(brokers.items()):
            if row["broker"] in described:
                continue
            if row["broker"] not in holders and not seen.latency_ms.get(row["broker"]):
                del brokers[name]  # it left, and holds nothing: not missed
            else:
                brokers[name] = _changed(row, {"is_registered": False, "is_fenced": None})
    for broker_id, latency_ms in seen.latency_ms.items():
        if key(broker_id) not in brokers:
            continue
        row = brokers[key(broker_id)]
        answers = latency_ms is not None
        if row["is_reachable"] is not None and row["is_reachable"] != answers:
            memory.at_once |= {"metadata", "quorum", "groups"}
        seen_at = {"seen_at_ms": polled.at_ms} if answers else {}
        rounded = round(latency_ms, 1) if latency_ms is not None else None
        brokers[key(broker_id)] = _changed(row, {"is_reachable": answers, "latency_ms": rounded, **seen_at})
    if any(_standing(brokers.get(name)) != _standing(row) for name, row in snapshot.table("brokers").items()):
        memory.at_once |= {"metadata", "quorum"}  # the controller moves leaders when it loses or finds a broker
    return snapshot.replace(brokers=brokers)


def _standing(row: Row | None) -> tuple[Any, Any]:
    return (row["is_registered"], row["is_fenced"]) if row else (None, None)


def _quorum(snapshot: Snapshot, polled: Polled, memory: Memory) -> Snapshot:
    quorum, versions = polled.result
    facts = {name: value for name, value in versions.items() if name in ("kafka_version", "metadata_version")}
    if quorum is None:
        return snapshot.replace(cluster=_cluster_row(snapshot, facts), quorum={})
    before = snapshot.cluster()["controller"]
    if before is not None and before != quorum.leader:
        memory.at_once.add("metadata")
    leader_end = max((member.end for member in quorum.members if member.node == quorum.leader), default=quorum.high_watermark)
    rows = {
        key(member.node): {
            "node": member.node,
            "is_voter": member.is_voter,
            "is_leader": member.node == quorum.leader,
            "end": member.end,
            "lag": max(0, leader_end - member.end) if member.end >= 0 else None,
            "last_fetch_at_ms": member.last_fetch_at_ms,
            "last_caught_up_at_ms": member.last_caught_up_at_ms,
        }
        for member in quorum.members
    }
    facts |= {"controller": quorum.leader if quorum.leader >= 0 else None, "controller_epoch": quorum.leader_epoch}
    return snapshot.replace(cluster=_cluster_row(snapshot, facts), quorum=rows)


def _offset(column: str) -> Callable[[Snapshot, Polled, Memory], Snapshot]:
    def put(snapshot: Snapshot, polled: Polled, memory: Memory) -> Snapshot:
        rows = dict(snapshot.table("partitions"))
        topics = snapshot.table("topics")
        for (topic, partition), offset in polled.result.items():
            name = key(topic, partition)
            row = rows.get(name)
            if row is None:
                continue
            facts: dict[str, Any]
            if offset is None:
                facts = {column: None}
            elif column in TIMES.values():
                facts = {column: offset.timestamp_ms if offset.timestamp_ms >= 0 else None}
            elif offset.offset < 0:
                continue  # a silent leader answers -1001 without an error: unknown, so the last good value stays
            else:
                facts = {column: offset.offset}
            if column == "end":
                identity = (topics[key(topic)]["id"] if key(topic) in topics else None, topic, partition)
                facts["records_per_s"] = memory.rates.observe(identity, polled.at_ms, offset.offset)
            rows[name] = _changed(row, facts)
        return snapshot.replace(partitions=rows)

    return put


def _changed(row: Row, facts: Mapping[str, Any]) -> Row:
    """Return the row with the facts in it: the same row when it has them already, so that deltas stay cheap."""
    for column, value in facts.items():
        if row[column] != value:
            return {**row, **facts}
    return row


def _cluster_row(snapshot: Snapshot, facts: Mapping[str, Any]) -> Rows:
    return {"cluster": _changed(snapshot.cluster(), facts)}


FOLDS: dict[str, Callable[[Snapshot, Polled, Memory], Snapshot]] = {
    "metadata": _metadata,
    "cluster": _cluster,
    "quorum": _quorum,
    "starts": _offset("start"),
    "ends": _offset("end"),
    "stable": _offset("stable_end"),
    **{source: _offset(column) for source, column in TIMES.items()},
    "groups": merge_groups.groups,
    "described": merge_groups.described,
    "commits": merge_groups.commits,
    "log_dirs": merge_storage.log_dirs,
    "configs": merge_storage.configs,
    "opened": merge_storage.opened,
}
