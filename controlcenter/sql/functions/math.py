"""Maths as java.lang.Math: out of the domain NaN, too large Infinity, never an exception."""

import math
import secrets
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from controlcenter.sql.functions.base import REFUSE, Call, Scalar, Signature
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import decimals, fdlibm, integers
from controlcenter.sql.types import SqlType

NAN, INFINITY = math.nan, math.inf
NUMBERS = ("INTEGER", "BIGINT", "DOUBLE")
_CATEGORY = "MATHEMATICAL"


def of_real(work: Callable[[float], float], overflow: float = INFINITY) -> Call:
    """Return the function of one number: NaN outside of the domain, `overflow` (with the sign for odd ones) beyond the largest."""

    def call(value: float) -> float:
        try:
            return work(float(value))
        except ValueError:
            return NAN
        except OverflowError:
            return overflow

    return call


def cot(value: float) -> float:
    tangent = math.tan(value)
    return 1.0 / tangent if tangent else math.copysign(INFINITY, tangent)


def ln(value: float) -> float:
    return -INFINITY if value == 0 else math.log(value)


def log(base: float, value: float) -> float:
    """Return the logarithm to a base; NaN for a base that has none."""
    if base <= 0 or base == 1:
        return NAN
    logarithm = of_real(ln)
    top, bottom = logarithm(value), logarithm(base)
    return top / bottom if bottom else NAN


def power(base: float, exponent: float) -> float:
    """Return Math.pow, which differs from C's in 1 to the power of NaN or an infinity."""
    base, exponent = float(base), float(exponent)
    if exponent != 0 and (math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent))):
        return NAN
    is_odd = math.isfinite(exponent) and abs(exponent) < 2**53 and exponent % 2 == 1
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -INFINITY if base < 0 and is_odd else INFINITY
    except ValueError:
        if base == 0:
            return math.copysign(INFINITY, base) if is_odd else INFINITY
        return NAN


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def random() -> float:
    return secrets.randbits(53) / 2**53


def ceil(value: float) -> float:
    return math.copysign(float(math.ceil(value)), value) if math.isfinite(value) else value


def floor(value: float) -> float:
    return math.copysign(float(math.floor(value)), value) if math.isfinite(value) else value


def toward(rounding: str) -> Call:
    """Return the rounding of a DECIMAL to a whole number that keeps its scale."""

    def call(value: Decimal) -> Decimal:
        whole = value.to_integral_value(rounding)
        return decimals.with_scale(whole, -int(value.as_tuple().exponent))

    return call


_KM = ("km", "kilometer", "kilometers", "kilometre", "kilometres")
_RADII = dict.fromkeys(_KM, 6371.0) | dict.fromkeys(("mi", "mile", "miles"), 3959.0)


def geo_distance(lat1: float, lon1: float, lat2: float, lon2: float, unit: str | None = "km") -> float:
    """Return the distance of two points on a sphere by the haversine formula."""
    if None in (lat1, lon1, lat2, lon2):
        raise ValueError("GEO_DISTANCE needs two points.")
    if any(abs(lat) > 90 for lat in (lat1, lat2)) or any(abs(lon) > 180 for lon in (lon1, lon2)):
        raise ValueError("Latitude must lie within ±90 and longitude within ±180.")
    radius = _RADII.get((unit or "").strip().lower() or "km")
    if radius is None:
        raise ValueError(f"Unknown unit of distance: {unit}. Use MILE(S) or KM.")
    high = math.sin(math.radians(lat2 - lat1) / 2) ** 2
    wide = math.sin(math.radians(lon2 - lon1) / 2) ** 2
    part = high + wide * math.cos(math.radians(lat1)) * math.cos(math.radians(lat2))
    return 2 * fdlibm.asin(math.sqrt(part)) * radius


def _real(name: str, description: str, work: Callable[[float], float]) -> Scalar:
    call = of_real(work)
    return Scalar(name, description, _CATEGORY, tuple(signature(f"{kind} value", "DOUBLE", call) for kind in NUMBERS))


def _pair(name: str, description: str, first: str, second: str, call: Call) -> Scalar:
    return Scalar(name, description, _CATEGORY, _pairs(first, second, call))


def _pairs(first: str, second: str, call: Call) -> tuple[Signature, ...]:
    return tuple(signature(f"{kind} {first}, {kind} {second}", "DOUBLE", call) for kind in NUMBERS)


def same(kinds: tuple[SqlType, ...]) -> SqlType:
    """Return the first argument's type as the result's."""
    return kinds[0]


def _wrapping(wrap: Callable[[int], int]) -> Call:
    return lambda value: wrap(abs(value))


def _whole(name: str, description: str, real: Call, exact: Call) -> Scalar:
    """Return CEIL or FLOOR: integers stay, the others keep their type."""
    unchanged = (signature(f"{kind} value", kind, _itself) for kind in ("INTEGER", "BIGINT"))
    return Scalar(
        name, description, _CATEGORY, (*unchanged, signature("DOUBLE value", "DOUBLE", real), signature("DECIMAL value", same, exact))
    )


def _itself(value: Any) -> Any:
    return value


def _atan2(y: float, x: float) -> float:
    return fdlibm.atan2(float(y), float(x))


_POINT = "DOUBLE lat1, DOUBLE lon1, DOUBLE lat2, DOUBLE lon2"

FUNCTIONS = (
    _real("acos", "Returns the arc cosine.", fdlibm.acos),
    _real("asin", "Returns the arc sine.", fdlibm.asin),
    _real("atan", "Returns the arc tangent.", fdlibm.atan),
    _real("cos", "Returns the cosine of radians.", math.cos),
    _real("cosh", "Returns the hyperbolic cosine.", fdlibm.cosh),
    _real("cot", "Returns the cotangent of radians.", cot),
    _real("sin", "Returns the sine of radians.", math.sin),
    _real("sinh", "Returns the hyperbolic sine.", fdlibm.sinh),
    _real("tan", "Returns the tangent of radians.", math.tan),
    _real("tanh", "Returns the hyperbolic tangent.", fdlibm.tanh),
    _real("degrees", "Converts radians to degrees.", math.degrees),
    _real("radians", "Converts degrees to radians.", math.radians),
    _real("exp", "Returns e to a power.", math.exp),
    _real("Ln", "Returns the natural logarithm.", ln),
    _real("Sqrt", "Returns the square root.", math.sqrt),
    _real("cbrt", "Returns the cube root.", fdlibm.cbrt),
    _pair("atan2", "Returns the angle of the point (x, y).", "y", "x", _atan2),
    _pair("power", "Returns a base to an exponent.", "base", "exponent", power),
    Scalar("log", "Returns the natural logarithm, or that to a base.", _CATEGORY, (
        *(signature(f"{kind} value", "DOUBLE", of_real(ln)) for kind in NUMBERS), *_pairs("base", "value", log),
    )),
    Scalar("pi", "Returns π.", _CATEGORY, (signature("", "DOUBLE", lambda: math.pi),)),
    Scalar("random", "Returns a random number in [0, 1).", _CATEGORY, (signature("", "DOUBLE", random),)),
    Scalar("Sign", "Returns −1, 0 or 1.", _CATEGORY, tuple(signature(f"{kind} value", "INTEGER", sign) for kind in NUMBERS)),
    Scalar("Abs", "Returns the absolute value.", _CATEGORY, (
        signature("INTEGER val", "INTEGER", _wrapping(integers.wrap32)), signature("BIGINT val", "BIGINT", _wrapping(integers.wrap64)),
        signature("DOUBLE val", "DOUBLE", abs), signature("DECIMAL val", same, Decimal.copy_abs),
    )),
    _whole("Ceil", "Returns the least whole number that is not below the value.", ceil, toward(ROUND_CEILING)),
    _whole("Floor", "Returns the largest whole number that is not above the value.", floor, toward(ROUND_FLOOR)),
    Scalar("geo_distance", "Returns the distance of two points in km or miles.", _CATEGORY, (
        signature(_POINT, "DOUBLE", geo_distance, nulls=REFUSE), signature(f"{_POINT}, STRING units", "DOUBLE", geo_distance, nulls="see"),
    )),
)  # fmt: skip
