"""The typer of expressions: what names mean where an expression stands, and the two kinds of fault.

ksqlDB finds faults at two stations and introduces them differently: a `TypeFault` while it computes types ("Error in
WHERE expression: …"), a `CodeFault` while it makes code ("Invalid Predicate: …").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import ast, format, typed, types
from controlcenter.sql.analyze_coercion import Member
from controlcenter.sql.catalog import Column
from controlcenter.sql.functions.registry import Registry
from controlcenter.sql.types import SqlType

Expr = typed.Expr
TYPERS: dict[type, Callable[["Typer", Any], Expr]] = {}  # one a node; `analyze_expressions` fills it


class TypeFault(Exception):
    """An expression that has no type."""


class CodeFault(Exception):
    """An expression whose type is known but which cannot be computed."""


@dataclass(frozen=True, slots=True)
class Typer:
    """What an expression may mean where it stands.

    columns     by internal name
    known       expressions that are already computed at this place: grouping expressions, aggregates, table functions
    parameters  of the lambdas around
    types       made by CREATE TYPE
    bodies      lambdas typed so far: each is asked for twice at every level, so that nested ones would take 2ⁿ steps
    """

    columns: Mapping[str, Column]
    registry: Registry
    known: Mapping[ast.Expression, Expr] = field(default_factory=dict)
    parameters: Mapping[str, SqlType] = field(default_factory=dict)
    types: Mapping[str, SqlType] = field(default_factory=dict)
    bodies: dict[tuple[Any, ...], tuple[ast.Lambda, Expr]] = field(default_factory=dict, compare=False)

    def type(self, node: ast.Expression) -> Expr:
        """Return the typed expression, or raise TypeFault, CodeFault."""
        if self.known:
            found = self.known.get(node)
            if found is not None:
                return found
        return TYPERS[type(node)](self, node)

    def name(self, node: ast.Name) -> Expr:
        if node.name in self.parameters:
            return typed.Parameter(self.parameters[node.name], node.name)
        column = self.columns.get(node.name)
        if column is None:
            raise TypeFault(f"Unknown column {format.name(node.name)}.")
        return typed.ColumnRef(column.type, column.name, column.place)


def resolve(node: ast.TypeName, made: Mapping[str, SqlType]) -> SqlType:
    """Return the type that a type's name means; `made` holds those of CREATE TYPE."""
    if node.name == "ARRAY" and node.args:
        return types.Array(resolve(node.args[0], made))
    if node.name == "MAP" and node.args:
        return types.Map(resolve(node.args[0], made), resolve(node.args[1], made))
    if node.name == "STRUCT" and len(node.args) == len(node.fields) and (node.args or "STRUCT" not in made):
        return types.Struct(tuple((name, resolve(kind, made)) for name, kind in zip(node.fields, node.args, strict=True)))
    if node.digits:
        return _decimal(*node.digits)
    found = types.PRIMITIVES.get(node.name) or made.get(node.name)
    if found is None:
        raise Problem(Kind.INVALID, f"Cannot resolve unknown type: {node.name}")
    return found


def _decimal(precision: int, scale: int) -> types.Decimal:
    if precision < 1:
        raise Problem(Kind.INVALID, f"DECIMAL precision must be >= 1: DECIMAL({precision},{scale})")
    if scale < 0:
        raise Problem(Kind.INVALID, f"DECIMAL scale must be >= 0: DECIMAL({precision},{scale})")
    if precision < scale:
        raise Problem(Kind.INVALID, f"DECIMAL precision must be >= scale: DECIMAL({precision},{scale})")
    return types.Decimal(precision, scale)


def cast_to(value: Expr, wanted: SqlType) -> Expr:
    """Return a value as another type: an implicit cast, or a NULL of that type."""
    if value.type == wanted:
        return value
    if isinstance(value, typed.Constant) and value.value is None:
        return typed.Constant(wanted, None)
    return typed.Cast(wanted, value, is_implicit=True)


def convert(value: Expr, wanted: SqlType) -> Expr:
    """Return an argument as the parameter's type. What nothing decided (NULL for a generic type) stays as it is."""
    if types.NULL in (wanted, *_all_inner(wanted)) or value.type == wanted:
        return value
    return cast_to(value, wanted)


def _all_inner(kind: SqlType) -> list[SqlType]:
    found: list[SqlType] = []
    for one in types.inner(kind):
        found += [one, *_all_inner(one)]
    return found


def converted(members: list[Member], common: SqlType) -> list[Expr]:
    """Return the members of a list as their common type."""
    try:
        return [coercion.convert(member, common) for member in members]
    except Problem as problem:
        raise CodeFault(problem.what) from None
