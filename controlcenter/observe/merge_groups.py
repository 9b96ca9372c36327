"""Puts what brokers say of groups into a snapshot: which there are, who is in them, what they committed. Pure but for `memory`."""

from collections.abc import Iterable
from typing import Any

from controlcenter.observe.poll import Polled
from controlcenter.observe.snapshot import TABLES, Row, Snapshot, key

MEMBER_COLUMNS = ("member_id", "client_id", "host")


def groups(snapshot: Snapshot, polled: Polled, memory: Any) -> Snapshot:
    """Put in the list of groups. One is gone when its own coordinator was asked, answered, and did not name it."""
    failed = {failure.broker for failure in polled.failures}
    answered = set() if None in failed else {int(broker) for broker in polled.asked or ()} - failed
    before = snapshot.table("groups")
    listed = {listing.group for listing in polled.result}
    rows = {name: row for name, row in before.items() if row["group"] not in listed and row["coordinator"] not in answered}
    for listing in polled.result:
        name = key(listing.group)
        row = before.get(name)
        if row is None or row["state"] != listing.state or row["coordinator"] != listing.coordinator:
            memory.at_once |= {"described"} if row is not None else {"described", "commits"}
        facts = {
            "group": listing.group,
            "type": listing.type,
            "state": listing.state,
            "protocol_type": listing.protocol_type,
            "coordinator": listing.coordinator,
        }
        known = row or dict.fromkeys(TABLES["groups"])
        rows[name] = known if all(known[column] == value for column, value in facts.items()) else {**known, **facts}
    if len(rows) == len(before) and all(name in before for name in rows):
        return snapshot.replace(groups=rows)
    gone = {row["group"] for name, row in before.items() if name not in rows}
    return snapshot.replace(
        groups=rows,
        members=_without(snapshot, "members", gone),
        group_partitions=_without(snapshot, "group_partitions", gone),
    )


def described(snapshot: Snapshot, polled: Polled, memory: Any) -> Snapshot:
    """Put in members and assignments. A group that was not described keeps those it had."""
    told = {description.group for description in polled.result}
    rows = dict(snapshot.table("groups"))
    members = _without(snapshot, "members", told)
    owners: dict[str, tuple[str, Any, Row]] = {}
    partitions, topics = snapshot.table("partitions"), snapshot.table("topics")
    for description in polled.result:
        row = rows.get(key(description.group))
        if row is None:
            continue
        coordinator = row["coordinator"] if description.coordinator is None else description.coordinator
        rows[key(description.group)] = {
            **row,
            "state": description.state or row["state"],
            "protocol": description.protocol,
            "coordinator": coordinator,
            "members": len(description.members),
        }
        for member in description.members:
            owner = {"member_id": member.member_id, "client_id": member.client_id, "host": member.host}
            # a task of a streams group names its number of each source topic, also of those with fewer partitions
            now, target = (
                [held for held in side if key(*held) in partitions or key(held.topic) not in topics]
                for side in (member.assignment, member.target)
            )
            members[key(description.group, member.member_id)] = {
                "group": description.group,
                **owner,
                "instance_id": member.instance_id,
                "assignment": [list(held) for held in now],
                "target": [list(held) for held in target],
            }
            for held in now:
                name = key(description.group, held.topic, held.partition)
                shared = owners[name][2] if name in owners else None  # members of a share group hold the same partition
                owners[name] = (description.group, held, _together(shared, owner) if shared else owner)
    return snapshot.replace(groups=rows, members=members, group_partitions=_owned(snapshot, told, owners))


def _together(one: Row, other: Row) -> Row:
    """Return two members as the holders of one partition: their names side by side, each once."""
    return {column: ", ".join(dict.fromkeys([*str(one[column]).split(", "), str(other[column])])) for column in MEMBER_COLUMNS}


def _owned(snapshot: Snapshot, told: set[str], owners: dict[str, Any]) -> dict[str, Row]:
    """Return the group partitions, each with the member that holds it now; those nobody holds and nobody committed go."""
    rows = dict(snapshot.table("group_partitions"))
    for name, row in list(rows.items()):
        if row["group"] in told and name not in owners:
            if row["committed"] is None:
                del rows[name]
            elif row["member_id"] is not None:
                rows[name] = {**row, **dict.fromkeys(MEMBER_COLUMNS)}
    for name, (group, held, owner) in owners.items():
        before = rows.get(name) or _fresh(group, held.topic, held.partition)
        rows[name] = before if all(before[column] == owner[column] for column in MEMBER_COLUMNS) else {**before, **owner}
    return rows


def commits(snapshot: Snapshot, polled: Polled, memory: Any) -> Snapshot:
    """Put in committed offsets. `committed_at_ms` is when we saw one move: Kafka does not tell when it was made."""
    rows = dict(snapshot.table("group_partitions"))
    known = snapshot.table("groups")
    for group, committed in polled.result.items():
        if key(group) not in known:
            continue
        for (topic, partition), commit in committed.items():
            name = key(group, topic, partition)
            row = rows.get(name) or _fresh(group, topic, partition)
            rate = memory.rates.observe((group, topic, partition), polled.at_ms, commit.offset)
            has_moved = row["committed"] is not None and row["committed"] != commit.offset
            facts = {
                "committed": commit.offset,
                "metadata": commit.metadata,
                "told_lag": commit.lag,
                "consumed_per_s": rate,
                "committed_at_ms": polled.at_ms if has_moved else row["committed_at_ms"],
                "flags": [flag for flag in row["flags"] if flag != "not_committed"],
            }
            rows[name] = row if all(row[column] == value for column, value in facts.items()) else {**row, **facts}
    for name, row in list(rows.items()):
        answer = polled.result.get(row["group"])
        if answer is None or (row["topic"], row["partition"]) in answer:
            continue
        if row["member_id"] is None:
            del rows[name]
        elif row["committed"] is not None or "not_committed" not in row["flags"]:
            gone = dict.fromkeys(("committed", "metadata", "told_lag", "consumed_per_s", "committed_at_ms"))
            rows[name] = {**row, **gone, "flags": [*row["flags"], "not_committed"]}
    return snapshot.replace(group_partitions=rows)


def _fresh(group: str, topic: str, partition: int) -> Row:
    return {**dict.fromkeys(TABLES["group_partitions"]), "group": group, "topic": topic, "partition": partition, "flags": []}


def _without(snapshot: Snapshot, table: str, groups: Iterable[str]) -> dict[str, Row]:
    gone = set(groups)
    return {name: row for name, row in snapshot.table(table).items() if row["group"] not in gone}
