"""Reading with java.text.SimpleDateFormat, in GMT: the pattern language of PARSE_DATE alone.

Lenient as Java's: numbers out of range roll over, and text behind the pattern is left unread. Days before 15 October 1582 are those of
the Julian calendar, as in java.util.GregorianCalendar.
"""

import re
import time
from functools import lru_cache

from controlcenter.sql.java import calendar, zones

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LETTERS = "GyYMLwWDdFEuaHkKhmsSzZX"
_NUMERIC = "yYwWDdFuHkKhmsS"
_OFFSET = re.compile(r"(?:GMT)?([+-])(\d{1,2}):?(\d{2})")
_NUMBER = re.compile(r"[ \t]*(-?[0-9]+)")
_EIGHTY_YEARS = 29_220  # days
_FIRST_GREGORIAN = -141_427  # 1582-10-15
_JULIAN_EPOCH = 719_470  # days from 0000-03-01 in the Julian calendar to 1970
Part = tuple[str, int]  # a letter and its count; a literal is a quote with its text, and 0


def parse(pattern: str, text: str) -> int:
    """Return the ms since 1970 of a text; what it does not say is that of 1970-01-01T00:00 GMT. ValueError if it does not fit."""
    parts = compile(pattern)
    fields: dict[str, int] = {}
    at = 0
    for n, (letter, count) in enumerate(parts):
        if letter.startswith("'"):
            literal = letter[1:]
            if not text.startswith(literal, at):
                raise ValueError(f'Unparseable date: "{text}"')
            at += len(literal)
            continue
        follows = n + 1 < len(parts) and _is_number(*parts[n + 1])
        at = _read(letter, count, text, at, fields, follows)
        if at < 0:
            raise ValueError(f'Unparseable date: "{text}"')
    return _instant(fields)


@lru_cache(maxsize=256)
def compile(pattern: str) -> tuple[Part, ...]:
    """Return letters with their counts, and literals; ValueError for a letter that there is not."""
    parts: list[Part] = []
    for found in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'", pattern):
        text, letter = found.group(), found.group(2)
        if letter:
            if letter not in _LETTERS:
                raise ValueError(f"Illegal pattern character '{letter}'")
            parts.append((letter, len(text)))
        elif text == "'":
            raise ValueError("Unterminated quote")
        else:
            literal = (found.group(1).replace("''", "'") or "'") if found.group(1) is not None else text
            parts.append((f"'{literal}", 0))
    return tuple(parts)


def _is_number(letter: str, count: int) -> bool:
    return letter in _NUMERIC or (letter in "ML" and count <= 2)


def _read(letter: str, count: int, text: str, at: int, fields: dict[str, int], follows: bool) -> int:
    """Return the place behind the field, −1 if it is not there."""
    if letter in "ML" and count > 2:
        return _name(_MONTHS, text, at, fields, "M")
    if letter == "E":
        return _name(_DAYS, text, at, fields, "E")
    if letter == "G":
        return _word(("BC", "AD"), text, at, fields, "G")
    if letter == "a":
        return _word(("AM", "PM"), text, at, fields, "a")
    if letter in "zZX":
        return _zone(letter, text, at, fields)
    found = _NUMBER.match(text, at, at + count if follows else len(text))  # blanks before a number count as its digits
    if not found:
        return -1
    value, width = int(found.group(1)), len(found.group(1))
    if letter in "yY" and count <= 2 and width == 2 and value >= 0:
        value = _of_century(value)
        fields["two digits"] = 1
    fields["M" if letter == "L" else letter] = value
    return found.end()


def _of_century(two_digits: int) -> int:
    """Return the year within 80 years before and 20 after now, as near as years tell."""
    start = _this_year() - 80
    year = start - start % 100 + two_digits
    return year if year >= start else year + 100


def _this_year() -> int:
    return calendar.civil(_today())[0]


def _today() -> int:
    return int(time.time() // 86_400)


def _name(names: tuple[str, ...], text: str, at: int, fields: dict[str, int], field: str) -> int:
    rest = text[at:].lower()
    for number, name in enumerate(names, 1):
        for form in (name, name[:3]):
            if rest.startswith(form):
                fields[field] = number
                return at + len(form)
    return -1


def _word(words: tuple[str, ...], text: str, at: int, fields: dict[str, int], field: str) -> int:
    for number, word in enumerate(words):
        if text[at : at + len(word)].upper() == word:
            fields[field] = number
            return at + len(word)
    return -1


def _zone(letter: str, text: str, at: int, fields: dict[str, int]) -> int:
    if found := _OFFSET.match(text, at):
        size = int(found.group(2)) * 60 + int(found.group(3))
        fields["zone"] = -size if found.group(1) == "-" else size
        return found.end()
    name = re.compile(r"Z\b|[A-Za-z]+(?:/[A-Za-z_]+)?").match(text, at)
    if not name or (letter == "X" and name.group() != "Z"):
        return -1
    fields["zone"] = zones.offset_at(zones.find(name.group()), 0) // 60
    return name.end()


def _instant(fields: dict[str, int]) -> int:
    year = fields.get("y", fields.get("Y", 1970))
    if fields.get("G", 1) == 0:
        year = 1 - year
    if "D" in fields and "d" not in fields and "M" not in fields:
        day = _day(year, 1, fields["D"])
    else:
        more_years, month = divmod(fields.get("M", 1) - 1, 12)
        day = _day(year + more_years, month + 1, fields.get("d", 1))
    if "two digits" in fields and day < _today() - _EIGHTY_YEARS and year == _this_year() - 80:
        return _instant({name: value for name, value in fields.items() if name not in ("two digits", "y", "Y")} | {"y": year + 100})
    hour = fields.get("H", fields.get("k", 0) % 24 if "k" in fields else fields.get("K", fields.get("h", 0) % 12) + 12 * fields.get("a", 0))
    minutes = hour * 60 + fields.get("m", 0) - fields.get("zone", 0)
    return day * calendar.DAY_MS + minutes * 60_000 + fields.get("s", 0) * 1000 + fields.get("S", 0)


def _day(year: int, month: int, day: int) -> int:
    """Return the day since 1970 in the calendar that held then."""
    gregorian = calendar.days(year, month, 1) + day - 1
    if gregorian >= _FIRST_GREGORIAN:
        return gregorian
    shifted = year - (month <= 2)  # years begin in March, so that the leap day is the last
    return shifted * 365 + shifted // 4 + (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1 - _JULIAN_EPOCH
