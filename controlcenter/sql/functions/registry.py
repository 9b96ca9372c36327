"""Find a function by its name and the types of its arguments; list all of them.

A `Registry` is a value: `plus` gives a larger one, so that a test brings its own functions and the product never sees them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from controlcenter.errors import Kind, Problem
from controlcenter.sql import types
from controlcenter.sql.functions import (
    aggregate,
    arrays,
    base,
    bytes,
    collect,
    dates,
    json,
    lambdas,
    maps,
    masks,
    math,
    overloads,
    patterns,
    rounding,
    scalar,
    signatures,
    strings,
    table,
    url,
)
from controlcenter.sql.functions.base import (
    Aggregate,
    AggregateSignature,
    Argument,
    Bound,
    BoundAggregate,
    Function,
    Scalar,
    Signature,
    Table,
)
from controlcenter.sql.types import SqlType

S = TypeVar("S", Signature, AggregateSignature)


@dataclass(frozen=True, slots=True)
class Registry:
    """The functions that a statement may use, by upper-case name."""

    by_name: dict[str, Function]

    def plus(self, functions: Iterable[Function]) -> "Registry":
        """Return a registry with these functions too."""
        return Registry(self.by_name | {function.name.upper(): function for function in functions})

    def all(self) -> list[Function]:
        """Return every function, by name."""
        return [self.by_name[name] for name in sorted(self.by_name)]

    def find(self, name: str) -> Function:
        """Return the function of this name, in any case, or raise ABSENT in ksqlDB's words."""
        found = self.by_name.get(name.upper())
        if found is None:
            raise Problem(Kind.ABSENT, f"Can't find any functions with the name '{name.upper()}'")
        return found

    def is_known(self, name: str) -> bool:
        return name.upper() in self.by_name

    def is_aggregate(self, name: str) -> bool:
        return isinstance(self.by_name.get(name.upper()), Aggregate)

    def is_table(self, name: str) -> bool:
        return isinstance(self.by_name.get(name.upper()), Table)

    def scalar(self, name: str, arguments: Sequence[Argument]) -> Bound:
        """Return the scalar function `name` bound to these argument types, or raise a Problem in ksqlDB's words.

        arguments  a type each; NULL for a literal NULL, UNIT for DAYS and its like, a `base.LambdaArgument` for a lambda
        """
        function = self.find(name)
        if not isinstance(function, Scalar):
            raise Problem(Kind.INVALID, f"Function '{function.name}' is not a scalar function.")
        return bind(function, arguments)

    def table(self, name: str, arguments: Sequence[Argument]) -> Bound:
        """Return the table function `name` bound to these argument types; its callable returns a list of rows."""
        function = self.find(name)
        if not isinstance(function, Table):
            raise Problem(Kind.INVALID, f"Function '{function.name}' is not a table function.")
        return bind(function, arguments)

    def aggregate(self, name: str, arguments: Sequence[Argument]) -> BoundAggregate:
        """Return the aggregate `name` bound to these argument types (the constants' types among them)."""
        function = self.find(name)
        if not isinstance(function, Aggregate):
            raise Problem(Kind.INVALID, f"Function '{function.name}' is not an aggregate function.")
        chosen = choose(function.name, function.signatures, arguments, may_cast=False)
        found = match(function.name, function.signatures, chosen, arguments)
        constants = constants_of(chosen, len(arguments))
        row_types = tuple(found.parameters[: len(found.parameters) - constants])
        return BoundAggregate(
            name=function.name,
            parameters=tuple(found.parameters),
            returns=result(chosen.returns, found),
            state=result(chosen.state, found),
            constants=constants,
            has_undo=function.has_undo,
            create=lambda constants=(), properties=None: chosen.build(row_types, tuple(constants), properties or {}),
        )


def bind(function: Scalar | Table, arguments: Sequence[Argument]) -> Bound:
    """Return a scalar or table function with its overload chosen and its callable made."""
    chosen = choose(function.name, function.signatures, arguments, may_cast=True)
    found = match(function.name, function.signatures, chosen, arguments)
    kinds = tuple(found.parameters)
    returns = result(chosen.returns, found)
    raw = chosen.make(kinds, returns)
    if chosen.nulls == base.REFUSE:
        raw = overloads.null_refusing(function.name, raw)
    skips = chosen.nulls == base.SKIP
    call = overloads.null_safe(raw) if skips and kinds else raw
    return Bound(function.name, kinds, returns, call, raw, skips, isinstance(function, Scalar) and function.is_slow)


def choose(name: str, known: Sequence[S], arguments: Sequence[Argument], *, may_cast: bool) -> S:
    """Return the signature that ksqlDB takes: exact types first, then by implicit conversion; the most specific of several."""
    for casting in (False, True) if may_cast else (False,):
        fitting = sorted(
            (signature for signature in known if overloads.accept(signature.parameters, arguments, casting)),
            key=lambda signature: overloads.rank(signature.parameters),
        )
        if len(fitting) > 1 and overloads.rank(fitting[-1].parameters) == overloads.rank(fitting[-2].parameters):
            raise Problem(Kind.INVALID, f"Function '{name}' cannot be resolved due to ambiguous method parameters ({texts(arguments)}).")
        if fitting:
            return fitting[-1]
    raise no_match(name, known, arguments)


def match(name: str, known: Sequence[S], chosen: S, arguments: Sequence[Argument]) -> overloads.Match:
    """Return the types of a chosen signature, or raise when a lambda gives the wrong type."""
    found = overloads.match(chosen.parameters, arguments)
    if found is None:
        raise no_match(name, known, arguments)
    return found


def constants_of(chosen: AggregateSignature, count: int) -> int:
    """Return how many of the last of `count` arguments are constants; a variadic constant may come any number of times."""
    if not chosen.constants:
        return 0
    is_variadic = any(parameter.is_variadic for parameter in chosen.parameters[-chosen.constants :])
    return count - (len(chosen.parameters) - chosen.constants) if is_variadic else chosen.constants


def result(returns: base.Returns, found: overloads.Match) -> SqlType:
    """Return the type of a result."""
    return returns(tuple(found.parameters)) if callable(returns) else overloads.resolve(returns, found.generics)


def no_match(name: str, known: Sequence[S], arguments: Sequence[Argument]) -> Problem:
    """Return the Problem that lists what the function would take."""
    listed = "".join(f"\n{text(name, signature)}" for signature in known)
    return Problem(
        Kind.INVALID,
        f"Function '{name}' does not accept parameters ({texts(arguments)}).\nValid alternatives are:{listed}"
        "\nFor detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;",
    )


def text(name: str, signature: Signature | AggregateSignature) -> str:
    """Return an overload as messages and DESCRIBE FUNCTION show it: `explode(ARRAY<T> list)`."""
    return f"{name}({', '.join(map(signatures.shown, signature.parameters))})"


def texts(arguments: Iterable[Argument]) -> str:
    return ", ".join("null" if argument == types.NULL else str(argument) for argument in arguments)


_FAMILIES = (strings, bytes, masks, patterns, math, rounding, dates, arrays, maps, lambdas, json, url, scalar, aggregate, collect, table)
BUILTIN = Registry({}).plus(
    function
    for family in (
        strings,
        bytes,
        masks,
        patterns,
        math,
        rounding,
        dates,
        arrays,
        maps,
        lambdas,
        json,
        url,
        scalar,
        aggregate,
        collect,
        table,
    )
    for function in family.FUNCTIONS
)
