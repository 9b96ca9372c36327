"""DECIMAL arithmetic on operands of any exact type. A null operand is an error, and so is a result that needs rounding."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.java import decimals, doubles

_OPERATIONS = {
    "+": decimals.add,
    "-": decimals.subtract,
    "*": decimals.multiply,
    "/": decimals.divide,
    "%": decimals.remainder,
}


def decimal_operation(op: str, kind: types.Decimal) -> Callable[[Any, Any], Decimal]:
    """Return the operation whose exact result has the type `kind`; whole numbers take part as they are."""
    compute, precision, scale = _OPERATIONS[op], kind.precision, kind.scale

    def operate(a: Any, b: Any) -> Decimal:
        if a is None or b is None:
            raise TypeError("null operand")
        return compute(Decimal(a), Decimal(b), precision, scale)

    return operate


def divide_double(a: Any, b: Any) -> float:
    """Return a / b by IEEE 754."""
    return doubles.divide(float(a), float(b))


def rest_double(a: Any, b: Any) -> float:
    """Return Java's `a % b`."""
    return doubles.remainder(float(a), float(b))


def as_decimal(x: Any) -> Decimal:
    """Return any number as an exact decimal, a double by its shortest text; NaN stays NaN."""
    return x if isinstance(x, Decimal) else Decimal(repr(x)) if isinstance(x, float) else Decimal(x)
