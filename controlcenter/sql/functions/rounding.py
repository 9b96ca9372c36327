"""ROUND and TRUNC. ROUND takes halves toward +Infinity, for a DOUBLE with places on its shortest decimal text."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions.base import REFUSE, Call, Make, Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import decimals, doubles
from controlcenter.sql.types import SqlType

Way = Callable[[Decimal, int], Decimal]


def truncate(value: float) -> int:
    return doubles.to_long(value)


def _at_places(way: Way) -> Call:
    """Return the rounding of a DOUBLE to places; NaN and infinities are an error."""
    return lambda value, places: float(way(decimals.of_text(value), places))


def _scaled(way: Way) -> Make:
    """Return the maker of the rounding of a DECIMAL to places that pads back to its scale."""

    def make(_kinds: tuple[SqlType, ...], returns: SqlType) -> Call:
        scale = returns.scale if isinstance(returns, types.Decimal) else 0
        return lambda value, places: decimals.with_scale(way(value, places), scale)

    return make


def _without_fraction(kinds: tuple[SqlType, ...]) -> SqlType:
    kind = kinds[0]
    return types.Decimal(max(1, kind.precision - kind.scale), 0) if isinstance(kind, types.Decimal) else kind


def _first(kinds: tuple[SqlType, ...]) -> SqlType:
    return kinds[0]


def _itself(value: Any) -> Any:
    return value


def _one(name: str, description: str, whole: Call, way: Way) -> Scalar:
    return Scalar(
        name,
        description,
        "MATHEMATICAL",
        (
            signature("BIGINT val", "BIGINT", _itself, nulls=REFUSE),
            signature("INTEGER val", "BIGINT", _itself, nulls=REFUSE),
            signature("DOUBLE val", "BIGINT", whole),
            signature("DOUBLE val, INTEGER decimalPlaces", "DOUBLE", _at_places(way)),
            signature("DECIMAL val", _without_fraction, lambda value: way(value, 0)),
            signature("DECIMAL val, INTEGER decimalPlaces", _first, make=_scaled(way)),
        ),
    )


_ROUND = "Rounds to the nearest whole number, or to a number of places; halves go up."
_TRUNC = "Cuts toward zero, to a whole number or to a number of places."
FUNCTIONS = (
    _one("Round", _ROUND, doubles.round_half_up, decimals.half_to_infinity),
    _one("Trunc", _TRUNC, truncate, decimals.cut),
)
