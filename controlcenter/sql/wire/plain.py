"""Numbers from their text, as Java reads them, and what fits a type: shared by the formats. All raise `Malformed` or ValueError."""

from decimal import Decimal, InvalidOperation

from controlcenter.sql.java import doubles
from controlcenter.sql.wire.base import Malformed

DAY_MS = 86_400_000
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "+Infinity": float("inf"), "-Infinity": float("-inf")}


def parse_double(text: str) -> float:
    """Return what `Double.parseDouble` reads, NaN and the infinities too; ValueError otherwise."""
    special = _NOT_FINITE.get(text.strip())
    return doubles.parse(text) if special is None else special


def plain_decimal(text: str) -> Decimal:
    """Return a number from its text as `java.math.BigDecimal` reads it: no blanks, no underscores, no NaN."""
    try:
        if not text or not text.isascii() or not set(text) <= set("0123456789+-.eE"):
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:
        raise Malformed(f"Failed to parse as DECIMAL: {text!r}") from None


def time_of_day(ms: int) -> int:
    """Return a TIME's milliseconds; `Malformed` for what no day has. The end of a day is allowed, as upstream."""
    if not 0 <= ms <= DAY_MS:
        raise Malformed("Time values must use number of milliseconds greater than 0 and less than 86400000.")
    return ms


def fit(number: Decimal, precision: int, scale: int) -> Decimal:
    """Return the number with exactly `scale` decimals; `Malformed` when it has more, or too many digits before the point."""
    if not number:
        return Decimal((0, (0,), -scale))
    sign, digits, power = number.as_tuple()
    exponent = int(power)
    if number.adjusted() >= precision - scale:
        raise Malformed(f"Cannot fit decimal '{number}' into DECIMAL({precision}, {scale}) as it would truncate left digits")
    if exponent < -scale:
        cut = -scale - exponent
        if any(digits[-cut:]):
            raise Malformed(f"Cannot fit decimal '{number}' into DECIMAL({precision}, {scale}) without rounding")
        return Decimal((sign, digits[:-cut] or (0,), -scale))
    return Decimal((sign, digits + (0,) * (exponent + scale), -scale))
