"""The texts of DATE, TIME and TIMESTAMP that need no pattern: what CAST and comparisons read and write (section 9 of the language)."""

import re

from controlcenter.sql.java import calendar, zones

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?\Z")
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,9}))?)?)?\Z")
_LOCAL = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{0,9}))?)?\Z")
_ZONE = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2}|\[?[A-Za-z]+/[A-Za-z_/]+\]?)\Z")


def parse_date(text: str) -> int:
    """Return the day of `yyyy[-MM[-dd]]`."""
    found = _DATE.match(text)
    if not found:
        raise ValueError(f"Failed to parse date '{text}'")
    year, month, day = (int(part or 1) for part in found.groups())
    if not (1 <= month <= 12 and 1 <= day <= calendar.month_length(year, month)):
        raise ValueError(f"Failed to parse date '{text}'")
    return calendar.days(year, month, day)


def parse_time(text: str) -> int:
    """Return the ms of the day of `HH:mm[:ss[.fraction]]`."""
    found = _LOCAL.match(text)
    if not found:
        raise ValueError(f"Failed to parse time '{text}'")
    return _time(text, *found.groups())  # 24:00 is none: Java resolves ISO_LOCAL_TIME strictly


def parse_timestamp(text: str, zone: str = "UTC") -> int:
    """Return the instant of `yyyy[-MM[-dd]][T[HH[:mm[:ss[.SSS]]]][zone]]`; a zone in the text wins over `zone`.

    24:00:00.000 is the midnight that ends the day, as Java resolves a pattern; no other time has an hour 24.
    """
    date, mark, rest = text.partition("T")
    day = parse_date(date)
    offset = _ZONE.search(rest) if mark else None
    clock = rest[: offset.start()] if offset else rest
    time = 0
    if clock:
        found = _TIME.match(clock)
        if not found:
            raise ValueError(f"Failed to parse timestamp '{text}'")
        time = _time(text, *found.groups(), is_smart=True)
    local = day * calendar.DAY_MS + time
    return local - zones.offset_of(zones.find(offset.group().strip("[]") if offset else zone), local) * 1000


def date_text(day: int) -> str:
    """Return `2024-02-29`."""
    year, month, of_month = calendar.civil(day)
    return f"{_year(year)}-{month:02}-{of_month:02}"


def time_text(time_ms: int) -> str:
    """Return `13:05` or `13:05:09`: seconds only if there are some, ms never."""
    seconds = time_ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def timestamp_text(instant_ms: int) -> str:
    """Return `2024-02-29T13:05:09.120`, in UTC."""
    day, time = divmod(instant_ms, calendar.DAY_MS)
    return f"{date_text(day)}T{time // 3_600_000:02}:{time // 60_000 % 60:02}:{time // 1000 % 60:02}.{time % 1000:03}"


def _year(year: int) -> str:
    return f"{'-' if year < 0 else '+' if year > 9999 else ''}{abs(year):04}"


def _time(text: str, hour: str, minute: str | None, second: str | None, fraction: str | None, *, is_smart: bool = False) -> int:
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    is_end = is_smart and hours == 24 and not (minutes or seconds or int(fraction or 0))
    if (hours > 23 and not is_end) or minutes > 59 or seconds > 59:
        raise ValueError(f"Failed to parse time '{text}'")
    return (hours * 3600 + minutes * 60 + seconds) * 1000 + int((fraction or "").ljust(3, "0")[:3])
