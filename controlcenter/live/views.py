"""Which tables, rows and columns of a snapshot a view shows to somebody. Pure: no socket, no Redis, no database.

Law: `between` of what was shown and what is to be shown leads from the one to the other; what may not be seen is in
neither. Rows that pass are the snapshot's own, so that unchanged ones compare by identity.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from controlcenter.live.narrow import Narrowed
from controlcenter.observe import attention, delta, sources
from controlcenter.observe.attention import MaySee
from controlcenter.observe.snapshot import TABLES, Row, Rows, Snapshot, key, only

Shown = Mapping[str, Rows]

LISTS = {
    "overview": ("attention", "brokers", "topics", "groups", "partitions"),
    "topics": ("topics",),
    "groups": ("groups",),
    "brokers": ("brokers", "log_dirs", "quorum"),
}
DETAILS = {"topic": "topic.view", "group": "group.view", "broker": "broker.view"}
TOP = 20  # the busiest topics and the slowest groups of the overview
# the overview draws a map of up to 50,000 partitions: these columns and no others travel
MAP_COLUMNS = ("topic", "partition", "state", "leader", "traffic")
BUSIEST = 6  # the step of ten thousand records a second and more
# table → the columns that name what it speaks of, each with the operation that shows it ("" column: the cluster's own)
RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "topics": (("name", "topic.view"),),
    "partitions": (("topic", "topic.view"),),
    "groups": (("group", "group.view"),),
    "members": (("group", "group.view"),),
    "group_partitions": (("group", "group.view"), ("topic", "topic.view")),
    "brokers": (("", "broker.view"),),
    "quorum": (("", "broker.view"),),
    "log_dirs": (("", "broker.logdirs.view"),),
}
CONFIG_OPERATIONS = {"topic": "topic.config.view", "broker": "broker.config.view"}


def is_known(view: str) -> bool:
    """Return whether there is such a view, written in its one spelling."""
    kind, slash, name = view.partition("/")
    return view in LISTS or (bool(slash) and kind in DETAILS and bool(name) and key(unquote(name)) == name)


def may_open(view: str, may_see: MaySee) -> bool:
    """Return whether somebody may look at a view at all."""
    if not may_see("cluster.view", ("",)):
        return False
    kind, slash, name = view.partition("/")
    if not slash:
        return True
    subject = "" if kind == "broker" else unquote(name)
    return bool(may_see(DETAILS[kind], (subject,)))


def tables_of(view: str, snapshot: Snapshot | Narrowed, may_see: MaySee) -> dict[str, Rows]:
    """Return what the view shows: table → rows, without empty tables; nothing at all when it may not be opened."""
    if not may_open(view, may_see):
        return {}
    narrowed = snapshot if isinstance(snapshot, Narrowed) else Narrowed(snapshot)
    kind, slash, name = view.partition("/")
    found = _detail(kind, unquote(name), narrowed) if slash else {table: narrowed.table(table) for table in LISTS[view]}
    found |= {"cluster": narrowed.table("cluster"), "sources": sources.seen(narrowed.snapshot, may_see)}
    shown = {table: _seen(table, rows, may_see) for table, rows in found.items()}
    if view == "overview":
        shown["attention"] = attention.seen(narrowed.snapshot, shown["partitions"], shown["groups"], may_see)
        shown["topics"] = _top(shown["topics"], "records_per_s")
        shown["groups"] = _top(shown["groups"], "lag")
        shown["partitions"] = narrowed.projected("partitions", _square, shown["partitions"])
    return {table: rows for table, rows in shown.items() if rows}


def change(before: Shown, after: Shown) -> dict[str, Any]:
    """Return the tables of the delta that leads from what was shown to what is to be shown."""
    return dict(delta.between(Snapshot(0, before), Snapshot(0, after))["tables"])


def wire(view: str, shown: Shown) -> dict[str, Any]:
    """Return the tables of a view as they travel whole."""
    return {name: _columnar(_columns(view, name), rows) for name, rows in shown.items()}


def _columns(view: str, table: str) -> tuple[str, ...]:
    return MAP_COLUMNS if (view, table) == ("overview", "partitions") else TABLES[table]


def _columnar(columns: tuple[str, ...], rows: Rows) -> dict[str, Any]:
    return {"columns": columns, "keys": list(rows), "rows": [[row.get(column) for column in columns] for row in rows.values()]}


def _square(row: Row) -> Row:
    return {**{column: row.get(column) for column in MAP_COLUMNS}, "traffic": traffic(row["records_per_s"])}


def traffic(records_per_s: float | None) -> int | None:
    """Return how busy a partition is in tenfold steps: 0 nothing, 1 less than one record a second, … BUSIEST; None unknown.

    A step changes rarely, so that a map of 50,000 partitions is not sent anew each second.
    """
    if not records_per_s:
        return None if records_per_s is None else 0
    return next((step for step in range(1, BUSIEST) if records_per_s < 10 ** (step - 1)), BUSIEST)


def _detail(kind: str, name: str, narrowed: Narrowed) -> dict[str, Rows]:
    if kind == "topic":
        read = narrowed.where("group_partitions", "topic", name)
        groups = dict.fromkeys(row["group"] for row in read.values())
        return {
            "topics": narrowed.rows("topics", (key(name),)),
            "partitions": narrowed.where("partitions", "topic", name),
            "group_partitions": read,
            "groups": narrowed.rows("groups", [key(group) for group in groups]),
            "configs": only(narrowed.where("configs", "owner", name), "kind", ("topic",)),
            "brokers": narrowed.table("brokers"),
        }
    if kind == "group":
        return {
            "groups": narrowed.rows("groups", (key(name),)),
            "members": narrowed.where("members", "group", name),
            "group_partitions": narrowed.where("group_partitions", "group", name),
        }
    number = int(name) if name.isdecimal() and name.isascii() and len(name) < 12 else None
    return {
        "brokers": narrowed.table("brokers"),
        "log_dirs": narrowed.where("log_dirs", "broker", number),
        "partitions": narrowed.holding("partitions", "replicas", number),
        "configs": only(narrowed.where("configs", "owner", name), "kind", ("broker",)),
    }


def _seen(table: str, rows: Rows, may_see: MaySee) -> Rows:
    for column, operation in RULES.get(table, ()):
        rows = _allowed(rows, column, operation, may_see)
    if table == "configs":
        for kind, operation in CONFIG_OPERATIONS.items():
            hidden = {k: row for k, row in rows.items() if row["kind"] == kind}
            kept = _allowed(hidden, "owner" if kind == "topic" else "", operation, may_see)
            rows = rows if len(kept) == len(hidden) else {k: row for k, row in rows.items() if k not in hidden or k in kept}
    elif table == "groups":
        rows = _without_topics(rows, ("topic_names",), lambda names, seen: [name for name in names if name in seen], may_see)
    elif table == "members":
        rows = _without_topics(rows, ("assignment", "target"), lambda pairs, seen: [pair for pair in pairs if pair[0] in seen], may_see)
    return rows


def _allowed(rows: Rows, column: str, operation: str, may_see: MaySee) -> Rows:
    if not column:
        return rows if may_see(operation, ("",)) else {}
    names = {row[column] for row in rows.values()}
    allowed = may_see(operation, names)
    if len(allowed) == len(names):
        return rows
    seen = set(allowed)
    return {k: row for k, row in rows.items() if row[column] in seen}


def _without_topics(rows: Rows, columns: tuple[str, ...], keep: Callable[[Any, set[str]], list[Any]], may_see: MaySee) -> Rows:
    """Return the rows with the topics that may not be seen taken out of their lists."""
    named = {_topic(item) for row in rows.values() for column in columns for item in row.get(column) or ()}
    seen = set(may_see("topic.view", named))
    if len(seen) == len(named):
        return rows
    return {k: _trimmed(row, columns, keep, seen) for k, row in rows.items()}


def _trimmed(row: Row, columns: tuple[str, ...], keep: Callable[[Any, set[str]], list[Any]], seen: set[str]) -> Row:
    trimmed = {column: keep(row[column], seen) for column in columns if row.get(column)}
    return row if all(row[column] == kept for column, kept in trimmed.items()) else {**row, **trimmed}


def _topic(item: Any) -> str:
    return str(item if isinstance(item, str) else item[0])


def _top(rows: Rows, column: str) -> Rows:
    """Return the rows with the greatest values, unknown last; ties by key, so that a tie does not flicker."""
    if len(rows) <= TOP:
        return rows
    ranked = sorted(rows, key=lambda k: (-(rows[k].get(column) or 0), k))
    return {k: rows[k] for k in ranked[:TOP]}
