"""A moment to be written, and the fields of one that was read: the words of java.time's ChronoField, shortened.

year year_of_era era month quarter day day_of_year weekday local_weekday week_year week week_of_month
hour clock_hour clock_half_hour half_hour half minute second nano milli_of_day nano_of_day offset zone instant
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from controlcenter.sql.java import calendar, zones

FIRST_WEEKDAY, LEAST_DAYS = 7, 1  # en_US: weeks begin on Sunday, the first may have one day


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a time, or both with a zone; asking for what it has not is a LookupError."""

    date: int | None = None  # days since 1970
    time: int | None = None  # ms of the day
    offset: int | None = None  # seconds
    zone: tzinfo | int | None = None
    zone_name: str = ""

    def value(self, field: str) -> Any:
        if field in _OF_DATE and self.date is not None:
            return _OF_DATE[field](self.date)
        if field in _OF_TIME and self.time is not None:
            return _OF_TIME[field](self.time)
        if field == "offset" and self.offset is not None:
            return self.offset
        if field == "zone" and self.zone is not None:
            return self.zone
        if field == "instant" and self.date is not None and self.time is not None and self.offset is not None:
            return self.date * calendar.DAY_MS + self.time - self.offset * 1000
        raise LookupError(f"Unsupported field: {field}")


def at(instant_ms: int, zone_name: str) -> Moment:
    """Return an instant as the clock of a zone shows it."""
    zone = zones.find(zone_name)
    offset = zones.offset_at(zone, instant_ms)
    date, time = divmod(instant_ms + offset * 1000, calendar.DAY_MS)
    return Moment(date, time, offset, zone, zone_name)


def _week(date: int) -> tuple[int, int]:
    return calendar.week(date, FIRST_WEEKDAY, LEAST_DAYS)


def _week_of_month(date: int) -> int:
    first = date - calendar.civil(date)[2] + 1
    return (calendar.civil(date)[2] - 1 + (calendar.weekday(first) - FIRST_WEEKDAY) % 7) // 7 + 1


_OF_DATE: dict[str, Callable[[int], int]] = {
    "year": lambda date: calendar.civil(date)[0],
    "year_of_era": lambda date: year if (year := calendar.civil(date)[0]) > 0 else 1 - year,
    "era": lambda date: int(calendar.civil(date)[0] > 0),
    "month": lambda date: calendar.civil(date)[1],
    "quarter": lambda date: (calendar.civil(date)[1] + 2) // 3,
    "day": lambda date: calendar.civil(date)[2],
    "day_of_year": calendar.day_of_year,
    "weekday": calendar.weekday,
    "local_weekday": lambda date: (calendar.weekday(date) - FIRST_WEEKDAY) % 7 + 1,
    "aligned_day": lambda date: (calendar.civil(date)[2] - 1) % 7 + 1,
    "week_year": lambda date: _week(date)[0],
    "week": lambda date: _week(date)[1],
    "week_of_month": _week_of_month,
}
_OF_TIME: dict[str, Callable[[int], int]] = {
    "hour": lambda time: time // 3_600_000,
    "clock_hour": lambda time: time // 3_600_000 or 24,
    "half_hour": lambda time: time // 3_600_000 % 12,
    "clock_half_hour": lambda time: time // 3_600_000 % 12 or 12,
    "half": lambda time: time // 43_200_000,
    "minute": lambda time: time // 60_000 % 60,
    "second": lambda time: time // 1000 % 60,
    "nano": lambda time: time % 1000 * 1_000_000,
    "milli_of_day": lambda time: time,
    "nano_of_day": lambda time: time * 1_000_000,
}


def date_of(fields: dict[str, Any]) -> int | None:
    """Return the day that the fields say, None when they do not say enough; ValueError for impossible or contradicting ones."""
    for field, most in (("month", 12), ("day", 31), ("day_of_year", 366), ("weekday", 7), ("local_weekday", 7), ("quarter", 4)):
        _check(fields, field, 1, most)
    _check(fields, "year_of_era", 1, 10**9)
    year = year_of(fields)
    found = None
    if year is not None and "month" in fields and "day" in fields:
        found = calendar.days(year, fields["month"], min(fields["day"], calendar.month_length(year, fields["month"])))
    elif year is not None and "day_of_year" in fields:
        if fields["day_of_year"] == 366 and not calendar.is_leap(year):
            raise ValueError(f"Invalid date 'DayOfYear 366' as '{year}' is not a leap year")
        found = calendar.days(year, 1, 1) + fields["day_of_year"] - 1
    elif "week_year" in fields and "week" in fields and (weekday := weekday_of(fields)) is not None:
        found = _of_week(fields["week_year"], fields["week"], weekday)
    if found is not None:
        for field, value in fields.items():
            if field in ("weekday", "local_weekday", "day_of_year", "quarter", "week", "week_year") and _OF_DATE[field](found) != value:
                raise ValueError(f"Conflict found: {field} {_OF_DATE[field](found)} differs from {field} {value}")
    return found


def year_of(fields: dict[str, Any]) -> int | None:
    """Return the year; a year of an era without one is of ours."""
    if "year" in fields:
        return int(fields["year"])
    if "year_of_era" not in fields:
        return None
    return int(fields["year_of_era"] if fields.get("era", 1) else 1 - fields["year_of_era"])


def time_of(fields: dict[str, Any]) -> tuple[int | None, int]:
    """Return the ms of the day that the fields say (None without an hour) and the days that 24:00 adds."""
    _check(fields, "milli_of_day", 0, calendar.DAY_MS - 1)
    _check(fields, "nano_of_day", 0, calendar.DAY_MS * 1_000_000 - 1)
    if "milli_of_day" in fields:
        return int(fields["milli_of_day"]), 0
    if "nano_of_day" in fields:
        return int(fields["nano_of_day"] // 1_000_000), 0
    hour = hour_of(fields)
    rest = sub_hour(fields)
    if hour is None:
        return None, 0
    if hour == 24:
        if rest or fields.get("nano"):
            raise ValueError("Invalid value for HourOfDay (valid values 0 - 23): 24")
        return 0, 1
    return hour * 3_600_000 + rest, 0


def hour_of(fields: dict[str, Any]) -> int | None:
    """Return the hour of the day, None when the fields leave the half of the day or the hour open."""
    for field, least, most in (("hour", 0, 24), ("clock_hour", 0, 24), ("half_hour", 0, 11), ("clock_half_hour", 0, 12), ("half", 0, 1)):
        _check(fields, field, least, most)
    if "hour" in fields:
        return int(fields["hour"])
    if "clock_hour" in fields:
        return int(fields["clock_hour"] % 24)
    half_hour = half_hour_of(fields)
    return None if half_hour is None or "half" not in fields else fields["half"] * 12 + half_hour


def half_hour_of(fields: dict[str, Any]) -> int | None:
    if "clock_half_hour" in fields:
        return int(fields["clock_half_hour"] % 12)
    return fields.get("half_hour")


def sub_hour(fields: dict[str, Any]) -> int:
    """Return the ms that minutes, seconds and fraction make."""
    _check(fields, "minute", 0, 59)
    _check(fields, "second", 0, 59)
    return int(fields.get("minute", 0) * 60_000 + fields.get("second", 0) * 1000 + fields.get("nano", 0) // 1_000_000)


def weekday_of(fields: dict[str, Any]) -> int | None:
    """Return 1 for Monday to 7 for Sunday, None when the fields say none."""
    if "weekday" in fields:
        return int(fields["weekday"])
    if "local_weekday" in fields:
        return int((fields["local_weekday"] + FIRST_WEEKDAY - 2) % 7 + 1)
    return None


def _of_week(year: int, week: int, weekday: int) -> int:
    """Return the day of a week of a week-based year."""
    january = calendar.days(year, 1, 1)
    start = january - (calendar.weekday(january) - FIRST_WEEKDAY) % 7
    return start + (week - 1) * 7 + (weekday - FIRST_WEEKDAY) % 7


def _check(fields: dict[str, Any], field: str, least: int, most: int) -> None:
    if field in fields and not least <= fields[field] <= most:
        raise ValueError(f"Invalid value for {field} (valid values {least} - {most}): {fields[field]}")
