"""Expressions → typed expressions: the type of each, implicit conversions put in, faults in ksqlDB's words."""

from collections.abc import Callable
from typing import Any, Literal

from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import analyze_predicates as predicates
from controlcenter.sql import analyze_values as values
from controlcenter.sql import ast, format, typed, types
from controlcenter.sql.analyze_typer import TYPERS, CodeFault, Expr, TypeFault, Typer
from controlcenter.sql.faults import invalid
from controlcenter.sql.types import SqlType

Clause = Literal["SELECT", "WHERE", "HAVING", "GROUP BY", "PARTITION BY", "JOIN ON"]
_CODE = {
    "SELECT": "Select",
    "WHERE": "Predicate",
    "HAVING": "Predicate",
    "GROUP BY": "Group By",
    "PARTITION BY": "Partition By",
    "JOIN ON": "Select",
}


def typed_in(clause: Clause, typer: Typer, node: ast.Expression) -> Expr:
    """Return the expression of a clause typed; faults are introduced as ksqlDB does for that clause."""
    try:
        return typer.type(node)
    except TypeFault as fault:
        if clause not in ("WHERE", "HAVING"):
            raise invalid(str(fault), node.span) from None
        problem = invalid(f"Error in {clause} expression: {fault}", node.span)
        problem.statement = format.expression(node)
        raise problem from None
    except CodeFault as fault:
        raise invalid(f"Invalid {_CODE[clause]}: {fault}", node.span) from None


def condition(clause: Clause, typer: Typer, node: ast.Expression) -> Expr:
    """Return the typed condition of WHERE or HAVING; it must be BOOLEAN."""
    found = typed_in(clause, typer, node)
    if found.type != types.BOOLEAN:
        words = f"{format.expression(node)} ({found.type})"
        raise invalid(f"Type error in {clause} expression: Should evaluate to boolean but is {words} instead.", node.span)
    return found


def _misplaced(typer: Typer, node: ast.Expression) -> Expr:
    raise TypeFault(f"{format.expression(node)} cannot stand here.")


def _zone(typer: Typer, node: ast.AtTimeZone) -> Expr:
    raise TypeFault("AT TIME ZONE is not supported.")


def _literal(kind: SqlType) -> Callable[[Typer, Any], Expr]:
    return lambda typer, node: typed.Constant(kind, node.value)


TYPERS |= {
    ast.Null: lambda typer, node: typed.Constant(types.NULL, None),
    ast.Boolean: _literal(types.BOOLEAN),
    ast.Integer: _literal(types.INTEGER),
    ast.Long: _literal(types.BIGINT),
    ast.Exact: lambda typer, node: typed.Constant(coercion.decimal_type(node.value), node.value),
    ast.Double: _literal(types.DOUBLE),
    ast.String: _literal(types.STRING),
    ast.Unit: lambda typer, node: typed.Constant(types.UNIT, node.name),
    ast.Name: Typer.name,
    ast.Negative: values.sign,
    ast.Positive: values.sign,
    ast.Arithmetic: values.arithmetic,
    ast.Comparison: predicates.comparison,
    ast.Logical: predicates.logical,
    ast.Not: predicates.negation,
    ast.IsNull: predicates.is_null,
    ast.Between: predicates.between,
    ast.In: predicates.in_list,
    ast.Like: predicates.like,
    ast.AtTimeZone: _zone,
    ast.Case: predicates.case,
    ast.Cast: values.explicit_cast,
    ast.Subscript: values.subscript,
    ast.FieldOf: values.field_of,
    ast.Call: values.call,
    ast.Lambda: _misplaced,
    ast.ArrayOf: values.array,
    ast.MapOf: values.map_of,
    ast.StructOf: values.struct,
}
