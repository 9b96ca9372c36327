"""What a filter may call. Nothing else can be called, and a call is a look-up in TABLE, never a name of Python's.

Law: null in, null out; a value of another kind gives MISMATCH, which evaluates as null and is counted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from controlcenter.browse.filter import values
from controlcenter.browse.filter.values import Instant, Span

MISMATCH: Final = object()
DURATION = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h|d)")
UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII
)  # beyond it: seconds and zone may be left out, which then is UTC


@dataclass(frozen=True, slots=True)
class Function:
    """takes   per argument, the kinds it may have
    result  the kind that comes back
    run     gets values of those kinds only
    usage   how it is written, for help and errors
    """

    takes: tuple[frozenset[str], ...]
    result: str
    run: Callable[..., Any]
    usage: str


def _size(value: Any) -> int:
    return len(value)


def _int(value: Any) -> Any:
    if type(value) is Instant:
        return value.ns // 10**6
    if type(value) is Span:
        return int(value.ns / 10**6)
    if type(value) is str:
        return int(value) if re.fullmatch(r"[+-]?[0-9]{1,4000}", value, re.ASCII) else MISMATCH
    if type(value) is Decimal and (value.is_infinite() or value.adjusted() > values.WHOLE_DIGITS):
        return MISMATCH
    return int(values.exact(value))


def _double(value: Any) -> Any:
    if type(value) is not str:
        return value
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?", value, re.ASCII) or len(value) > values.WHOLE_DIGITS:
        return MISMATCH
    found = values.number(value)
    return MISMATCH if found is None else found


def _string(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case Instant():
            return _instant_text(value)
        case Span():
            return f"{Decimal(value.ns) / 10**9:f}s"
        case bytes():
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return MISMATCH
        case Decimal() if value.is_infinite() or abs(value.adjusted()) > values.WHOLE_DIGITS:
            return MISMATCH
        case Decimal():
            return f"{value:f}"
        case int() if value.bit_length() > values.WHOLE_BITS:
            return MISMATCH
        case _:
            return str(value)


def _timestamp(value: Any) -> Any:
    """Read RFC 3339, a date, or, as Kafka counts time, milliseconds since 1970."""
    if type(value) is str:
        return instant(value)
    if type(value) is int:
        return Instant(value * 10**6) if abs(value) < 10**18 else MISMATCH
    return value if type(value) is Instant else MISMATCH


def instant(text: str) -> Any:
    """Return the instant of a text, to the nanosecond; MISMATCH for what is none."""
    found = RFC3339.fullmatch(text)
    if found is None:
        return MISMATCH
    day, minutes, seconds, fraction, zone = found.groups()
    offset = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        at = datetime.fromisoformat(f"{day}T{minutes or '00:00'}:{seconds or '00'}{offset}")
    except ValueError:
        return MISMATCH
    return Instant(values.span_ns(at - datetime(1970, 1, 1, tzinfo=UTC)) + int((fraction or "0").ljust(9, "0")))


def _instant_text(value: Instant) -> Any:
    seconds, ns = divmod(value.ns, 10**9)
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return MISMATCH
    fraction = f".{ns:09d}".rstrip("0") if ns else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z".rjust(20, "0")


def _duration(value: Any) -> Any:
    """Read 1h30m, 500ms, -2.5s, 7d; or milliseconds."""
    if type(value) is Span:
        return value
    if type(value) is int:
        return Span(value * 10**6) if abs(value) < 10**18 else MISMATCH
    if type(value) is not str:
        return MISMATCH
    sign, rest = (-1, value[1:]) if value[:1] == "-" else (1, value)
    if not rest or DURATION.sub("", rest):
        return MISMATCH
    return Span(sign * int(sum(Decimal(many) * UNITS[unit] for many, unit in DURATION.findall(rest))))


def _matches(value: str, pattern: Any) -> bool:
    # bytes: the wrapper's own conversion of a str counts characters twice; lone surrogates, which only odd JSON has, pass through
    return pattern.search(value.encode("utf-8", "surrogatepass")) is not None


def _of(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


STRING = _of("string")
TABLE: Mapping[str, Function] = {
    "size": Function((_of("string", "bytes", "list", "map"),), "number", _size, "size(value.items)"),
    "startsWith": Function((STRING, STRING), "bool", str.startswith, "value.city.startsWith('Os')"),
    "endsWith": Function((STRING, STRING), "bool", str.endswith, "value.city.endsWith('lo')"),
    "contains": Function((STRING, STRING), "bool", str.__contains__, "value.city.contains('sl')"),
    "matches": Function((STRING, _of("pattern")), "bool", _matches, "value.city.matches('^Os')"),
    "lower": Function((STRING,), "string", str.lower, "lower(value.city)"),
    "int": Function((_of("number", "string", "timestamp", "duration"),), "number", _int, "int(value.n)"),
    "double": Function((_of("number", "string"),), "number", _double, "double(value.price)"),
    "string": Function(
        (_of("number", "string", "bool", "bytes", "timestamp", "duration"),), "string", _string, "string(value.n)"
    ),
    "timestamp": Function((_of("string", "number", "timestamp"),), "timestamp", _timestamp, "timestamp('2026-03-01T12:00:00Z')"),
    "duration": Function((_of("string", "number", "duration"),), "duration", _duration, "duration('1h30m')"),
}  # fmt: skip
STRINGS = ("startsWith", "endsWith", "contains", "matches", "lower")  # their price grows with the text


def call(name: str, given: tuple[Any, ...]) -> Any:
    """Return what a function gives: None for null, MISMATCH for values of kinds it does not take."""
    function = TABLE[name]
    for value, kinds in zip(given, function.takes, strict=True):
        if value is None:
            return None
        if "pattern" not in kinds and values.kind(value) not in kinds:
            return MISMATCH
    return function.run(*given)
