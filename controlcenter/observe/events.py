"""What happened, as rows: read from the difference of two snapshots, or recorded by us for our own actions.

Partitions of one topic that changed together make one event, so that a broker that dies writes as many rows as there are
topics, not partitions.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from controlcenter.observe.models import Event
from controlcenter.observe.snapshot import Row, Snapshot, key

KEPT_DAYS = 400
KINDS = (
    "topic_created", "topic_deleted", "topic_recreated", "partitions_added", "config_changed", "leader_moved", "isr_shrank", "isr_grew",
    "broker_gone", "broker_back", "broker_fenced", "broker_unfenced", "broker_left", "controller_moved", "cluster_replaced",
    "group_created", "group_state_changed", "group_deleted",
)  # fmt: skip
CONFIGS = ("cleanup_policy", "retention_ms", "retention_bytes", "min_insync_replicas", "max_message_bytes", "timestamp_type")


def read(
    slug: str,
    subject_kind: str | None = None,
    subject: str | None = None,
    kinds: Iterable[str] | None = None,
    limit: int = 50,
    before: int | None = None,
    since: datetime | None = None,
) -> list[Event]:
    """Return events, newest first; `before` is the id of the last one already read, `since` an instant none is older than."""
    rows = Event.objects.filter(cluster=slug)
    if subject_kind is not None:
        rows = rows.filter(subject_kind=subject_kind)
    if subject is not None:
        rows = rows.filter(subject=subject)
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return list(rows.order_by("-pk")[:limit])


def record(
    slug: str,
    kind: str,
    subject_kind: str,
    subject: str,
    text: str,
    *,
    before: Any = None,
    after: Any = None,
    actor: str = "",
    at: datetime | None = None,
) -> Event:
    """Write one event of our own: what an action of ours did."""
    event: Event = Event.objects.create(
        cluster=slug,
        at=at or timezone.now(),
        kind=kind,
        subject_kind=subject_kind,
        subject=subject,
        text=text,
        before=before,
        after=after,
        actor=actor,
    )
    return event


def write(slug: str, old: Snapshot, new: Snapshot) -> int:
    """Write what happened between two published snapshots; returns how many events that were."""
    found = list(between(old, new))
    if found:
        now = timezone.now()
        Event.objects.bulk_create([Event(cluster=slug, at=now, **facts) for facts in found])
    return len(found)


def trim(slug: str) -> None:
    """Drop what is older than is kept."""
    Event.objects.filter(cluster=slug, at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()


def between(old: Snapshot, new: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield what happened between two snapshots; nothing before a part was read for the first time."""
    ids = old.cluster()["cluster_id"], new.cluster()["cluster_id"]
    if None not in ids and ids[0] != ids[1]:
        yield _event("cluster_replaced", "cluster", "", "Another cluster answers at this address.", *ids)
        return
    if _was_read(old, "metadata"):
        yield from _topics(old, new)
        yield from _partitions(old, new)
    yield from _brokers(old, new)
    if _was_read(old, "groups"):
        yield from _groups(old, new)
    before, after = old.cluster()["controller"], new.cluster()["controller"]
    if before is not None and after != before:
        text = f"Controller moved from broker {before} to {after}." if after is not None else f"Controller {before} is gone."
        yield _event("controller_moved", "cluster", "", text, before, after)


def _was_read(snapshot: Snapshot, source: str) -> bool:
    row = snapshot.source(source)
    return row is not None and row["as_of_ms"] is not None


def _event(kind: str, subject_kind: str, subject: str, text: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    return {"kind": kind, "subject_kind": subject_kind, "subject": subject, "text": text, "before": before, "after": after}


def _topics(old: Snapshot, new: Snapshot) -> Iterator[dict[str, Any]]:
    before, after = old.table("topics"), new.table("topics")
    for name, row in after.items():
        was, topic = before.get(name), row["name"]
        if was is row:
            continue
        if was is None:
            yield _event("topic_created", "topic", topic, f"Topic {topic} was created; partitions: {row['partitions']}.")
        elif was["id"] != row["id"] and None not in (was["id"], row["id"]):
            yield _event("topic_recreated", "topic", topic, f"Topic {topic} was deleted and created again.", was["id"], row["id"])
        else:
            yield from _configs(was, row)
            if was["partitions"] and row["partitions"] != was["partitions"]:
                text = f"Topic {topic} went from {was['partitions']} to {row['partitions']} partitions."
                yield _event("partitions_added", "topic", topic, text, was["partitions"], row["partitions"])
    for name, row in before.items():
        if name not in after:
            yield _event("topic_deleted", "topic", row["name"], f"Topic {row['name']} was deleted.")


def _configs(was: Row, row: Row) -> Iterator[dict[str, Any]]:
    if was["overridden"] is None:
        return
    changed = [column for column in CONFIGS if was[column] != row[column] and None not in (was[column], row[column])]
    if changed:
        told = ", ".join(f"{column.replace('_', '.')} {was[column]} → {row[column]}" for column in changed)
        before, after = ({column: values[column] for column in changed} for values in (was, row))
        yield _event("config_changed", "topic", row["name"], f"Config of topic {row['name']} changed: {told}.", before, after)


def _partitions(old: Snapshot, new: Snapshot) -> Iterator[dict[str, Any]]:
    before, topics = old.table("partitions"), old.table("topics")
    found: dict[tuple[str, str], list[tuple[Row, Row]]] = defaultdict(list)
    for name, row in new.table("partitions").items():
        was = before.get(name)
        if was is None or was is row or _is_another_topic(topics, new, row["topic"]):
            continue
        if was["leader"] != row["leader"]:
            found["leader_moved", row["topic"]].append((was, row))
        lost, won = (set(a["in_sync_replicas"]) - set(b["in_sync_replicas"]) for a, b in ((was, row), (row, was)))
        if lost:
            found["isr_shrank", row["topic"]].append((was, row))
        elif won:
            found["isr_grew", row["topic"]].append((was, row))
    for (kind, topic), pairs in found.items():
        column = "leader" if kind == "leader_moved" else "in_sync_replicas"
        values = [{str(row["partition"]): row[column] for row in side} for side in zip(*pairs, strict=True)]
        yield _event(kind, "topic", topic, _told(kind, topic, pairs, column), *values)


def _is_another_topic(topics: Any, new: Snapshot, topic: str) -> bool:
    was, row = topics.get(key(topic)), new.row("topics", topic)
    return was is None or row is None or was["id"] != row["id"]


def _told(kind: str, topic: str, pairs: list[tuple[Row, Row]], column: str) -> str:
    what = {"leader_moved": "leader moved", "isr_shrank": "in-sync set shrank", "isr_grew": "in-sync set grew"}[kind]
    if len(pairs) == 1:
        was, row = pairs[0]
        return f"{topic}, partition {row['partition']}: {what} from {_words(was[column])} to {_words(row[column])}."
    numbers = ", ".join(str(row["partition"]) for _, row in pairs[:8]) + (", …" if len(pairs) > 8 else "")
    return f"{topic}, {len(pairs)} partitions ({numbers}): {what}."


def _words(value: Any) -> str:
    return "none" if value is None or value == [] else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _brokers(old: Snapshot, new: Snapshot) -> Iterator[dict[str, Any]]:
    before, after = old.table("brokers"), new.table("brokers")
    for name, row in after.items():
        was, broker = before.get(name), str(row["broker"])
        if was is None or was is row:
            continue
        if was["is_reachable"] and row["is_reachable"] is False:
            yield _event("broker_gone", "broker", broker, f"Broker {broker} stopped answering us.")
        elif was["is_reachable"] is False and row["is_reachable"]:
            yield _event("broker_back", "broker", broker, f"Broker {broker} answers us again.")
        if was["is_fenced"] is False and (row["is_fenced"] or row["is_registered"] is False):
            yield _event("broker_fenced", "broker", broker, f"The controller lost broker {broker}.")
        elif (was["is_fenced"] or was["is_registered"] is False) and row["is_fenced"] is False:
            yield _event("broker_unfenced", "broker", broker, f"The controller hears broker {broker} again.")
    for name, row in before.items():
        if name not in after:
            yield _event("broker_left", "broker", str(row["broker"]), f"Broker {row['broker']} left the cluster.")


def _groups(old: Snapshot, new: Snapshot) -> Iterator[dict[str, Any]]:
    before, after = old.table("groups"), new.table("groups")
    for name, row in after.items():
        was, group = before.get(name), row["group"]
        if was is None:
            yield _event("group_created", "group", group, f"Group {group} appeared: {row['state']}.", None, row["state"])
        elif was["state"] != row["state"]:
            text = f"Group {group} went from {was['state']} to {row['state']}."
            yield _event("group_state_changed", "group", group, text, was["state"], row["state"])
    for name, row in before.items():
        if name not in after:
            yield _event("group_deleted", "group", row["group"], f"Group {row['group']} is gone.", row["state"], None)
