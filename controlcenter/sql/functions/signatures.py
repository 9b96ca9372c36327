"""Signatures from their text, and their text for messages.

parameters_of("ARRAY<T> array, T value")   two parameters
written(Array(Generic("T")))               "ARRAY<T>", as ksqlDB's messages say it
"""

from controlcenter.sql import types
from controlcenter.sql.functions.base import (
    SKIP,
    AggregateSignature,
    AnyDecimal,
    Anything,
    Build,
    Call,
    Generic,
    Make,
    Parameter,
    Returns,
    Signature,
)
from controlcenter.sql.types import SqlType


def signature(
    parameters: str, returns: str | Returns, call: Call | None = None, *, make: Make | None = None, nulls: str = SKIP
) -> Signature:
    """Return an overload from its text; the callable as it is, or made for the types."""
    result = read(returns) if isinstance(returns, str) else returns
    return Signature(parameters_of(parameters), result, make or always(call), nulls)


def always(call: Call | None) -> Make:
    """Return the maker of a callable that is the same for all types."""
    if call is None:
        raise TypeError("a signature needs `call` or `make`")
    return lambda _types, _returns: call


def aggregates(parameters: str, returns: str | Returns, state: str | Returns, build: Build, *, constants: int = 0) -> AggregateSignature:
    """Return an overload of an aggregate from its text."""
    of = [read(part) if isinstance(part, str) else part for part in (returns, state)]
    return AggregateSignature(parameters_of(parameters), of[0], of[1], build, constants)


def parameters_of(text: str) -> tuple[Parameter, ...]:
    """Return the parameters that a text like `"STRING s, STRING... rest"` names."""
    found = []
    for part in split(text):
        kind, _, name = part.rpartition(" ") if not part.endswith(">") else (part, "", "")
        kind, name = (kind, name) if kind else (name, "")
        found.append(Parameter(read(kind.removesuffix("...")), name, kind.endswith("...")))
    return tuple(found)


def read(text: str) -> SqlType:
    """Return the type that a signature's text names."""
    head, _, rest = text.strip().partition("<")
    inside = split(rest.removesuffix(">"))
    match head:
        case "ARRAY":
            return types.Array(read(inside[0]))
        case "MAP":
            return types.Map(read(inside[0]), read(inside[1]))
        case "STRUCT":
            return types.Struct(tuple((name, read(kind)) for name, _, kind in (part.partition(" ") for part in inside)))
        case "LAMBDA":
            kinds = [read(part) for part in inside]
            return types.Lambda(tuple(kinds[:-1]), kinds[-1])
        case "DECIMAL":
            return AnyDecimal()
        case "ANY":
            return Anything()
        case "UNIT":
            return types.UNIT
    return Generic(head) if len(head) == 1 else types.PRIMITIVES[head]


def split(text: str) -> list[str]:
    """Return the parts between the commas that stand outside of angle brackets."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "<") - (char == ">")
        if char == "," and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
    return [part for part in (*parts, text[start:].strip()) if part]


_WRITTEN = {types.INTEGER: "INT", types.STRING: "VARCHAR"}


def written(kind: SqlType) -> str:
    """Return a parameter's type as ksqlDB's messages write it."""
    match kind:
        case types.Array(item):
            return f"ARRAY<{written(item)}>"
        case types.Map(key, value):
            return f"MAP<{written(key)}, {written(value)}>"
        case types.Struct(fields):
            return "STRUCT<" + ", ".join(f"{name} {written(inner)}" for name, inner in fields) + ">"
        case types.Lambda(given, gives):
            return f"LAMBDA ({', '.join(map(written, given))}) => {written(gives) if gives else 'null'}"
    return _WRITTEN.get(kind, str(kind))  # type: ignore[call-overload, no-any-return]


def shown(parameter: Parameter) -> str:
    """Return a parameter as messages and DESCRIBE FUNCTION show it: `VARCHAR... items`."""
    return f"{written(parameter.type)}{'...' if parameter.is_variadic else ''} {parameter.name}".rstrip()


def returned(of: Signature | AggregateSignature) -> str:
    """Return the result of an overload as DESCRIBE FUNCTION shows it; one that depends on the arguments' digits is DECIMAL."""
    kind = of.returns(tuple(parameter.type for parameter in of.parameters)) if callable(of.returns) else of.returns
    return written(kind)
