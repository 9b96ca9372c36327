"""The key of a result: which columns it has, and whether the projection contains them (spec/sql.md 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from controlcenter.errors import Problem
from controlcenter.sql import ast, format, names, types
from controlcenter.sql.analyze_aggregation import Selected, joined
from controlcenter.sql.analyze_joins import Side
from controlcenter.sql.faults import invalid
from controlcenter.sql.names import Scope

_COPY = (
    "Each key column must only be in the projection once. If you intended to copy the key into the value, then consider using the "
    "AS_VALUE function to indicate which key reference should be copied."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key column of the result: its name there, and the expression it holds."""

    name: str
    internal: ast.Expression


def plain(
    scope: Scope, side: Side, query: ast.Query, selected: Sequence[Selected], sink: str | None, *, may_lack: bool = False
) -> list[Wanted]:
    """Return the key of a query without GROUP BY. `sink` None: nobody asks where the key is, and names are the input's.

    may_lack   ksqlDB's new planner: the key is what the projection has of it, in the order of SELECT
    """
    if query.partition_by:
        return _partitioned(scope, query.partition_by, selected, sink)
    if side.key is not None:
        return _joined(scope, side, selected, sink)
    source = scope.sources[0].source
    expressions = [ast.Name(column.name) for column in source.schema.key]
    if may_lack and sink is not None:
        expressions = [one for item in selected for one in expressions if one == item.internal]
    return _found(expressions, expressions, selected, sink, "key column")


def grouped(group_by: Sequence[ast.Expression], selected: Sequence[Selected], sink: str | None) -> list[Wanted]:
    """Return the key of an aggregation: its grouping expressions, under their names in the projection."""
    if sink is None:
        return []
    found: list[Wanted] = []
    missing: list[ast.Expression] = []
    by_expression = _aliases(selected)
    for key in group_by:
        aliases = by_expression.get(key, [])
        if not aliases:
            missing.append(key)
        elif len(aliases) > 1:
            words = joined([types.quoted(alias) for alias in aliases], "and")
            raise invalid(f"The projection contains a key column more than once: {words}.\n{_COPY}")
        else:
            found.append(Wanted(aliases[0], key))
    if missing:
        raise _missing(sink, "grouping expression", missing)
    return found


def _aliases(selected: Sequence[Selected]) -> dict[ast.Expression, list[str]]:
    """Return expression → the aliases under which the projection has it."""
    found: dict[ast.Expression, list[str]] = {}
    for item in selected:
        found.setdefault(item.internal, []).append(item.alias)
    return found


def _found(
    keys: Sequence[ast.Expression], shown: Sequence[ast.Expression], selected: Sequence[Selected], sink: str | None, kind: str
) -> list[Wanted]:
    """Return each key under its alias; raise for those that the projection lacks or has twice."""
    if sink is None:
        return []
    found: list[Wanted] = []
    missing: list[ast.Expression] = []
    by_expression = _aliases(selected)
    for key, text in zip(keys, shown, strict=True):
        aliases = by_expression.get(key, [])
        if not aliases:
            missing.append(text)
        else:
            found.append(Wanted(_once(key, aliases), key))
    if missing:
        raise _missing(sink, kind, missing)
    return found


def _once(key: ast.Expression, aliases: Sequence[str]) -> str:
    if len(aliases) > 1:
        name = types.quoted(key.name) if isinstance(key, ast.Name) else types.quoted(sorted(aliases)[0])
        words = joined(sorted(aliases), "and")
        raise invalid(f"The projection contains a key column ({name}) more than once, aliased as: {words}.\n{_COPY}")
    return aliases[0]


def _missing(sink: str, kind: str, missing: Sequence[ast.Expression]) -> Problem:
    texts = [format.expression(key) for key in missing]
    plural = "s" if len(texts) > 1 else ""
    return invalid(
        f"Key{plural} missing from projection (ie, SELECT). "
        f"\nThe query used to build {types.quoted(sink)} must include the {kind}{plural} {joined(texts, 'and')} "
        f"in its projection (eg, SELECT {', '.join(texts)}...)."
    )


# — PARTITION BY —————————————————————————————————————————————————————————————


def _partitioned(scope: Scope, nodes: Sequence[ast.Expression], selected: Sequence[Selected], sink: str | None) -> list[Wanted]:
    check_partition(nodes)
    if isinstance(nodes[0], ast.Null):
        return []
    internal = [names.internal(node, scope) for node in nodes]
    if sink is None:
        generated = names.namer(scope)
        return [Wanted(node.name if isinstance(node, ast.Name) else generated.column(), node) for node in internal]
    return _found(internal, nodes, selected, sink, "partitioning expression")


def check_partition(nodes: Sequence[ast.Expression]) -> None:
    """Raise for NULL beside other expressions."""
    if len(nodes) > 1 and any(isinstance(node, ast.Null) for node in nodes):
        raise invalid("Cannot PARTITION BY multiple columns including NULL")


def star_after_partition(scope: Scope, nodes: Sequence[ast.Expression], source: str | None) -> list[Selected]:
    """Return what `*` means after PARTITION BY: the new key, the values that stay, then the old key, which is a value now.

    After a join each source shows its pseudo columns too (a slip of ksqlDB that its users see).
    """
    generated = names.namer(scope)
    found: list[Selected] = []
    for node in nodes:
        if not isinstance(node, ast.Null):
            internal = names.internal(node, scope)
            alias = internal.name if isinstance(internal, ast.Name) else generated.column()
            found.append(Selected(alias, internal, node))
    moved = {item.alias for item in found}
    for one in scope.sources:
        if source not in (None, one.alias):
            continue
        schema = one.source.schema
        pseudo = names.PSEUDO if scope.is_join else ()
        for column in (*schema.value, *schema.headers, *pseudo, *schema.key):
            name = scope.internal(one.alias, column.name)
            if name not in moved:
                found.append(Selected(name, ast.Name(name), ast.Name(column.name, one.alias)))
    return found


# — joins ————————————————————————————————————————————————————————————————————


def _joined(scope: Scope, side: Side, selected: Sequence[Selected], sink: str | None) -> list[Wanted]:
    key = side.key
    if sink is None or key is None:
        return []
    if key.synthetic:
        return [_synthetic(key.synthetic, selected, sink)]
    internal = [names.internal(name, scope) for name in key.viable]
    if key.required:
        return _foreign(scope, internal, key.viable, selected)
    for one in internal:
        aliases = [item.alias for item in selected if item.internal == one]
        if aliases:
            return [Wanted(_once(one, aliases), one)]
    texts = [format.expression(name) for name in key.viable]
    plural = "s" if len(texts) > 1 else ""
    raise invalid(
        f"Key missing from projection (ie, SELECT). \nThe query used to build {types.quoted(sink)} must include the join "
        f"expression{plural} {joined(texts, 'or')} in its projection (eg, SELECT {texts[0]}...)."
    )


def _synthetic(name: str, selected: Sequence[Selected], sink: str) -> Wanted:
    aliases = [item.alias for item in selected if item.internal == ast.Name(name)]
    if aliases:
        return Wanted(_once(ast.Name(name), aliases), ast.Name(name))
    raise invalid(
        "Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS."
        f"\nThe query used to build {types.quoted(sink)} must include the join expression {name} in its projection "
        f"(eg, SELECT {name}...).\n{name} was added as a synthetic key column because the join criteria did not match any source "
        "column. This expression must be included in the projection and may be aliased. "
    )


def _foreign(scope: Scope, internal: Sequence[ast.Expression], viable: Sequence[ast.Name], selected: Sequence[Selected]) -> list[Wanted]:
    found: list[Wanted] = []
    missing: list[str] = []
    for one, name in zip(internal, viable, strict=True):
        aliases = [item.alias for item in selected if item.internal == one]
        if aliases:
            found.append(Wanted(_once(one, aliases), one))
        else:
            missing.append(types.quoted(name.name))
    if missing:
        plural = "s" if len(missing) > 1 else ""
        left = types.quoted(scope.sources[0].source.name)
        raise invalid(
            f"Primary key column{plural} missing in projection. For foreign-key table-table joins, the projection must include all "
            f"primary key columns from the left input table ({left}). Missing column{plural}: {', '.join(missing)}."
        )
    return found
