"""Whose column a name means, and what a column without a name is called (spec/sql.md 3).

A query passes two forms here. *Qualified*: every column says its source, every item has its alias; messages about
joins and keys print this one. *Internal*: columns are called as in the record that flows: `COL` over one source,
`ALIAS_COL` after a join; messages about types print that one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from controlcenter.sql import ast, format, trees, types
from controlcenter.sql.catalog import Catalog, Column, Source
from controlcenter.sql.faults import invalid

PSEUDO = (
    Column("ROWTIME", types.BIGINT, "PSEUDO"),
    Column("ROWPARTITION", types.INTEGER, "PSEUDO"),
    Column("ROWOFFSET", types.BIGINT, "PSEUDO"),
)
BOUNDS = (Column("WINDOWSTART", types.BIGINT, "PSEUDO"), Column("WINDOWEND", types.BIGINT, "PSEUDO"))
SYSTEM = frozenset(c.name for c in PSEUDO + BOUNDS)
WINDOW_NAMES = frozenset(c.name for c in BOUNDS)


@dataclass(frozen=True, slots=True)
class Aliased:
    """A source of FROM and the name it goes by in this query."""

    alias: str
    source: Source
    known: frozenset[str] = frozenset()  # names of `columns`: asked for each name of the query

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return every column that a name may mean here, pseudo columns last."""
        return (*self.source.schema, *PSEUDO, *(BOUNDS if self.source.window is not None else ()))


@dataclass(frozen=True, slots=True)
class Scope:
    """The sources of a query, in the order of FROM."""

    sources: tuple[Aliased, ...]

    @property
    def is_join(self) -> bool:
        return len(self.sources) > 1

    def by_alias(self, alias: str) -> Aliased | None:
        return next((one for one in self.sources if one.alias == alias), None)

    def having(self, column: str) -> list[Aliased]:
        """Return the sources that have a column of this name."""
        return [one for one in self.sources if column in one.known]

    def internal(self, alias: str, column: str) -> str:
        """Return what a column is called in the record that flows."""
        return f"{alias}_{column}" if self.is_join else column


def open_scope(query: ast.Query, catalog: Catalog) -> Scope:
    """Return the sources of a query, or raise for one that does not exist."""
    relations = (query.source, *(join.right for join in query.joins))
    return Scope(tuple(aliased(relation.alias, existing(relation.name, catalog)) for relation in relations))


def aliased(alias: str, source: Source) -> Aliased:
    """Return a source under its name in a query."""
    one = Aliased(alias, source)
    return replace(one, known=frozenset(column.name for column in one.columns))


def existing(name: str, catalog: Catalog) -> Source:
    """Return the source of this name, or raise "X does not exist.", with a hint when only its case differs."""
    source = catalog.source(name)
    if source is None:
        raise invalid(f"Exception while preparing statement: {name} does not exist.{other_case(name, catalog)}")
    return source


def other_case(name: str, catalog: Catalog) -> str:
    """Return the hint for a name that exists in another case, "" when none does."""
    known = next((one for one in catalog.sources if one.upper() == name.upper() and one != name), None)
    if known is None:
        return ""
    if known == known.upper():
        return f"\nDid you mean {known}? Hint: try removing double quotes from the source name."
    return f'\nDid you mean "{known}"? Hint: wrap the source name in double quotes to make it case-sensitive.'


# — qualified ————————————————————————————————————————————————————————————————


def qualify(query: ast.Query, scope: Scope) -> ast.Query:
    """Return the query with each column under its source and each item under its alias.

    What no source has stays as it is: the clause it stands in complains of it in its own words.
    """
    check_aliases(query, scope)
    if query.window is not None:
        query = trees.rewrite(query, lambda node: _bound(node, scope))
    whole: ast.Query = trees.rewrite(query, lambda node: _qualified(node, scope, frozenset()))
    return replace(whole, items=_named(whole.items, scope))


def check_aliases(query: ast.Query, scope: Scope) -> None:
    """Raise for a qualifier that is none of the query's sources."""
    for node in trees.walk(query):
        if isinstance(node, ast.Name | ast.Star) and node.source is not None and scope.by_alias(node.source) is None:
            raise invalid(f"Failed to prepare statement: '{node.source}' is not a valid stream/table name or alias.", node.span)


def _bound(node: ast.Expression, scope: Scope) -> ast.Expression | None:
    """Return WINDOWSTART for `source.WINDOWSTART` where the aggregation makes the window, not the source."""
    if isinstance(node, ast.Name) and node.source is not None and node.name in WINDOW_NAMES:
        owner = scope.by_alias(node.source)
        return replace(node, source=None) if owner is not None and owner.source.window is None else node
    return None


def _qualified(node: ast.Expression, scope: Scope, parameters: frozenset[str]) -> ast.Expression | None:
    if isinstance(node, ast.Lambda):
        return _qualified_lambda(node, scope, parameters)
    if not isinstance(node, ast.Name) or node.source is not None or node.name in parameters:
        return node if isinstance(node, ast.Name) else None
    owners = scope.having(node.name)
    if len(owners) > 1:
        could = " or ".join(sorted(f"{format.name(one.alias)}.{format.name(node.name)}" for one in owners))
        what = f"Line: {node.span.line}, Col: {node.span.column}: Column '{node.name}' is ambiguous. Could be {could}."
        raise invalid(f"Exception while preparing statement: {what}", node.span)
    return replace(node, source=owners[0].alias) if owners else node


def _qualified_lambda(node: ast.Lambda, scope: Scope, outer: frozenset[str]) -> ast.Expression:
    for parameter in node.parameters:
        if scope.having(parameter):
            raise invalid(f"Exception while preparing statement: Lambda function argument can't be a column name: {parameter}", node.span)
        if parameter in outer:
            raise invalid("Exception while preparing statement: Reusing lambda arguments in nested lambda is not allowed", node.span)
    inner = outer | frozenset(node.parameters)
    return replace(node, body=trees.rewrite(node.body, lambda below: _qualified(below, scope, inner)))


# — aliases ——————————————————————————————————————————————————————————————————


class Namer:
    """Gives names to columns that have none; never one that a source's column has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.next_column = 0
        self.next_field: dict[str, int] = {}

    def column(self) -> str:
        """Return the next free KSQL_COL_n."""
        while f"KSQL_COL_{self.next_column}" in self.taken:
            self.next_column += 1
        self.next_column += 1
        return f"KSQL_COL_{self.next_column - 1}"

    def field(self, name: str) -> str:
        """Return the name of a struct's field, or F_1, F_2 … when it is taken."""
        number = self.next_field.get(name, 0)
        while (f"{name}_{number}" if number else name) in self.taken:
            number += 1
        self.next_field[name] = number + 1
        return f"{name}_{number}" if number else name


def namer(scope: Scope) -> Namer:
    return Namer(scope.internal(one.alias, c.name) if scope.is_join else c.name for one in scope.sources for c in one.columns)


def _named(items: tuple[ast.Item | ast.Star, ...], scope: Scope) -> tuple[ast.Item | ast.Star, ...]:
    names = Namer(column.name for one in scope.sources for column in one.columns)
    named: list[ast.Item | ast.Star] = []
    for item in items:
        if isinstance(item, ast.Star) or item.expands or item.alias is not None:
            named.append(item)
        else:
            named.append(replace(item, alias=default_alias(item.expression, scope, names)))
    return tuple(named)


def default_alias(expression: ast.Expression, scope: Scope, names: Namer) -> str:
    """Return what a column is called that has no alias: its own name, ALIAS_NAME where several sources have it, or a generated one."""
    if isinstance(expression, ast.Name):
        if expression.source is not None and len(scope.having(expression.name)) > 1:
            return f"{expression.source}_{expression.name}"
        return expression.name
    if isinstance(expression, ast.FieldOf):
        return names.field(expression.name)
    return names.column()


# — internal —————————————————————————————————————————————————————————————————


def internal(node: ast.Expression, scope: Scope) -> ast.Expression:
    """Return an expression with its columns called as in the record that flows."""

    def change(inner: ast.Expression) -> ast.Expression | None:
        if isinstance(inner, ast.Name) and inner.source is not None:
            return replace(inner, name=scope.internal(inner.source, inner.name), source=None)
        return None

    found: ast.Expression = trees.rewrite(node, change)
    return found


def columns(scope: Scope) -> Mapping[str, Column]:
    """Return every column of the record that flows, by its internal name."""
    found = {}
    for one in scope.sources:
        for column in one.columns:
            name = scope.internal(one.alias, column.name)
            found[name] = replace(column, name=name)
    return found


def is_valid_source_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]*", name) is not None
