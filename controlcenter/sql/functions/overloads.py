"""Which overload takes given arguments, and what each argument becomes there.

ksqlDB's rule: exact types first, then those that implicit conversion reaches; of several the most specific; a tie is refused.
Generic letters must agree on one type exactly. A NULL literal fits every parameter and decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions.base import AnyDecimal, Anything, Argument, Call, Generic, LambdaArgument, Parameter
from controlcenter.sql.types import SqlType


@dataclass(slots=True)
class Match:
    """The try to give arguments to a signature: which generic letters are decided, and what each argument becomes."""

    generics: dict[str, SqlType] = field(default_factory=dict)
    parameters: list[SqlType] = field(default_factory=list)


def accept(parameters: Sequence[Parameter], arguments: Sequence[Argument], may_cast: bool) -> bool:
    """Tell whether these arguments fit; lambdas are looked at by their number of parameters only."""
    matched = Match()
    return (places := place(parameters, len(arguments))) is not None and all(
        fits(wanted.type, given, matched.generics, may_cast) for wanted, given in zip(places, arguments, strict=True)
    )


def place(parameters: Sequence[Parameter], count: int) -> list[Parameter] | None:
    """Return the parameter of each of `count` arguments, None when they are too few or too many."""
    at = next((n for n, parameter in enumerate(parameters) if parameter.is_variadic), None)
    if at is None:
        return list(parameters) if len(parameters) == count else None
    repeats = count - len(parameters) + 1
    return [*parameters[:at], *[parameters[at]] * repeats, *parameters[at + 1 :]] if repeats >= 0 else None


def fits(wanted: SqlType, given: Argument, generics: dict[str, SqlType], may_cast: bool) -> bool:
    """Tell whether an argument fits a parameter, and write down the generic types that it decides."""
    if isinstance(given, LambdaArgument) or isinstance(wanted, types.Lambda):
        return isinstance(given, LambdaArgument) and isinstance(wanted, types.Lambda) and given.arity == len(wanted.parameters)
    if (given == types.UNIT) != (wanted == types.UNIT):
        return False
    if given == types.NULL:
        return True
    if is_generic(wanted):
        return decides(wanted, given, generics)
    match wanted, given:
        case (types.Array(one), types.Array(other)):
            return fits(one, other, generics, may_cast)
        case (types.Map(key, value), types.Map(key2, value2)):
            return fits(key, key2, generics, may_cast) and fits(value, value2, generics, may_cast)
        case (types.Struct(fields), types.Struct(fields2)):
            return len(fields) == len(fields2) and all(
                a[0] == b[0] and fits(a[1], b[1], generics, may_cast) for a, b in zip(fields, fields2, strict=True)
            )
        case (Anything(), _):
            return True
        case (AnyDecimal(), types.Decimal()):
            return True
    return given == wanted or (may_cast and becomes(given, wanted))


def becomes(given: SqlType, wanted: SqlType) -> bool:
    """Tell whether an argument is converted without being asked: numbers widen, text is read as a date, a time or bytes."""
    if isinstance(wanted, AnyDecimal):
        return given in (types.INTEGER, types.BIGINT)
    if given == types.STRING:
        return wanted in types.TEMPORAL or wanted == types.BYTES
    return types.is_number(given) and types.wider_number(given, wanted) == wanted


def decides(wanted: SqlType, given: SqlType, generics: dict[str, SqlType]) -> bool:
    """Tell whether a generic parameter agrees with an argument and with what the arguments before it decided."""
    match wanted, given:
        case (_, types.Primitive("null")):
            return True
        case (Generic(letter), _):
            return generics.setdefault(letter, given) == given
        case (types.Array(one), types.Array(other)):
            return decides(one, other, generics)
        case (types.Map(key, value), types.Map(key2, value2)):
            return decides(key, key2, generics) and decides(value, value2, generics)
        case (types.Struct(fields), types.Struct(fields2)):
            return len(fields) == len(fields2) and all(
                a[0] == b[0] and decides(a[1], b[1], generics) for a, b in zip(fields, fields2, strict=True)
            )
    return wanted == given


def is_generic(kind: SqlType) -> bool:
    """Tell whether a type holds a letter that the arguments decide."""
    if isinstance(kind, types.Lambda):
        return any(map(is_generic, kind.parameters))
    return isinstance(kind, Generic) or any(map(is_generic, types.inner(kind)))


def resolve(kind: SqlType, generics: dict[str, SqlType]) -> SqlType:
    """Return the type with its letters replaced; NULL stands for a letter that nothing decided."""
    match kind:
        case Generic(letter):
            return generics.get(letter, types.NULL)
        case types.Array(item):
            return types.Array(resolve(item, generics))
        case types.Map(key, value):
            return types.Map(resolve(key, generics), resolve(value, generics))
        case types.Struct(fields):
            return types.Struct(tuple((name, resolve(inner, generics)) for name, inner in fields))
    return kind


def concrete(wanted: SqlType, given: SqlType, generics: dict[str, SqlType]) -> SqlType:
    """Return the type to which an argument is to be cast before the call."""
    match wanted:
        case Anything():
            return given
        case AnyDecimal():
            return types.as_decimal(given) or given
        case types.Array(item) if isinstance(given, types.Array) and not is_generic(wanted):
            return types.Array(concrete(item, given.item, generics))
        case types.Map(key, value) if isinstance(given, types.Map) and not is_generic(wanted):
            return types.Map(concrete(key, given.key, generics), concrete(value, given.value, generics))
    return resolve(wanted, generics)


def match(parameters: Sequence[Parameter], arguments: Sequence[Argument]) -> Match | None:
    """Return what every argument becomes under an accepted signature, typing lambdas from left to right.

    None when a lambda's body gives another type than the signature wants there.
    """
    places = place(parameters, len(arguments)) or []
    found = Match()
    for wanted, given in zip(places, arguments, strict=True):
        if not isinstance(given, LambdaArgument):
            fits(wanted.type, given, found.generics, may_cast=True)
    for wanted, given in zip(places, arguments, strict=True):
        if isinstance(given, LambdaArgument) and isinstance(wanted.type, types.Lambda) and wanted.type.returns is not None:
            inputs = tuple(resolve(kind, found.generics) for kind in wanted.type.parameters)
            body = given.type(inputs)
            if not fits(wanted.type.returns, body, found.generics, may_cast=False):
                return None
            found.parameters.append(types.Lambda(inputs, resolve(wanted.type.returns, found.generics)))
        elif not isinstance(given, LambdaArgument):
            found.parameters.append(concrete(wanted.type, given, found.generics))
    return found


def rank(parameters: Sequence[Parameter]) -> tuple[bool, int, int]:
    """Return how specific a signature is, the largest wins: not variadic, more fixed parameters, fewer generic ones."""
    is_variadic = any(parameter.is_variadic for parameter in parameters)
    return not is_variadic, len(parameters) - is_variadic, -sum(is_generic(parameter.type) for parameter in parameters)


def null_safe(call: Call) -> Call:
    """Return the callable that gives null for any null argument."""

    def safe(*arguments: Any) -> Any:
        return None if None in arguments else call(*arguments)

    return safe


def null_refusing(name: str, call: Call) -> Call:
    """Return the callable that raises for any null argument."""

    def refusing(*arguments: Any) -> Any:
        if None in arguments:
            raise ValueError(f"Function '{name}' was given null.")
        return call(*arguments)

    return refusing
