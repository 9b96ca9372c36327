"""What has no family: COALESCE and its like, GREATEST and LEAST, AS_VALUE."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions import ordering
from controlcenter.sql.functions.base import SEE, Call, Make, Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import decimals
from controlcenter.sql.types import SqlType


def coalesce(first: Any, *others: Any) -> Any:
    return next((item for item in (first, *others) if item is not None), None)


def null_if(value: Any, other: Any) -> Any:
    return None if value is not None and ordering.same(value, other) else value


def itself(value: Any) -> Any:
    return value


def _extreme(choose: Callable[..., Any]) -> Make:
    """Return the maker of GREATEST or LEAST: nulls are left out, a DECIMAL takes the common scale."""

    def make(kinds: tuple[SqlType, ...], returns: SqlType) -> Call:
        key = ordering.key(returns)
        scale = returns.scale if isinstance(returns, types.Decimal) else None

        def call(*items: Any) -> Any:
            found = choose((item for item in items if item is not None), key=key, default=None)
            return found if scale is None or found is None else decimals.with_scale(found, scale)

        return call

    return make


def _common(kinds: tuple[SqlType, ...]) -> SqlType:
    """Return the DECIMAL that holds all of the arguments."""
    decimal_kinds = [kind for kind in kinds if isinstance(kind, types.Decimal)]
    return reduce(types.wider_decimal, decimal_kinds) if decimal_kinds else kinds[0]


def _ordered(name: str, description: str, make: Make) -> Scalar:
    kinds = ("INTEGER", "BIGINT", "DOUBLE", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP", "DECIMAL")
    return Scalar(
        name,
        description,
        "CONDITIONAL",
        tuple(signature(f"{kind} val, {kind}... vals", _common if kind == "DECIMAL" else kind, make=make, nulls=SEE) for kind in kinds),
    )


FUNCTIONS = (
    Scalar("COALESCE", "Returns the first value that is not null.", "CONDITIONAL", (
        signature("T first, T... others", "T", coalesce, nulls=SEE),
    )),
    Scalar("IFNULL", "Returns the first value, or the second if that is null.", "CONDITIONAL", (
        signature("T expression, T altValue", "T", coalesce, nulls=SEE),
    )),
    Scalar("NULLIF", "Returns null if both values are equal, else the first.", "CONDITIONAL", (
        signature("T expression1, T expression2", "T", null_if, nulls=SEE),
    )),
    Scalar("AS_VALUE", "Returns a key column as a value.", "OTHER", (signature("T value", "T", itself, nulls=SEE),)),
    _ordered("greatest", "Returns the largest of the values.", _extreme(max)),
    _ordered("least", "Returns the smallest of the values.", _extreme(min)),
)  # fmt: skip
