"""What needs somebody: the rows of the attention list, each with since when. Pure.

A row's age is kept from the snapshot before: the row says when the trouble was first seen, not when it was last seen.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from controlcenter.observe.snapshot import Row, Rows, Snapshot, key

# (operation, names) → those of the names it is allowed on
MaySee = Callable[[str, Iterable[str]], Collection[str]]

FULL = 0.85  # of a log dir's disk
BAD, WARN = "bad", "warn"
LOG_DIRS = ("log_dir_offline", "disk_full")
PARTITIONS = {
    "offline": (BAD, "offline", "no leader: nothing can be written or read there"),
    "under_min_isr": (BAD, "under min.insync.replicas", "producers with acks=all are refused"),
    "under_replicated": (WARN, "under-replicated", "fewer replicas are in sync than there should be"),
}  # state → tone, word, why it matters


def write(snapshot: Snapshot, now_ms: int) -> Snapshot:
    """Return the snapshot with its attention list."""
    before = snapshot.table("attention")
    rows = {}
    for row in _rows(snapshot):
        # partitions are told as one row a kind, whose subject changes while the trouble lasts
        name = row["kind"] if row["kind"] in PARTITIONS else key(row["kind"], row["subject"])
        since = before[name]["since_ms"] if name in before else now_ms
        rows[name] = {**row, "since_ms": since}
    return snapshot if rows == before else snapshot.replace(attention=rows)


def seen(snapshot: Snapshot, partitions: Rows, groups: Rows, may_see: MaySee) -> Rows:
    """Return the attention list as somebody sees it: what is hidden is neither named nor counted.

    partitions, groups  those of the snapshot's own rows that may be seen

    Troubles of several topics are told as one row, so with hidden topics the list is made anew from what is left; since
    when a trouble lasts is then told of its kind, which may have begun at a hidden topic.
    """
    if len(partitions) < len(snapshot.table("partitions")) or len(groups) < len(snapshot.table("groups")):
        snapshot = write(snapshot.replace(partitions=partitions, groups=groups), 0)  # nothing here is new, so 0 is never read
    may_brokers, may_dirs = (bool(may_see(operation, ("",))) for operation in ("broker.view", "broker.logdirs.view"))
    rows = snapshot.table("attention")
    if not may_brokers:
        rows = {name: row for name, row in rows.items() if not row["path"].startswith("brokers/")}
    return rows if may_dirs else {name: row for name, row in rows.items() if row["kind"] not in LOG_DIRS}


def is_troubled(snapshot: Snapshot) -> bool:
    """Return whether something is wrong with the cluster itself; groups that lag are their owners' affair."""
    return any((*_partitions(snapshot), *_brokers(snapshot), *_disks(snapshot)))


def _rows(snapshot: Snapshot) -> Iterator[Row]:
    cluster = snapshot.cluster()
    if cluster["state"] == "unreachable":
        yield _row(BAD, "cluster_unreachable", "cluster", f"cannot be reached: {cluster['reason']}", "", "Edit connection")
        return
    yield from _partitions(snapshot)
    yield from _brokers(snapshot)
    yield from _disks(snapshot)
    yield from _groups(snapshot)


def _row(tone: str, kind: str, subject: str, text: str, path: str, action: str) -> dict[str, Any]:
    return {"tone": tone, "kind": kind, "subject": subject, "text": text, "path": path, "action": action}


def _partitions(snapshot: Snapshot) -> Iterator[Row]:
    """Count each partition once, by its worst state; one topic is named, more are counted."""
    found: dict[str, list[Row]] = {state: [] for state in PARTITIONS}
    for row in snapshot.table("partitions").values():
        if row["state"] in found:
            found[row["state"]].append(row)
    for state, (tone, word, why) in PARTITIONS.items():
        parts = found[state]
        if parts:
            topics = sorted({row["topic"] for row in parts})
            subject, verb = (topics[0], "has") if len(topics) == 1 else (f"{len(topics)} topics", "have")
            text = f"{verb} {_count(len(parts), 'partition')} {word}: {why}"
            yield _row(tone, state, subject, text, f"topics/?filter=health:{state}", "Show topics")


def _brokers(snapshot: Snapshot) -> Iterator[Row]:
    for row in snapshot.table("brokers").values():
        subject, path = f"broker {row['broker']}", f"brokers/{row['broker']}/"
        if row["is_registered"] is False:
            yield _row(BAD, "broker_missing", subject, "is missing: the controller does not know it any more", path, "Show broker")
        elif row["is_fenced"]:
            yield _row(BAD, "broker_fenced", subject, "is fenced: the controller does not hear it", path, "Show broker")
        elif row["is_reachable"] is False:
            yield _row(BAD, "broker_unreachable", subject, "does not answer us", path, "Show broker")
    quorum = snapshot.source("quorum")
    if quorum and quorum["is_complete"] and snapshot.table("quorum") and snapshot.cluster()["controller"] is None:
        yield _row(BAD, "no_controller", "cluster", "has no controller: topics and leaders cannot change", "brokers/", "Show brokers")


def _disks(snapshot: Snapshot) -> Iterator[Row]:
    for row in snapshot.table("log_dirs").values():
        subject, path = f"broker {row['broker']} {row['path']}", f"brokers/{row['broker']}/logdirs/"
        if row["error"]:
            yield _row(BAD, "log_dir_offline", subject, f"is offline: {row['error']}", path, "Show log dirs")
        elif row["total_bytes"] and row["usable_bytes"] is not None and row["usable_bytes"] < (1 - FULL) * row["total_bytes"]:
            used = round(100 * (1 - row["usable_bytes"] / row["total_bytes"]))
            yield _row(WARN, "disk_full", subject, f"has a disk that is {used}% full", path, "Show log dirs")


def _groups(snapshot: Snapshot) -> Iterator[Row]:
    for row in snapshot.table("groups").values():
        if row["lag"] and row["members"] == 0:
            text = f"has no members and {_count(row['lag'], 'unread record')}"
            yield _row(WARN, "group_without_members", row["group"], text, f"groups/{key(row['group'])}/", "Show lag")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
