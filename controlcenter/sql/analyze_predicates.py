"""Comparisons, lists, LIKE, CASE: what gives a BOOLEAN or asks for one.

Each function of a node returns it typed, or raises TypeFault or CodeFault.
"""

from typing import Any
from typing import cast as is_a

from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import ast, format, trees, typed, types
from controlcenter.sql.analyze_coercion import Member
from controlcenter.sql.analyze_typer import CodeFault, Expr, TypeFault, Typer, cast_to, converted
from controlcenter.sql.java import iso
from controlcenter.sql.types import SqlType

_OPERATORS = {
    "=": "EQUAL",
    "<>": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "IS DISTINCT FROM": "IS_DISTINCT_FROM",
    "IS NOT DISTINCT FROM": "IS_NOT_DISTINCT_FROM",
}
_MAX_WEIGHT = 10_000
_EQUALITIES = frozenset(("=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"))


def comparison(typer: Typer, node: ast.Comparison) -> Expr:
    left, right = _moments(typer.type(node.left), typer.type(node.right))
    left, right = _comparable(left, right, node.op, node.left, node.right)
    return typed.Comparison(is_a(Any, node.op), left, right)


def _moments(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Read a string literal beside ROWTIME, WINDOWSTART or WINDOWEND as an instant."""
    if _is_moment(left) and _is_text(right):
        return left, _instant(right)
    if _is_moment(right) and _is_text(left):
        return _instant(left), right
    return left, right


def _is_moment(value: Expr) -> bool:
    if isinstance(value, typed.WindowRef):
        return True
    return isinstance(value, typed.ColumnRef) and value.place == "PSEUDO" and value.type == types.BIGINT and "OFFSET" not in value.name


def _is_text(value: Expr) -> bool:
    return isinstance(value, typed.Constant) and value.type == types.STRING


def _instant(value: Expr) -> Expr:
    text = str(is_a(typed.Constant, value).value)
    try:
        return typed.Constant(types.BIGINT, iso.parse_timestamp(text))
    except ValueError as cause:
        raise TypeFault(f"Failed to parse timestamp '{text}': {cause}") from cause


def _comparable(left: Expr, right: Expr, op: str, left_node: ast.Expression, right_node: ast.Expression) -> tuple[Expr, Expr]:
    """Return both sides so that they can be compared: numbers as they are, else of one type. Raises when they cannot be."""
    one, other = left.type, right.type
    if types.NULL in (one, other):
        words = [str(t) if t != types.NULL else "NULL" for t in (one, other)]
        raise TypeFault(f"Comparison with NULL not supported: {words[0]} {op} {words[1]}\nUse 'IS NULL' or 'IS NOT NULL' instead.")
    if types.is_number(one) and types.is_number(other):
        return left, right
    if one == types.STRING and other in types.TEMPORAL:
        return cast_to(left, other), right
    if other == types.STRING and one in types.TEMPORAL:
        return left, cast_to(right, one)
    if {one, other} == {types.DATE, types.TIMESTAMP}:
        return cast_to(left, types.TIMESTAMP), cast_to(right, types.TIMESTAMP)
    if types.base(one) == types.base(other) and (op in _EQUALITIES or _has_order(one)):
        return left, right
    texts = f"{format.expression(left_node)} ({one}) to {format.expression(right_node)} ({other})"
    raise TypeFault(f"Cannot compare {texts} with {_OPERATORS[op]}.")


def _has_order(kind: SqlType) -> bool:
    return kind == types.STRING or kind == types.BYTES or kind in types.TEMPORAL


def between(typer: Typer, node: ast.Between) -> Expr:
    value, low, high = typer.type(node.value), typer.type(node.low), typer.type(node.high)
    if _is_moment(value):
        low, high = _moments(value, low)[1], _moments(value, high)[1]
    try:
        first, low = _comparable(value, low, ">=", node.value, node.low)
        second, high = _comparable(value, high, "<=", node.value, node.high)
    except TypeFault as fault:
        raise CodeFault(str(fault)) from None  # ksqlDB compares the ends only when it makes code
    if first != second:  # the value must become something else for each end
        return typed.Logical("AND", typed.Comparison(">=", first, low), typed.Comparison("<=", second, high))
    return typed.Between(first, low, high)


def in_list(typer: Typer, node: ast.In) -> Expr:
    members = [Member(one, typer.type(one)) for one in (node.value, *node.items)]
    common = coercion.common_type(members)
    if common is None:
        return typed.Constant(types.BOOLEAN, False)
    value, *items = converted(members, common)
    return typed.In(value, tuple(items))


def like(typer: Typer, node: ast.Like) -> Expr:
    value, pattern = typer.type(node.value), typer.type(node.pattern)
    for kind in (value.type, pattern.type):
        if kind not in (types.STRING, types.NULL):
            raise CodeFault(f"LIKE needs STRING on both sides, not {kind}: {format.expression(node)}")
    return typed.Like(value, pattern, node.escape)


def _boolean(typer: Typer, node: ast.Expression) -> Expr:
    value = typer.type(node)
    if value.type != types.BOOLEAN:
        raise CodeFault(f"BOOLEAN needed where {format.expression(node)} ({value.type}) stands")
    return value


def logical(typer: Typer, node: ast.Logical) -> Expr:
    return typed.Logical(node.op, _boolean(typer, node.left), _boolean(typer, node.right))


def negation(typer: Typer, node: ast.Not) -> Expr:
    return typed.Not(_boolean(typer, node.value))


def is_null(typer: Typer, node: ast.IsNull) -> Expr:
    return typed.IsNull(typer.type(node.value), node.negated)


# — CASE ——————————————————————————————————————————————————————————————————————


def case(typer: Typer, node: ast.Case) -> Expr:
    if node.operand is not None and _weight(node) > _MAX_WEIGHT:
        raise TypeFault("This CASE is too large: its operand is compared anew in every WHEN. Write CASE WHEN … without an operand.")
    operand = typer.type(node.operand) if node.operand is not None else None
    whens: list[tuple[Expr, Expr]] = []
    first: tuple[ast.When, SqlType] | None = None
    for when in node.whens:
        condition = _when(typer, node, when, operand)
        result = typer.type(when.result)
        if result.type != types.NULL:
            if first is not None and result.type != first[1]:
                raise TypeFault(_different_thens(first, when, result.type))
            first = first or (when, result.type)
        whens.append((condition, result))
    otherwise = typer.type(node.otherwise) if node.otherwise is not None else None
    default = otherwise.type if otherwise is not None and otherwise.type != types.NULL else None
    if first is not None and default is not None and first[1] != default:
        raise TypeFault(
            "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses."
            f"\nTHEN type: {first[1]}.\nDEFAULT type: {default}."
        )
    kind = first[1] if first is not None else default
    if kind is None:
        raise TypeFault("Invalid Case expression. All case branches have NULL type")
    given = tuple((condition, cast_to(result, kind)) for condition, result in whens)
    return typed.Case(kind, given, cast_to(otherwise, kind) if otherwise is not None else None)


def _weight(node: ast.Node) -> int:
    """Return how many expressions a tree becomes when the operand of each CASE stands in each of its WHENs."""
    times = len(node.whens) if isinstance(node, ast.Case) else 1
    operand = node.operand if isinstance(node, ast.Case) else None
    return 1 + sum(_weight(child) * (times if child is operand else 1) for child in trees.children(node))


def _when(typer: Typer, node: ast.Case, when: ast.When, operand: Expr | None) -> Expr:
    if node.operand is not None and operand is not None:
        left, right = _moments(operand, typer.type(when.condition))
        return typed.Comparison("=", *_comparable(left, right, "=", node.operand, when.condition))
    condition = typer.type(when.condition)
    if condition.type != types.BOOLEAN:
        text = format.expression(when.condition)
        raise TypeFault(f"WHEN operand type should be boolean.\nType for '{text}' is {condition.type}")
    return condition


def _different_thens(first: tuple[ast.When, SqlType], when: ast.When, kind: SqlType) -> str:
    def words(one: ast.When, its: SqlType) -> str:
        text = f"WHEN {format.expression(one.condition)} THEN {format.expression(one.result)}"
        return f"\nTHEN expression '{text}' has type: {its}."

    return f"Invalid Case expression. Type for all 'THEN' clauses should be the same.{words(*first)}{words(when, kind)}"
