"""Dates and times. Patterns are Java's; a zone is the server's for the older names and GMT for the newer: both are UTC here."""

import time
from typing import Any

from controlcenter.sql.functions.base import REFUSE, Call, Scalar, Signature
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import dates, integers, simple_dates, zones
from controlcenter.sql.java.calendar import DAY_MS

_UNITS = {"DAY": DAY_MS, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000, "MILLISECOND": 1}


def span(unit: str, count: int) -> int:
    """Return a number of DAYS, HOURS, MINUTES, SECONDS or MILLISECONDS in ms."""
    return _UNITS[unit.upper().removesuffix("S")] * count


def date_add(unit: str, count: int, date: int) -> int:
    return integers.divide(date * DAY_MS + span(unit, count), DAY_MS)


def time_add(unit: str, count: int, of_day: int) -> int:
    return (of_day + span(unit, count)) % DAY_MS


def timestamp_add(unit: str, count: int, instant: int) -> int:
    return integers.wrap64(instant + span(unit, count))


def convert_tz(instant: int, given: str, wanted: str) -> int:
    """Return the instant shifted by the difference of two zones' offsets."""
    return instant + (zones.offset_at(zones.find(wanted), instant) - zones.offset_at(zones.find(given), instant)) * 1000


def format_timestamp(instant: int, pattern: str, zone: str = "GMT") -> str:
    return dates.format_timestamp(pattern, instant, zone)


def format_date(date: int, pattern: str) -> str:
    return dates.format_date(pattern, date)


def format_time(of_day: int, pattern: str) -> str:
    return dates.format_time(pattern, of_day)


def parse_timestamp(text: str, pattern: str, zone: str = "GMT") -> int:
    return dates.parse_timestamp(pattern, text, zone)


def parse_date(text: str, pattern: str) -> int:
    """Return the day of a text in SimpleDateFormat's letters; an instant that is no midnight is an error."""
    instant = simple_dates.parse(pattern, text)
    if instant % DAY_MS:
        raise ValueError("Date format contains time field.")
    return instant // DAY_MS


def parse_time(text: str, pattern: str) -> int:
    return dates.parse_time(pattern, text)


def string_to_date(text: str, pattern: str) -> int:
    return dates.parse_date(pattern, text)


def now() -> int:
    return time.time_ns() // 1_000_000


def today() -> int:
    return now() // DAY_MS


def itself(value: Any) -> Any:
    return value


def _backward(add: Call) -> Call:
    return lambda unit, count, value: add(unit, -count, value)


def _one(name: str, description: str, *signatures: Signature) -> Scalar:
    return Scalar(name, description, "DATE / TIME", signatures)


def _shift(name: str, kind: str, what: str, call: Call) -> Scalar:
    parameters = f"UNIT unit, INTEGER interval, {kind} {kind.lower()}"
    return _one(name, f"{what} a number of units to a {kind}.".replace("Subtracts", "Takes"), signature(parameters, kind, call))


FUNCTIONS = (
    _shift("dateadd", "DATE", "Adds", date_add),
    _shift("datesub", "DATE", "Subtracts", _backward(date_add)),
    _shift("timeadd", "TIME", "Adds", time_add),
    _shift("timesub", "TIME", "Subtracts", _backward(time_add)),
    _shift("timestampadd", "TIMESTAMP", "Adds", timestamp_add),
    _shift("timestampsub", "TIMESTAMP", "Subtracts", _backward(timestamp_add)),
    _one(
        "CONVERT_TZ", "Shifts a TIMESTAMP from one zone's clock to another's.",
        signature("TIMESTAMP timestamp, STRING fromTimeZone, STRING toTimeZone", "TIMESTAMP", convert_tz),
    ),
    _one("format_date", "Writes a DATE in a pattern.", signature("DATE date, STRING formatPattern", "STRING", format_date)),
    _one("format_time", "Writes a TIME in a pattern.", signature("TIME time, STRING formatPattern", "STRING", format_time)),
    _one(
        "format_timestamp", "Writes a TIMESTAMP in a pattern.",
        signature("TIMESTAMP timestamp, STRING formatPattern", "STRING", format_timestamp),
        signature("TIMESTAMP timestamp, STRING formatPattern, STRING timeZone", "STRING", format_timestamp),
    ),
    _one("parse_date", "Reads a DATE in a pattern.", signature("STRING formattedDate, STRING formatPattern", "DATE", parse_date)),
    _one("parse_time", "Reads a TIME in a pattern.", signature("STRING formattedTime, STRING formatPattern", "TIME", parse_time)),
    _one(
        "parse_timestamp", "Reads a TIMESTAMP in a pattern.",
        signature("STRING formattedTimestamp, STRING formatPattern", "TIMESTAMP", parse_timestamp),
        signature("STRING formattedTimestamp, STRING formatPattern, STRING timeZone", "TIMESTAMP", parse_timestamp),
    ),
    _one("FROM_DAYS", "Makes a DATE of days since 1970.", signature("INTEGER days", "DATE", itself, nulls=REFUSE)),
    _one("FROM_UNIXTIME", "Makes a TIMESTAMP of ms since 1970.", signature("BIGINT epochMilli", "TIMESTAMP", itself)),
    _one(
        "unix_date", "Returns days since 1970, of today or of a DATE.",
        signature("", "INTEGER", today), signature("DATE date", "INTEGER", itself),
    ),
    _one(
        "unix_timestamp", "Returns ms since 1970, of now or of a TIMESTAMP.",
        signature("", "BIGINT", now), signature("TIMESTAMP timestamp", "BIGINT", itself),
    ),
    _one(
        "datetostring", "Writes days since 1970 in a pattern.",
        signature("INTEGER epochDays, STRING formatPattern", "STRING", format_date, nulls=REFUSE),
    ),
    _one(
        "timestamptostring", "Writes ms since 1970 in a pattern.",
        signature("BIGINT epochMilli, STRING formatPattern", "STRING", format_timestamp, nulls=REFUSE),
        signature("BIGINT epochMilli, STRING formatPattern, STRING timeZone", "STRING", format_timestamp, nulls=REFUSE),
    ),
    _one(
        "stringtodate", "Reads days since 1970 in a pattern.",
        signature("STRING formattedDate, STRING formatPattern", "INTEGER", string_to_date, nulls=REFUSE),
    ),
    _one(
        "stringtotimestamp", "Reads ms since 1970 in a pattern.",
        signature("STRING formattedTimestamp, STRING formatPattern", "BIGINT", parse_timestamp, nulls=REFUSE),
        signature("STRING formattedTimestamp, STRING formatPattern, STRING timeZone", "BIGINT", parse_timestamp, nulls=REFUSE),
    ),
)  # fmt: skip
