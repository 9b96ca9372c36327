"""The kinds of values a filter knows, and how two of them compare.

Law: numbers compare as the decimals they were written as. A float is kept only where fifteen digits hold it, below 1e15:
there the text and the double are one to one. Every other number is an int or a Decimal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, DecimalException
from enum import Enum
from types import NoneType
from typing import Any, TypeAlias
from uuid import UUID

Number: TypeAlias = int | float | Decimal

LARGE = 1e15
SMALL = 1e-290  # below it doubles lose digits
EXACT_TEXT = 16  # characters: with the point, no more than fifteen digits
ARITHMETIC = Context(prec=60, Emax=9999, Emin=-9999)
READING = Context(prec=5000, Emax=999_999_999, Emin=-999_999_999)
WHOLE_DIGITS = 4000  # of an integer that a calculation may give; Python prints none beyond 4300
WHOLE_BITS = 13_288  # the same in bits
INFINITE = Decimal("Infinity")


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A point in time: nanoseconds since 1970, UTC."""

    ns: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A length of time, in nanoseconds."""

    ns: int


KINDS: Mapping[type, str] = {
    NoneType: "null", bool: "bool", int: "number", float: "number", Decimal: "number", str: "string", bytes: "bytes",
    list: "list", tuple: "list", dict: "map", Instant: "timestamp", Span: "duration",
}  # fmt: skip
ORDERED = frozenset({"number", "string", "timestamp", "duration"})


def number(text: str) -> Number | None:
    """Return a number with a point or an exponent exactly, None when it cannot be kept; msgspec calls it for such numbers."""
    if len(text) <= EXACT_TEXT:
        found = float(text)
        if SMALL < found < LARGE or -LARGE < found < -SMALL:
            return found
        if found == 0 and not text.strip("-0.eE+"):
            return 0.0
    try:
        exact = READING.create_decimal(text)
    except DecimalException:
        return None
    return None if exact.is_nan() else exact


def kind(value: object) -> str:
    """Return a value's kind; "other" for what is none of ours."""
    return KINDS.get(type(value), "other")


def plain(value: Any) -> Any:
    """Return one value as the language knows it: what a decoder gave (dates, UUIDs, any double) becomes one of our kinds."""
    if type(value) is float:
        return value if value == 0 or (SMALL < abs(value) < LARGE and len(repr(value)) <= EXACT_TEXT) else number(repr(value))
    if type(value) in KINDS:
        return None if type(value) is Decimal and value.is_nan() else value
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return Instant(span_ns(aware - datetime(1970, 1, 1, tzinfo=UTC)))
    if isinstance(value, date):
        return Instant((value - date(1970, 1, 1)).days * 86_400_000_000_000)
    if isinstance(value, time):
        return Span(((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000_000 + value.microsecond * 1000)
    if isinstance(value, timedelta):
        return Span(span_ns(value))
    if isinstance(value, UUID):
        return str(value)
    return _subclass(value)


def _subclass(value: Any) -> Any:
    """Return an enum, a named tuple, an ordered dict and their like as what they hold; None for a stranger."""
    if isinstance(value, Enum):
        return plain(value.value)
    bases: tuple[Any, ...] = (str, int, float, Decimal, dict)
    for base in bases:
        if isinstance(value, base):
            return plain(base(value))
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    return None


def span_ns(value: timedelta) -> int:
    return ((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000


def exact(value: Number) -> int | Decimal:
    """Return a number as one that every other may be held against: a float as the decimal it was written as."""
    return Decimal(repr(value)) if type(value) is float else value  # type: ignore[return-value]


def order(a: Any, b: Any) -> int | None:
    """Return −1, 0 or 1; None when the two have no order between them."""
    sort = kind(a)
    if sort != kind(b) or sort not in ORDERED:
        return None
    if sort == "number" and type(a) is not type(b) and (type(a) is Decimal or type(b) is Decimal):
        a, b = exact(a), exact(b)
    return int(a > b) - int(a < b)


def same(a: Any, b: Any, spend: Callable[[int], Any] = int) -> bool | None:
    """Whether two values are equal, lists and maps all through; None when they are of different kinds.

    spend  hears of every list and map how many items it has
    """
    a, b = plain(a), plain(b)
    sort = kind(a)
    if sort != kind(b):
        return None
    if sort in ORDERED:
        return order(a, b) == 0
    if sort in ("list", "map"):
        spend(len(a))
    if sort == "list":
        return len(a) == len(b) and all(same(x, y, spend) for x, y in zip(a, b, strict=True))
    if sort == "map":
        return len(a) == len(b) and all(name in b and same(x, b[name], spend) for name, x in a.items())
    return bool(a == b)
