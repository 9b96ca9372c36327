"""Arithmetic, CAST, parts of values, constructors and function calls.

Each function of a node returns it typed, or raises TypeFault or CodeFault.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast as is_a

from controlcenter.errors import Problem
from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import ast, format, typed, types
from controlcenter.sql.analyze_coercion import Member
from controlcenter.sql.analyze_typer import CodeFault, Expr, TypeFault, Typer, cast_to, convert, converted, resolve
from controlcenter.sql.functions.base import LambdaArgument
from controlcenter.sql.types import SqlType

_SEE = "(see https://github.com/confluentinc/ksql/issues/4239)."


def arithmetic(typer: Typer, node: ast.Arithmetic) -> Expr:
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


def sign(typer: Typer, node: ast.Negative | ast.Positive) -> Expr:
    value = typer.type(node.value)
    if not types.is_number(value.type):
        sign = "-" if isinstance(node, ast.Negative) else "+"
        raise TypeFault(f"Error processing expression: {format.expression(node)}. Unsupported type for {sign}: {value.type}")
    return typed.Negative(value.type, value) if isinstance(node, ast.Negative) else value


# — parts of values ———————————————————————————————————————————————————————————


def explicit_cast(typer: Typer, node: ast.Cast) -> Expr:
    value = typer.type(node.value)
    try:
        wanted = resolve(node.type, typer.types)
    except Problem as problem:
        raise TypeFault(problem.what) from None
    if not types.can_cast(value.type, wanted):
        raise CodeFault(f"Cast of {value.type} to {wanted} is not supported")
    return typed.Cast(wanted, value)


def subscript(typer: Typer, node: ast.Subscript) -> Expr:
    base, index = typer.type(node.base), typer.type(node.index)
    if isinstance(base.type, types.Array):
        if index.type not in (types.INTEGER, types.BIGINT, types.NULL):
            raise CodeFault(f"An ARRAY is subscripted with a whole number, not {index.type}: {format.expression(node)}")
        return typed.Subscript(base.type.item, base, index)
    if isinstance(base.type, types.Map):
        if index.type != base.type.key and not types.can_widen(index.type, base.type.key):
            raise CodeFault(f"This MAP is subscripted with {base.type.key}, not {index.type}: {format.expression(node)}")
        return typed.Subscript(base.type.value, base, cast_to(index, base.type.key))
    raise TypeFault(f"Subscript expression is only valid for ARRAY and MAP, not {base.type}: {format.expression(node)}")


def field_of(typer: Typer, node: ast.FieldOf) -> Expr:
    base = typer.type(node.base)
    text = format.expression(node.base)
    if not isinstance(base.type, types.Struct):
        raise TypeFault(f"Expected STRUCT type but got {base.type}: {text}")
    kind = base.type.field(node.name)
    if kind is None:
        raise TypeFault(f"Could not find field '{node.name}' in '{text}'.")
    return typed.FieldOf(kind, base, node.name)


def array(typer: Typer, node: ast.ArrayOf) -> Expr:
    if not node.items:
        raise TypeFault(f"Array constructor cannot be empty. Please supply at least one element {_SEE}")
    members = [Member(one, typer.type(one)) for one in node.items]
    common = coercion.common_type(members)
    if common is None:
        raise TypeFault("Cannot construct an array with all NULL elements")
    return typed.ArrayOf(types.Array(common), tuple(_listed(members, common)))


def _listed(members: list[Member], common: SqlType) -> list[Expr]:
    try:
        return converted(members, common)
    except CodeFault as fault:
        raise TypeFault(str(fault)) from None


def map_of(typer: Typer, node: ast.MapOf) -> Expr:
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


def struct(typer: Typer, node: ast.StructOf) -> Expr:
    fields = tuple((name, typer.type(value)) for name, value in node.fields)
    seen = set()
    for name, _ in fields:
        if name in seen:
            raise TypeFault(f"Duplicate field names found in STRUCT: {types.quoted(name)}")
        seen.add(name)
    return typed.StructOf(types.Struct(tuple((name, value.type) for name, value in fields)), fields)


# — functions —————————————————————————————————————————————————————————————————


def call(typer: Typer, node: ast.Call) -> Expr:
    if typer.registry.is_aggregate(node.name) or typer.registry.is_table(node.name):
        raise TypeFault(f"{node.name} cannot stand here: {format.expression(node)}")
    args = [typer.type(arg) if not isinstance(arg, ast.Lambda) else None for arg in node.args]
    given = [_argument(typer, arg, value) for arg, value in zip(node.args, args, strict=True)]
    try:
        bound = typer.registry.scalar(node.name, given)
    except Problem as problem:
        raise TypeFault(problem.what) from None
    values = tuple(
        _lambda(typer, is_a(ast.Lambda, arg), is_a(types.Lambda, wanted)) if value is None else convert(value, wanted)
        for arg, value, wanted in zip(node.args, args, bound.parameters, strict=True)
    )
    return typed.Call(bound.returns, bound, values)


def _argument(typer: Typer, node: ast.Expression, value: Expr | None) -> SqlType | LambdaArgument:
    if value is not None:
        return value.type
    return LambdaArgument(len(is_a(ast.Lambda, node).parameters), _body_type(typer, is_a(ast.Lambda, node)))


def _body_type(typer: Typer, node: ast.Lambda) -> Callable[[tuple[SqlType, ...]], SqlType]:
    def type_of(given: tuple[SqlType, ...]) -> SqlType:
        return _body(typer, node, given).type

    return type_of


def _body(typer: Typer, node: ast.Lambda, given: tuple[SqlType, ...]) -> Expr:
    """Return the body typed for parameters of these types; the same question twice is answered once."""
    parameters = {**typer.parameters, **dict(zip(node.parameters, given, strict=True))}
    key = (id(node), *parameters.items())
    if key not in typer.bodies:
        typer.bodies[key] = (node, replace(typer, parameters=parameters).type(node.body))  # the node lives on: its id stays its own
    return typer.bodies[key][1]


def _lambda(typer: Typer, node: ast.Lambda, wanted: types.Lambda) -> Expr:
    body = _body(typer, node, wanted.parameters)
    kind = types.Lambda(wanted.parameters, body.type if wanted.returns in (None, types.NULL) else wanted.returns)
    return typed.Lambda(kind, node.parameters, convert(body, kind.returns or body.type))
