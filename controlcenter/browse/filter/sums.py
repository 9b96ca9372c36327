"""+ - * / %: what they give, kind by kind; None where they give nothing."""

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from controlcenter.browse.filter import values
from controlcenter.browse.filter.values import Instant, Span

TEXT = 1 << 20  # characters of a text that a calculation may give


def _number_sum(run: Callable[[Any, Any], Any], exact: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Any, Any], Any]:
    """Integers stay integers; with a fraction anywhere it is decimal arithmetic: 0.1 + 0.2 == 0.3."""

    def read(x: Any, y: Any) -> Any:
        if type(x) is int and type(y) is int:
            return run(x, y)
        if values.kind(x) != "number" or values.kind(y) != "number":
            return None
        try:
            found = exact(Decimal(values.exact(x)), Decimal(values.exact(y)))
        except DecimalException:
            return None
        return None if found.is_nan() else found

    return read


def _divide(x: int, y: int) -> int | None:
    """Divide as CEL does, towards zero; None by zero."""
    if y == 0:
        return None
    found = abs(x) // abs(y)
    return found if (x < 0) == (y < 0) else -found


def _rest(x: int, y: int) -> int | None:
    return None if y == 0 else abs(x) % abs(y) * (-1 if x < 0 else 1)


_plus = _number_sum(int.__add__, values.ARITHMETIC.add)
_minus = _number_sum(int.__sub__, values.ARITHMETIC.subtract)


def _add(x: Any, y: Any) -> Any:
    match values.kind(x), values.kind(y):
        case ("string", "string"):
            return x + y
        case ("list", "list"):
            return [*x, *y] if len(x) + len(y) <= TEXT >> 6 else None
        case ("duration", "duration"):
            return Span(x.ns + y.ns)
        case ("timestamp", "duration") | ("duration", "timestamp"):
            return Instant(x.ns + y.ns)
    return _plus(x, y)


def _subtract(x: Any, y: Any) -> Any:
    match values.kind(x), values.kind(y):
        case ("duration", "duration") | ("timestamp", "timestamp"):
            return Span(x.ns - y.ns)
        case ("timestamp", "duration"):
            return Instant(x.ns - y.ns)
    return _minus(x, y)


SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _subtract,
    "*": _number_sum(int.__mul__, values.ARITHMETIC.multiply),
    "/": _number_sum(_divide, values.ARITHMETIC.divide),
    "%": _number_sum(_rest, values.ARITHMETIC.remainder),
}
