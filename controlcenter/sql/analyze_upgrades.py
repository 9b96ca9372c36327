"""CREATE OR REPLACE … AS: which changes a running query survives (spec/sql.md 18)."""

from controlcenter.sql import analyze_sources as sources
from controlcenter.sql import typed
from controlcenter.sql.catalog import Source
from controlcenter.sql.faults import invalid

_JOINS = {
    "STREAM_STREAM": "StreamStreamJoin",
    "STREAM_TABLE": "StreamTableJoin",
    "TABLE_TABLE": "TableTableJoin",
    "FOREIGN_KEY": "ForeignKeyTableTableJoin",
}


def check(old: Source, new: Source, query: typed.Query) -> None:
    """Raise unless the new query may take the old one's place."""
    sources.check_upgrade(old, new)
    before = old.query
    if not isinstance(before, typed.Query):
        raise invalid(f"Cannot upgrade data source: '{old.name}' was not made by CREATE … AS.")
    if isinstance(before.source, typed.Join) or isinstance(query.source, typed.Join):
        join = before.source if isinstance(before.source, typed.Join) else query.source
        raise invalid(f"Upgrades not yet supported for {_JOINS[join.style] if isinstance(join, typed.Join) else 'joins'}")
    was, now = before.inputs[0].source.name, query.inputs[0].source.name
    if was != now:
        raise invalid(f"{_step(query)} must have matching sources. Values differ: {was} vs. {now}")
    if before.window is not None or query.window is not None:
        raise invalid("Upgrades not yet supported for StreamWindowedAggregate")
    _check_aggregation(before, query)


def _step(query: typed.Query) -> str:
    return "StreamSource" if query.inputs[0].source.kind == "STREAM" else "TableSource"


def _check_aggregation(before: typed.Query, after: typed.Query) -> None:
    step = "StreamAggregate" if after.inputs[0].source.kind == "STREAM" else "TableAggregate"
    if [part.expression for part in before.group_by] != [part.expression for part in after.group_by]:
        raise invalid(f"{step} must have matching grouping expressions.")
    if not after.aggregates and not before.aggregates:
        return
    old, new = needed(before), needed(after)
    if set(old) != set(new):
        raise invalid(f"{step} must have matching columns not part of aggregate. Values differ: [{', '.join(old)}] vs. [{', '.join(new)}]")
    kept = [(one.bound.name, one.args) for one in before.aggregates]
    if kept != [(one.bound.name, one.args) for one in after.aggregates][: len(kept)]:
        raise invalid(f"{step} must keep its aggregate functions: others may only be added.")


def needed(query: typed.Query) -> list[str]:
    """Return the columns that an aggregation reads, in order of use: `COUNT(*)` reads ROWTIME."""
    found: dict[str, None] = {}
    for part in query.group_by:
        found |= dict.fromkeys(_columns(part.expression))
    for one in query.aggregates:
        found |= dict.fromkeys(name for arg in one.args for name in _columns(arg))
    if query.where is not None:
        found |= dict.fromkeys(_columns(query.where))
    return list(found)


def _columns(node: object) -> list[str]:
    if isinstance(node, typed.ColumnRef):
        return [f"`{node.name}`"]
    if isinstance(node, tuple):
        return [name for inner in node for name in _columns(inner)]
    if isinstance(node, typed.NODES):
        return [name for part in node.__slots__ for name in _columns(getattr(node, part))]
    return []
