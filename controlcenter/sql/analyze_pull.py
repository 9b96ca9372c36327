"""A SELECT without EMIT reads what is there and ends: what it may not ask (spec/sql.md 18)."""

from controlcenter.sql import ast, names, trees, types
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Catalog
from controlcenter.sql.faults import invalid

_MORE = "See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query."
_HIDDEN = ("ROWPARTITION", "ROWOFFSET")


def check(query: ast.Query, catalog: Catalog, settings: Settings) -> None:
    """Raise for a clause or a column that a pull query does not have, and for a table that keeps no state."""
    clauses = {
        "JOIN": query.joins,
        "WINDOW": query.window,
        "GROUP BY": query.group_by,
        "PARTITION BY": query.partition_by,
        "HAVING": query.having,
    }
    for clause, value in clauses.items():
        if value:
            raise invalid(f"Pull queries don't support {clause} clauses. {_MORE}", query.span)
    if query.limit is not None and not settings.is_on("ksql.query.pull.limit.clause.enabled", True):
        words = "You can enable them by setting ksql.query.pull.limit.clause.enabled=true."
        raise invalid(f"LIMIT clause in pull queries is currently disabled. {words} {_MORE}", query.span)
    source = names.existing(query.source.name, catalog)
    if source.kind == "TABLE" and not source.is_queryable:
        derive = f"'CREATE TABLE QUERYABLE_{source.name} AS SELECT * FROM {source.name}'"
        raise invalid(
            f"The {types.quoted(source.name)} table isn't queryable. To derive a queryable table, you can do {derive}. {_MORE}", query.span
        )
    places: list[tuple[str, tuple[ast.Node, ...]]] = [("SELECT", query.items), ("WHERE", (query.where,) if query.where is not None else ())]
    for clause, nodes in places:
        found = dict.fromkeys(types.quoted(name.name) for node in nodes for name in trees.names(node) if name.name in _HIDDEN)
        if found:
            raise invalid(f"Pull queries don't support the following columns in {clause} clauses: {', '.join(found)}", query.span)
