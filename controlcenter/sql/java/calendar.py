"""Days since 1970 and their year, month and day in the proleptic Gregorian calendar, for any year.

Python's `date` ends at the years 1 and 9999; Java's does not. The sums are H. Hinnant's "chrono-compatible low-level date algorithms".
"""

DAY_MS = 86_400_000
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01."""
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil(day: int) -> tuple[int, int, int]:
    """Return year, month and day of the month."""
    shifted = day + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    number = month + (3 if month < 10 else -9)
    return year + era * 400 + (number <= 2), number, of_year - (153 * month + 2) // 5 + 1


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def weekday(day: int) -> int:
    """Return 1 for Monday to 7 for Sunday."""
    return (day + 3) % 7 + 1


def day_of_year(day: int) -> int:
    """Return 1 for the first of January."""
    return day - days(civil(day)[0], 1, 1) + 1


def week(day: int, first: int, least: int) -> tuple[int, int]:
    """Return the week-based year and the week, weeks starting on weekday `first`, the first week having at least `least` days."""
    year = civil(day)[0]
    for candidate in (year + 1, year, year - 1):
        start = _first_week(candidate, first, least)
        if day >= start:
            return candidate, (day - start) // 7 + 1
    raise AssertionError("a day lies in one of three years")


def _first_week(year: int, first: int, least: int) -> int:
    """Return the day on which week 1 of a year begins."""
    january = days(year, 1, 1)
    before = (weekday(january) - first) % 7  # days of that week in the old year
    return january - before if 7 - before >= least else january - before + 7
