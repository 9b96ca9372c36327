"""GROUP BY, aggregates and windows (spec/sql.md 14, 15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controlcenter.errors import Problem
from controlcenter.sql import ast, format, trees, typed, types
from controlcenter.sql.analyze_expressions import typed_in
from controlcenter.sql.analyze_typer import Typer, convert
from controlcenter.sql.catalog import Format
from controlcenter.sql.faults import invalid
from controlcenter.sql.functions.registry import Registry

_DAY_MS = 86_400_000
_STATE = (
    "One of the functions used in the statement has an intermediate type that the value format can not handle. "
    "Please remove the function or change the format."
)


@dataclass(frozen=True, slots=True)
class Selected:
    """An item of SELECT after `*` is spread: its alias, and its expression in both forms of `names`."""

    alias: str
    internal: ast.Expression
    qualified: ast.Expression


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The aggregates of a query and what its expressions may use of them."""

    aggregates: tuple[typed.Aggregated, ...]
    known: Mapping[ast.Expression, typed.Expr]


def is_aggregated(expressions: Sequence[ast.Expression], functions: Registry) -> bool:
    return any(functions.is_aggregate(call.name) for node in expressions for call in trees.calls(node))


def analyze(
    selected: Sequence[Selected], having: ast.Expression | None, group_by: Sequence[ast.Expression], typer: Typer, has_window: bool
) -> Aggregation:
    """Return the aggregates of SELECT and HAVING, each once. `group_by` is in its internal form."""
    functions = typer.registry
    known: dict[ast.Expression, typed.Expr] = {}
    for index, key in enumerate(group_by):
        known[key] = typed.GroupRef(typed_in("GROUP BY", typer, key).type, index)
    aggregates: list[typed.Aggregated] = []
    for node in (*(item.internal for item in selected), *((having,) if having is not None else ())):
        for call in _outer_aggregates(node, functions, known):
            if call not in known:
                found = _aggregate(call, typer)
                known[call] = typed.AggregateRef(found.bound.returns, len(aggregates))
                aggregates.append(found)
    if has_window:
        for name in ("WINDOWSTART", "WINDOWEND"):
            known.setdefault(ast.Name(name), typed.WindowRef(name))
    return Aggregation(tuple(aggregates), known)


def _outer_aggregates(node: ast.Node, functions: Registry, known: Mapping[ast.Expression, typed.Expr]) -> list[ast.Call]:
    if isinstance(node, ast.Expression) and node in known and not isinstance(known[node], typed.AggregateRef):
        return []
    if isinstance(node, ast.Call) and functions.is_aggregate(node.name):
        for inner in trees.walk(node):
            if inner is not node and isinstance(inner, ast.Call) and functions.is_aggregate(inner.name):
                raise invalid(f"Aggregate functions can not be nested: {node.name}({inner.name}())", node.span)
        return [node]
    return [found for child in trees.children(node) for found in _outer_aggregates(child, functions, known)]


def _aggregate(call: ast.Call, typer: Typer) -> typed.Aggregated:
    args = [typed_in("SELECT", typer, arg) for arg in call.args] or [_rowtime(typer)]
    try:
        bound = typer.registry.aggregate(call.name, [arg.type for arg in args])
    except Problem as problem:
        raise invalid(problem.what, call.span) from None
    for at in range(len(args) - bound.constants, len(args)):
        if not isinstance(args[at], typed.Constant):
            text = format.expression(call.args[at]) if call.args else "ROWTIME"
            raise invalid(
                f"Parameter {at + 1} passed to function {bound.name} must be a literal constant, but was expression: '{text}'", call.span
            )
    given = tuple(convert(arg, wanted) for arg, wanted in zip(args, bound.parameters, strict=True))
    return typed.Aggregated(bound, given, format.expression(call))


def _rowtime(typer: Typer) -> typed.Expr:
    """Return what an aggregate without an argument is given: COUNT(*) counts the rows because each has a time."""
    column = next(c for c in typer.columns.values() if c.place == "PSEUDO" and c.name.endswith("ROWTIME"))
    return typed.ColumnRef(column.type, column.name, column.place)


# — rules ————————————————————————————————————————————————————————————————————


def check_group_by(group_by: Sequence[ast.Expression], qualified: Sequence[ast.Expression], functions: Registry) -> None:
    """Raise for aggregates, table functions and repetitions among the grouping expressions."""
    seen: set[ast.Expression] = set()
    for at, node in enumerate(group_by):
        for call in trees.calls(node):
            if functions.is_aggregate(call.name):
                raise invalid(f"GROUP BY does not support aggregate functions: {call.name} is an aggregate function.", node.span)
            if functions.is_table(call.name):
                raise invalid(f"GROUP BY does not support table functions: {call.name} is a table function.", node.span)
        if node in seen:
            raise invalid(f"Duplicate GROUP BY expression: {format.expression(qualified[at])}", node.span)
        seen.add(node)


def check_rules(
    selected: Sequence[Selected], having: ast.Expression | None, group_by: Sequence[ast.Expression], found: Aggregation
) -> None:
    """Raise unless SELECT and HAVING are built of grouping expressions, aggregates and constants."""
    loose = [item.internal for item in selected if _loose(item.internal, found.known)]
    if loose:
        raise invalid(
            f"Non-aggregate SELECT expression(s) not part of GROUP BY: {', '.join(map(format.expression, loose))}"
            "\nEither add the column(s) to the GROUP BY or remove them from the SELECT."
        )
    if having is not None:
        columns = list(dict.fromkeys(format.expression(name) for name in _loose(having, found.known)))
        if columns:
            raise invalid(
                f"Non-aggregate HAVING expression not part of GROUP BY: {', '.join(columns)}"
                "\nConsider switching the HAVING clause to a WHERE clause before the GROUP BY."
            )


def _loose(node: ast.Node, known: Mapping[ast.Expression, Any]) -> list[ast.Name]:
    """Return the columns of a tree that stand outside of everything known."""
    if isinstance(node, ast.Expression) and node in known:
        return []
    if isinstance(node, ast.Name):
        return [node]
    found = [name for child in trees.children(node) for name in _loose(child, known)]
    return [name for name in found if not (isinstance(node, ast.Lambda) and name.name in node.parameters)]


def check_undo(aggregates: Sequence[typed.Aggregated]) -> None:
    """Raise for aggregates that cannot take a row back: they may not stand over a table."""
    stuck = list(dict.fromkeys(one.bound.name.upper() for one in aggregates if not one.bound.has_undo))
    if stuck:
        words = "functions" if len(stuck) > 1 else "function"
        raise invalid(f"The aggregation {words} {joined(stuck, 'and')} cannot be applied to a table source, only to a stream source.")


def check_state(aggregates: Sequence[typed.Aggregated], form: Format) -> None:
    """Raise for an aggregate whose state the value format cannot hold."""
    if form.name == "DELIMITED" and any(isinstance(one.bound.state, types.Array | types.Map | types.Struct) for one in aggregates):
        raise invalid(_STATE)


def misplaced_bound(name: ast.Name) -> Problem:
    return invalid(
        f"Window bounds column {name.name} can only be used in the SELECT clause of windowed aggregations and can not be passed to "
        "aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397",
        name.span,
    )


def joined(words: Sequence[str], last: str) -> str:
    """Return `A`, `A and B`, `A, B and C`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


# — windows ——————————————————————————————————————————————————————————————————


def window(node: ast.Window, emit: str | None) -> typed.Window:
    """Return a window with its defaults: 24 h are kept, and EMIT FINAL waits for nobody unless told to."""
    size = node.size.ms
    advance = node.advance.ms if node.advance is not None else size
    if size <= 0:
        raise invalid(f"The size of a window must be more than 0. Got {node.size.amount} {node.size.unit}.", node.span)
    if not 0 < advance <= size:
        raise invalid(f"Window advance must be more than 0 and at most its size. Got {advance} ms of {size} ms.", node.span)
    grace = node.grace.ms if node.grace is not None else 0 if emit == "FINAL" else max(_DAY_MS - size, 0)
    retention = node.retention.ms if node.retention is not None else size + grace
    if retention < size + grace:
        raise invalid(
            f"The retention period of the window store must be no smaller than its window size plus the grace period. "
            f"Got size=[{size}], grace=[{grace}], retention=[{retention}]",
            node.span,
        )
    return typed.Window(node.kind, size, advance, retention, grace)
