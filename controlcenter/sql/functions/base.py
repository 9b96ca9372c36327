"""What a function is: its name, its signatures, and the callable that a chosen signature gives.

A signature is written as SQL writes it: `"ARRAY<T> array, T value"`. One capital letter is a generic type, `STRING... items` may come any
number of times (anywhere in the list), `DECIMAL` takes any precision, `ANY` any type, `UNIT` an interval unit, and
`LAMBDA<S, T, R>` a lambda of S and T that gives R.

Law: a bound callable is pure; it returns a value of the announced type or None, and raises for what ksqlDB calls an error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from controlcenter.sql.types import SqlType

Call = Callable[..., Any]
Make = Callable[[tuple[SqlType, ...], SqlType], Call]  # (argument types, result type) → the callable for them
Returns = SqlType | Callable[[tuple[SqlType, ...]], SqlType]
SKIP, SEE, REFUSE = "skip", "see", "refuse"


@dataclass(frozen=True, slots=True)
class Generic(SqlType):
    """A type that the arguments decide; the same wherever its letter stands."""

    letter: str

    def __str__(self) -> str:
        return self.letter


@dataclass(frozen=True, slots=True)
class AnyDecimal(SqlType):
    """A DECIMAL of any precision and scale."""

    def __str__(self) -> str:
        return "DECIMAL"


@dataclass(frozen=True, slots=True)
class Anything(SqlType):
    """Any type, of each argument its own."""

    def __str__(self) -> str:
        return "ANY"


@dataclass(frozen=True, slots=True)
class LambdaArgument:
    """A lambda that stands as an argument, before its types are known.

    arity  how many parameters it has
    type   called with the parameters' types; returns the type of the body (and may raise what is wrong with it)
    """

    arity: int
    type: Callable[[tuple[SqlType, ...]], SqlType]

    def __str__(self) -> str:
        return "LAMBDA"


Argument = SqlType | LambdaArgument


@dataclass(frozen=True, slots=True)
class Parameter:
    type: SqlType
    name: str = ""
    is_variadic: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One overload of a scalar or table function.

    returns     the result's type, or computes it from the argument types
    make        gives the callable for the actual types
    nulls       what a null argument means: SKIP (null comes back and the callable is not asked), SEE (the callable decides),
                REFUSE (it is an error)
    """

    parameters: tuple[Parameter, ...]
    returns: Returns
    make: Make
    nulls: str = SKIP


@dataclass(frozen=True, slots=True)
class Scalar:
    """A function of one row: one value in, one value out. `is_slow` ones may run away and belong into a process that can be killed."""

    name: str
    description: str
    category: str
    signatures: tuple[Signature, ...]
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A function of one row that gives many: its callable returns a list, each element one row."""

    name: str
    description: str
    category: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A scalar or table function whose overload is chosen.

    name        as the function is declared
    parameters  the type that each argument must be cast to first, one an argument; a Lambda for a lambda, NULL where nothing is known
    returns     type of the result (for a table function: of each row)
    call        takes the runtime values (lambdas as Python callables) and minds null itself
    raw         the same without the look for null: `skips_null` says that it must never see one
    is_slow     may run only where it can be killed
    """

    name: str
    parameters: tuple[SqlType, ...]
    returns: SqlType
    call: Call
    raw: Call
    skips_null: bool
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Aggregator:
    """The work of an aggregate. States are values of the state's type and are never changed in place; `add` and `undo` return the next one.

    undo takes a row back (tables); None where that cannot be done. merge joins the states of two sessions, the earlier one first.
    """

    initialize: Callable[[], Any]
    add: Call
    merge: Callable[[Any, Any], Any]
    result: Callable[[Any], Any]
    undo: Call | None = None


Build = Callable[[tuple[SqlType, ...], tuple[Any, ...], dict[str, Any]], Aggregator]  # (row types, constants, properties) → its work


@dataclass(frozen=True, slots=True)
class AggregateSignature:
    """One overload of an aggregate.

    state      type of the stored state, or computes it from the argument types
    constants  how many of the last parameters are literals, given once (a variadic one may come any number of times)
    build      gives the work for the row arguments' types, the constants and the engine's properties
    """

    parameters: tuple[Parameter, ...]
    returns: Returns
    state: Returns
    build: Build
    constants: int = 0


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over the rows of a group. `has_undo`: it may stand over a table."""

    name: str
    description: str
    category: str
    signatures: tuple[AggregateSignature, ...]
    has_undo: bool = False


@dataclass(frozen=True, slots=True)
class BoundAggregate:
    """An aggregate whose overload is chosen.

    parameters  as in `Bound`; the last `constants` arguments must be literals and are not passed to `add`
    create      (values of the constants, properties) → Aggregator
    """

    name: str
    parameters: tuple[SqlType, ...]
    returns: SqlType
    state: SqlType
    constants: int
    has_undo: bool
    create: Callable[..., Aggregator]


Function = Scalar | Aggregate | Table
