"""DECIMAL as BigDecimal with ksqlDB's precision and scale computes it.

Never the default context: 28 digits and HALF_EVEN are not Java's. All here work with as many digits as the numbers have.
"""

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

from controlcenter.sql.java import doubles

_EXACT = Context(prec=100_000, Emax=999_999, Emin=-999_999, rounding=ROUND_HALF_UP, traps=[InvalidOperation])


def plain(value: Decimal) -> str:
    """Return the digits without an exponent: BigDecimal.toPlainString."""
    return format(value, "f")


def half_up(value: Decimal, scale: int) -> Decimal:
    """Return the value with `scale` digits after the point (negative: left of it), halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)


def half_to_infinity(value: Decimal, scale: int) -> Decimal:
    """Return the value rounded to `scale` digits, halves toward +Infinity: ksqlDB's ROUND."""
    rounding = ROUND_HALF_DOWN if value < 0 else ROUND_HALF_UP
    return value.quantize(Decimal(1).scaleb(-scale), rounding=rounding, context=_EXACT)


def cut(value: Decimal, scale: int) -> Decimal:
    """Return the value with the digits after `scale` left out."""
    return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_DOWN, context=_EXACT)


def with_scale(value: Decimal, scale: int) -> Decimal:
    """Return the value with exactly `scale` digits after the point; ValueError if that needs rounding."""
    scaled = half_up(value, scale)
    if scaled != value:
        raise ValueError("Rounding necessary")
    return scaled


def digits(value: Decimal) -> int:
    """Return BigDecimal.precision: the number of digits of the unscaled value, 1 for zero."""
    number = value.as_tuple().digits
    return max(1, len(str(int("".join(map(str, number)) or "0"))))


def fit(value: Decimal, precision: int, scale: int) -> Decimal:
    """Return the value rounded HALF_UP into DECIMAL(precision, scale); ValueError when its integer digits are too many."""
    scaled = half_up(value, scale)
    if scaled and scaled.adjusted() >= precision - scale:
        raise ValueError(
            f"Numeric field overflow: A field with precision {precision} and scale {scale} must round to an absolute value "
            f"less than 10^{precision - scale}. Got {plain(value)}"
        )
    return scaled


def ensure_fit(value: Decimal, precision: int, scale: int) -> Decimal:
    """Return the value as DECIMAL(precision, scale); ValueError when it does not fit or would be rounded."""
    scaled = fit(value, precision, scale)
    if scaled != value:
        raise ValueError(f"Cannot fit decimal '{plain(value)}' into DECIMAL({precision}, {scale}) without rounding.")
    return scaled


def from_double(value: float, precision: int, scale: int) -> Decimal:
    """Return a DOUBLE as DECIMAL: its exact binary value at `precision` digits, then HALF_UP to `scale`."""
    at_precision = Context(prec=precision, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
    return fit(at_precision.create_decimal(Decimal(value)), precision, scale)


def of_text(value: float) -> Decimal:
    """Return the DECIMAL of a double's text, as BigDecimal.valueOf; ValueError for NaN and infinities."""
    if value - value != 0:
        raise ValueError("Infinite or NaN")
    return Decimal(doubles.text(value))


def add(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    return _exact(_EXACT.add(left, right), precision, scale)


def subtract(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    return _exact(_EXACT.subtract(left, right), precision, scale)


def multiply(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    return _exact(_EXACT.multiply(left, right), precision, scale)


def divide(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    """Return the quotient; ZeroDivisionError by zero, ValueError if it would need rounding at `precision` digits."""
    context = Context(prec=precision, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Inexact])
    if not right:
        raise ZeroDivisionError("/ by zero")
    try:
        return _exact(context.divide(left, right), precision, scale)
    except Inexact:
        raise ValueError("Rounding necessary") from None


def remainder(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    """Return what division toward zero leaves, with the sign of `left`."""
    if not right:
        raise ZeroDivisionError("Division by zero")
    return _exact(_EXACT.remainder(left, right), precision, scale)


def _exact(value: Decimal, precision: int, scale: int) -> Decimal:
    """Return a result with its scale; ValueError unless `precision` digits hold it without rounding."""
    if digits(value.normalize(_EXACT)) > precision:
        raise ValueError("Rounding necessary")
    return with_scale(value, scale)
