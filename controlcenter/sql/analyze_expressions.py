"""Expressions → typed expressions: the type of each, implicit conversions put in, faults in ksqlDB's words.

Two kinds of fault, because ksqlDB finds them at two stations and introduces them differently: a `TypeFault` while it
computes types ("Error in WHERE expression: …"), a `CodeFault` while it makes code ("Invalid Predicate: …").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from controlcenter.errors import Kind, Problem
from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import ast, format, typed, types
from controlcenter.sql.analyze_coercion import Member
from controlcenter.sql.catalog import Column
from controlcenter.sql.faults import invalid
from controlcenter.sql.functions.base import LambdaArgument
from controlcenter.sql.functions.registry import Registry
from controlcenter.sql.java import iso
from controlcenter.sql.types import SqlType

Expr = typed.Expr
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
_EQUALITIES = frozenset(("=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"))
_SEE = "(see https://github.com/confluentinc/ksql/issues/4239)."


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
    """

    columns: Mapping[str, Column]
    registry: Registry
    known: Mapping[ast.Expression, Expr] = field(default_factory=dict)
    parameters: Mapping[str, SqlType] = field(default_factory=dict)
    types: Mapping[str, SqlType] = field(default_factory=dict)

    def type(self, node: ast.Expression) -> Expr:
        """Return the typed expression, or raise TypeFault, CodeFault."""
        if self.known:
            found = self.known.get(node)
            if found is not None:
                return found
        return _TYPERS[type(node)](self, node)

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


# — arithmetic ————————————————————————————————————————————————————————————————


def _arithmetic(typer: Typer, node: ast.Arithmetic) -> Expr:
    left, right = typer.type(node.left), typer.type(node.right)
    try:
        return typed.Arithmetic(arithmetic_type(node.op, left.type, right.type), node.op, left, right)
    except TypeFault as fault:
        raise TypeFault(f"Error processing expression: {format.expression(node)}. {fault}") from None


def arithmetic_type(op: str, left: SqlType, right: SqlType) -> SqlType:
    """Return the type of `left op right` (spec/sql.md 8 for DECIMAL)."""
    if types.NULL in (left, right):
        raise TypeFault(f"Arithmetic on types {left} and {right} are not supported.")
    if left == right == types.STRING and op == "+":
        return types.STRING
    wide = types.wider_number(left, right)
    if wide is None:
        raise TypeFault(f"Unsupported arithmetic types. {types.base(left)} {types.base(right)}")
    one, other = types.as_decimal(left), types.as_decimal(right)
    if not isinstance(wide, types.Decimal) or one is None or other is None:
        return wide
    return _decimal_result(op, one, other)


def _decimal_result(op: str, one: types.Decimal, other: types.Decimal) -> types.Decimal:
    p1, s1, p2, s2 = one.precision, one.scale, other.precision, other.scale
    if op in "+-":
        scale = max(s1, s2)
        return types.Decimal(scale + max(p1 - s1, p2 - s2) + 1, scale)
    if op == "*":
        return types.Decimal(p1 + p2 + 1, s1 + s2)
    if op == "/":
        scale = max(6, s1 + p2 + 1)
        return types.Decimal(p1 - s1 + s2 + scale, scale)
    scale = max(s1, s2)
    return types.Decimal(max(min(p1 - s1, p2 - s2) + scale, 1), scale)


def _negative(typer: Typer, node: ast.Negative | ast.Positive) -> Expr:
    value = typer.type(node.value)
    if not types.is_number(value.type):
        sign = "-" if isinstance(node, ast.Negative) else "+"
        raise TypeFault(f"Error processing expression: {format.expression(node)}. Unsupported type for {sign}: {value.type}")
    return typed.Negative(value.type, value) if isinstance(node, ast.Negative) else value


# — predicates ————————————————————————————————————————————————————————————————


def _comparison(typer: Typer, node: ast.Comparison) -> Expr:
    left, right = _moments(typer.type(node.left), typer.type(node.right))
    left, right = _comparable(left, right, node.op, node.left, node.right)
    return typed.Comparison(cast(Any, node.op), left, right)


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
    text = str(cast(typed.Constant, value).value)
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
        return _cast(left, other), right
    if other == types.STRING and one in types.TEMPORAL:
        return left, _cast(right, one)
    if {one, other} == {types.DATE, types.TIMESTAMP}:
        return _cast(left, types.TIMESTAMP), _cast(right, types.TIMESTAMP)
    if types.base(one) == types.base(other) and (op in _EQUALITIES or _has_order(one)):
        return left, right
    texts = f"{format.expression(left_node)} ({one}) to {format.expression(right_node)} ({other})"
    raise TypeFault(f"Cannot compare {texts} with {_OPERATORS[op]}.")


def _has_order(kind: SqlType) -> bool:
    return kind == types.STRING or kind == types.BYTES or kind in types.TEMPORAL


def _cast(value: Expr, wanted: SqlType) -> Expr:
    if value.type == wanted:
        return value
    if isinstance(value, typed.Constant) and value.value is None:
        return typed.Constant(wanted, None)
    return typed.Cast(wanted, value, is_implicit=True)


def _between(typer: Typer, node: ast.Between) -> Expr:
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


def _in(typer: Typer, node: ast.In) -> Expr:
    members = [Member(one, typer.type(one)) for one in (node.value, *node.items)]
    common = coercion.common_type(members)
    if common is None:
        return typed.Constant(types.BOOLEAN, False)
    value, *items = _converted(members, common)
    return typed.In(value, tuple(items))


def _converted(members: list[Member], common: SqlType) -> list[Expr]:
    try:
        return [coercion.convert(member, common) for member in members]
    except Problem as problem:
        raise CodeFault(problem.what) from None


def _like(typer: Typer, node: ast.Like) -> Expr:
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


def _logical(typer: Typer, node: ast.Logical) -> Expr:
    return typed.Logical(node.op, _boolean(typer, node.left), _boolean(typer, node.right))


def _not(typer: Typer, node: ast.Not) -> Expr:
    return typed.Not(_boolean(typer, node.value))


def _is_null(typer: Typer, node: ast.IsNull) -> Expr:
    return typed.IsNull(typer.type(node.value), node.negated)


# — CASE ——————————————————————————————————————————————————————————————————————


def _case(typer: Typer, node: ast.Case) -> Expr:
    whens: list[tuple[Expr, Expr]] = []
    first: tuple[ast.When, SqlType] | None = None
    for when in node.whens:
        condition = _when(typer, node.operand, when)
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
    given = tuple((condition, _cast(result, kind)) for condition, result in whens)
    return typed.Case(kind, given, _cast(otherwise, kind) if otherwise is not None else None)


def _when(typer: Typer, operand: ast.Expression | None, when: ast.When) -> Expr:
    if operand is not None:
        return typer.type(ast.Comparison("=", operand, when.condition))
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


# — parts of values ———————————————————————————————————————————————————————————


def _explicit_cast(typer: Typer, node: ast.Cast) -> Expr:
    value = typer.type(node.value)
    try:
        wanted = resolve(node.type, typer.types)
    except Problem as problem:
        raise TypeFault(problem.what) from None
    if not types.can_cast(value.type, wanted):
        raise CodeFault(f"Cast of {value.type} to {wanted} is not supported")
    return typed.Cast(wanted, value)


def _subscript(typer: Typer, node: ast.Subscript) -> Expr:
    base, index = typer.type(node.base), typer.type(node.index)
    if isinstance(base.type, types.Array):
        if index.type not in (types.INTEGER, types.BIGINT, types.NULL):
            raise CodeFault(f"An ARRAY is subscripted with a whole number, not {index.type}: {format.expression(node)}")
        return typed.Subscript(base.type.item, base, index)
    if isinstance(base.type, types.Map):
        if index.type != base.type.key and not types.can_widen(index.type, base.type.key):
            raise CodeFault(f"This MAP is subscripted with {base.type.key}, not {index.type}: {format.expression(node)}")
        return typed.Subscript(base.type.value, base, _cast(index, base.type.key))
    raise TypeFault(f"Subscript expression is only valid for ARRAY and MAP, not {base.type}: {format.expression(node)}")


def _field(typer: Typer, node: ast.FieldOf) -> Expr:
    base = typer.type(node.base)
    text = format.expression(node.base)
    if not isinstance(base.type, types.Struct):
        raise TypeFault(f"Expected STRUCT type but got {base.type}: {text}")
    kind = base.type.field(node.name)
    if kind is None:
        raise TypeFault(f"Could not find field '{node.name}' in '{text}'.")
    return typed.FieldOf(kind, base, node.name)


def _array(typer: Typer, node: ast.ArrayOf) -> Expr:
    if not node.items:
        raise TypeFault(f"Array constructor cannot be empty. Please supply at least one element {_SEE}")
    members = [Member(one, typer.type(one)) for one in node.items]
    common = coercion.common_type(members)
    if common is None:
        raise TypeFault("Cannot construct an array with all NULL elements")
    return typed.ArrayOf(types.Array(common), tuple(_listed(members, common)))


def _listed(members: list[Member], common: SqlType) -> list[Expr]:
    try:
        return _converted(members, common)
    except CodeFault as fault:
        raise TypeFault(str(fault)) from None


def _map(typer: Typer, node: ast.MapOf) -> Expr:
    if not node.entries:
        raise TypeFault(f"Map constructor cannot be empty. Please supply at least one key value pair {_SEE}")
    keys = [Member(key, typer.type(key)) for key, _ in node.entries]
    values = [Member(value, typer.type(value)) for _, value in node.entries]
    key, value = coercion.common_type(keys), coercion.common_type(values)
    if key is None:
        raise TypeFault("Cannot construct a map with all NULL keys")
    if value is None:
        raise TypeFault("Cannot construct a map with all NULL values")
    pairs = zip(_listed(keys, key), _listed(values, value), strict=True)
    return typed.MapOf(types.Map(key, value), tuple(pairs))


def _struct(typer: Typer, node: ast.StructOf) -> Expr:
    fields = tuple((name, typer.type(value)) for name, value in node.fields)
    seen = set()
    for name, _ in fields:
        if name in seen:
            raise TypeFault(f"Duplicate field names found in STRUCT: {types.quoted(name)}")
        seen.add(name)
    return typed.StructOf(types.Struct(tuple((name, value.type) for name, value in fields)), fields)


# — functions —————————————————————————————————————————————————————————————————


def _call(typer: Typer, node: ast.Call) -> Expr:
    if typer.registry.is_aggregate(node.name) or typer.registry.is_table(node.name):
        raise TypeFault(f"{node.name} cannot stand here: {format.expression(node)}")
    args = [typer.type(arg) if not isinstance(arg, ast.Lambda) else None for arg in node.args]
    given = [_argument(typer, arg, value) for arg, value in zip(node.args, args, strict=True)]
    try:
        bound = typer.registry.scalar(node.name, given)
    except Problem as problem:
        raise TypeFault(problem.what) from None
    values = tuple(
        _lambda(typer, cast(ast.Lambda, arg), cast(types.Lambda, wanted)) if value is None else convert(value, wanted)
        for arg, value, wanted in zip(node.args, args, bound.parameters, strict=True)
    )
    return typed.Call(bound.returns, bound, values)


def _argument(typer: Typer, node: ast.Expression, value: Expr | None) -> SqlType | LambdaArgument:
    if value is not None:
        return value.type
    return LambdaArgument(len(cast(ast.Lambda, node).parameters), _body_type(typer, cast(ast.Lambda, node)))


def _body_type(typer: Typer, node: ast.Lambda) -> Callable[[tuple[SqlType, ...]], SqlType]:
    def type_of(given: tuple[SqlType, ...]) -> SqlType:
        return _inside(typer, node, given).type(node.body).type

    return type_of


def _inside(typer: Typer, node: ast.Lambda, given: tuple[SqlType, ...]) -> Typer:
    return replace(typer, parameters={**typer.parameters, **dict(zip(node.parameters, given, strict=True))})


def _lambda(typer: Typer, node: ast.Lambda, wanted: types.Lambda) -> Expr:
    body = _inside(typer, node, wanted.parameters).type(node.body)
    kind = types.Lambda(wanted.parameters, body.type if wanted.returns in (None, types.NULL) else wanted.returns)
    return typed.Lambda(kind, node.parameters, convert(body, kind.returns or body.type))


def convert(value: Expr, wanted: SqlType) -> Expr:
    """Return an argument as the parameter's type. What nothing decided (NULL for a generic type) stays as it is."""
    if types.NULL in (wanted, *_all_inner(wanted)) or value.type == wanted:
        return value
    return _cast(value, wanted)


def _all_inner(kind: SqlType) -> list[SqlType]:
    found: list[SqlType] = []
    for one in types.inner(kind):
        found += [one, *_all_inner(one)]
    return found


def _misplaced(typer: Typer, node: ast.Expression) -> Expr:
    raise TypeFault(f"{format.expression(node)} cannot stand here.")


def _zone(typer: Typer, node: ast.AtTimeZone) -> Expr:
    raise TypeFault("AT TIME ZONE is not supported.")


def _literal(kind: SqlType) -> Callable[[Typer, Any], Expr]:
    return lambda typer, node: typed.Constant(kind, node.value)


_TYPERS: dict[type, Callable[[Typer, Any], Expr]] = {
    ast.Null: lambda typer, node: typed.Constant(types.NULL, None),
    ast.Boolean: _literal(types.BOOLEAN),
    ast.Integer: _literal(types.INTEGER),
    ast.Long: _literal(types.BIGINT),
    ast.Exact: lambda typer, node: typed.Constant(coercion.decimal_type(node.value), node.value),
    ast.Double: _literal(types.DOUBLE),
    ast.String: _literal(types.STRING),
    ast.Unit: lambda typer, node: typed.Constant(types.UNIT, node.name),
    ast.Name: Typer.name,
    ast.Negative: _negative,
    ast.Positive: _negative,
    ast.Arithmetic: _arithmetic,
    ast.Comparison: _comparison,
    ast.Logical: _logical,
    ast.Not: _not,
    ast.IsNull: _is_null,
    ast.Between: _between,
    ast.In: _in,
    ast.Like: _like,
    ast.AtTimeZone: _zone,
    ast.Case: _case,
    ast.Cast: _explicit_cast,
    ast.Subscript: _subscript,
    ast.FieldOf: _field,
    ast.Call: _call,
    ast.Lambda: _misplaced,
    ast.ArrayOf: _array,
    ast.MapOf: _map,
    ast.StructOf: _struct,
}

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
