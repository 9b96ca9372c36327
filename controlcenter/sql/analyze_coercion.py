"""Lists whose members must agree on one type: IN (…), ARRAY[…], MAP(…) (spec/sql.md 5).

The first member that is not null decides the family, the widest the type. Literals are converted leniently: `'12'` is a
number beside numbers, a number is text beside STRING. Other expressions only widen.
"""

import decimal
from collections.abc import Sequence
from dataclasses import dataclass

from controlcenter.errors import Kind, Problem
from controlcenter.sql import ast, format, typed, types
from controlcenter.sql.java import doubles, iso
from controlcenter.sql.types import SqlType

Expr = typed.Expr


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a list: as written, and typed."""

    node: ast.Expression
    value: Expr

    @property
    def type(self) -> SqlType:
        return self.value.type


def common_type(members: Sequence[Member]) -> SqlType | None:
    """Return the type that the members share; None when all are null."""
    common: SqlType | None = None
    for member in members:
        if member.type != types.NULL:
            common = member.type if common is None else _widen(common, member)
    return common


def _widen(common: SqlType, member: Member) -> SqlType:
    given = member.type
    if isinstance(member.value, typed.Constant) and given == types.STRING and types.is_number(common):
        return types.wider_number(common, _number_type(member.value.value) or common) or common
    return wider(common, given)


def _number_type(text: str) -> SqlType | None:
    """Return the type of the number that a text is; None when it is none."""
    try:
        number = decimal.Decimal(text.strip()) if text.isascii() and "_" not in text else None
    except decimal.InvalidOperation:
        return None
    if number is None or not number.is_finite() or abs(number.adjusted()) > 1000:
        return None
    if text.strip().lstrip("+-").isdigit():
        return types.INTEGER if -(2**31) <= number < 2**31 else types.BIGINT if -(2**63) <= number < 2**63 else decimal_type(number)
    return decimal_type(number)


def decimal_type(number: decimal.Decimal) -> types.Decimal:
    """Return the type of a DECIMAL literal: just its own digits."""
    _, digits, exponent = number.as_tuple()
    scale = max(0, -int(exponent))
    return types.Decimal(max(len(digits) + max(0, int(exponent)), scale + 1 if abs(number) < 1 and scale else scale, 1), scale)


def decimal_type_of(value: int | decimal.Decimal) -> types.Decimal:
    """Return the DECIMAL of just the digits of a whole or exact number."""
    return decimal_type(decimal.Decimal(value))


def wider(one: SqlType, other: SqlType) -> SqlType:
    """Return the type of one family that holds both; `one` itself where they are of two families."""
    number = types.wider_number(one, other)
    if number is not None:
        return number
    match one, other:
        case types.Primitive("null"), _:
            return other
        case types.Array(a), types.Array(b):
            return types.Array(wider(a, b))
        case types.Map(k, v), types.Map(k2, v2):
            return types.Map(wider(k, k2), wider(v, v2))
        case types.Struct(fields), types.Struct(fields2):
            known = dict(fields2)
            mine = tuple((name, wider(kind, known[name]) if name in known else kind) for name, kind in fields)
            return types.Struct((*mine, *((name, kind) for name, kind in fields2 if one.field(name) is None)))
    return one


def convert(member: Member, wanted: SqlType) -> Expr:
    """Return a member as the type of its list, or raise what ksqlDB says of one that does not fit."""
    return _convert(member.value, wanted, member.node, wanted, member.type)


def _convert(value: Expr, wanted: SqlType, node: ast.Expression, whole: SqlType, given: SqlType) -> Expr:
    if value.type == wanted:
        return value
    if value.type == types.NULL:
        return typed.Constant(wanted, None)
    if isinstance(value, typed.Constant):
        constant = _literal(value, wanted)
        if constant is None:
            raise _no_operator(whole, given, node)
        return constant
    inside = _constructor(value, wanted, node, whole, given)
    if inside is not None:
        return inside
    if not widens(value.type, wanted):
        raise _no_operator(whole, given, node)
    return typed.Cast(wanted, value, is_implicit=True)


def _constructor(value: Expr, wanted: SqlType, node: ast.Expression, whole: SqlType, given: SqlType) -> Expr | None:
    """Convert ARRAY[…], MAP(…) and STRUCT(…) member by member; None for other expressions."""
    if isinstance(value, typed.ArrayOf) and isinstance(wanted, types.Array):
        return typed.ArrayOf(wanted, tuple(_convert(item, wanted.item, node, whole, given) for item in value.items))
    if isinstance(value, typed.MapOf) and isinstance(wanted, types.Map):
        pairs = ((_convert(k, wanted.key, node, whole, given), _convert(v, wanted.value, node, whole, given)) for k, v in value.entries)
        return typed.MapOf(wanted, tuple(pairs))
    if isinstance(value, typed.StructOf) and isinstance(wanted, types.Struct):
        had = dict(value.fields)
        if set(had) - {name for name, _ in wanted.fields}:
            raise _no_operator(whole, given, node)
        null = typed.Constant(types.NULL, None)
        fields = ((name, _convert(had.get(name, null), kind, node, whole, given)) for name, kind in wanted.fields)
        return typed.StructOf(wanted, tuple(fields))
    return None


def widens(given: SqlType, wanted: SqlType) -> bool:
    """Tell whether an expression of one type becomes another without its meaning changing; structs may gain fields."""
    match given, wanted:
        case types.Array(a), types.Array(b):
            return widens(a, b)
        case types.Map(k, v), types.Map(k2, v2):
            return widens(k, k2) and widens(v, v2)
        case types.Struct(fields), types.Struct():
            return all((kind := wanted.field(name)) is not None and widens(mine, kind) for name, mine in fields)
    return types.can_widen(given, wanted)


def _no_operator(wanted: SqlType, given: SqlType, node: ast.Expression) -> Problem:
    what = f"operator does not exist: {wanted} = {given} ({format.expression(node)})\nHint: You might need to add explicit type casts."
    return Problem(Kind.INVALID, what)


# — literals —————————————————————————————————————————————————————————————————


def _literal(constant: typed.Constant, wanted: SqlType) -> typed.Constant | None:
    """Return a literal as another type, None where there is no way; raises for text that says something else."""
    value, given = constant.value, constant.type
    if given == types.STRING:
        return _from_text(value, wanted)
    if wanted == types.STRING and (types.is_number(given) or given == types.BOOLEAN):
        return typed.Constant(wanted, text_of(constant))
    if types.is_number(given) and types.is_number(wanted):
        return typed.Constant(wanted, _number(value, wanted)) if types.can_widen(given, wanted) else None
    return None


def text_of(constant: typed.Constant) -> str:
    """Return a literal of a primitive type as CAST to STRING gives it."""
    value = constant.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return doubles.text(value)
    return f"{value:f}" if isinstance(value, decimal.Decimal) else str(value)


def _number(value: int | float | decimal.Decimal, wanted: SqlType) -> int | float | decimal.Decimal:
    if wanted == types.DOUBLE:
        return float(value)
    if isinstance(wanted, types.Decimal):
        with decimal.localcontext(prec=max(wanted.precision + wanted.scale, 1) + 30):
            return decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-wanted.scale))
    return int(value)


def _from_text(text: str, wanted: SqlType) -> typed.Constant | None:
    trimmed = text.strip("".join(map(chr, range(33))))
    if wanted == types.BOOLEAN:
        low = trimmed.lower()
        if low and ("true".startswith(low) or "yes".startswith(low)):
            return typed.Constant(wanted, True)
        if low and ("false".startswith(low) or "no".startswith(low)):
            return typed.Constant(wanted, False)
        raise _bad_text(wanted, text)
    if types.is_number(wanted):
        return typed.Constant(wanted, _number_of_text(trimmed, wanted, text))
    if wanted in types.TEMPORAL:
        return typed.Constant(wanted, _moment(trimmed, wanted, text))
    return None


def _number_of_text(trimmed: str, wanted: SqlType, text: str) -> int | float | decimal.Decimal:
    try:
        if wanted == types.DOUBLE:
            return doubles.parse(trimmed)
        number = decimal.Decimal(trimmed)
        if not number.is_finite() or not trimmed.isascii() or "_" in trimmed:
            raise _bad_text(wanted, text)
        if isinstance(wanted, types.Decimal):
            if not types.can_widen(decimal_type(number), wanted):
                raise _bad_text(wanted, text)
            return _number(number, wanted)
        bits = 31 if wanted == types.INTEGER else 63
        if number != number.to_integral_value() or not -(2**bits) <= number < 2**bits:
            raise _bad_text(wanted, text)
        return int(number)
    except (ValueError, ArithmeticError) as cause:
        raise _bad_text(wanted, text) from cause


def _moment(trimmed: str, wanted: SqlType, text: str) -> int:
    try:
        if wanted == types.DATE:
            return iso.parse_date(trimmed)
        return iso.parse_time(trimmed) if wanted == types.TIME else iso.parse_timestamp(trimmed)
    except ValueError as cause:
        raise _bad_text(wanted, text) from cause


def _bad_text(wanted: SqlType, text: str) -> Problem:
    return Problem(Kind.INVALID, f'invalid input syntax for type {types.base(wanted)}: "{text}".')


def assign(value: Expr, wanted: SqlType, node: ast.Expression) -> Expr:
    """Return the value of INSERT … VALUES as the type of its column, or raise. Numbers must fit as they are."""
    if wanted == types.BYTES and value.type == types.STRING:
        return typed.Cast(wanted, value, is_implicit=True)
    if isinstance(wanted, types.Decimal) and types.is_number(value.type) and value.type != types.DOUBLE:
        if isinstance(value, typed.Constant) and types.can_widen(decimal_type_of(value.value), wanted):
            return typed.Constant(wanted, _number(value.value, wanted))
        return typed.Cast(wanted, value, is_implicit=True)  # whether it fits shows when it is computed
    return _convert(value, wanted, node, wanted, value.type)
