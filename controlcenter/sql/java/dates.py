"""Dates and times in the patterns of java.time.format.DateTimeFormatter.

    format_timestamp("yyyy-MM-dd'T'HH:mm", ms, "Europe/Paris")    parse_timestamp(…, "2024-02-29T13:05", "UTC")

Parsing minds no case. A pattern that Java refuses, and a text that does not fit, are ValueErrors.
"""

from functools import lru_cache

from controlcenter.sql.java import calendar, moments, zones
from controlcenter.sql.java.elements import (
    EXCEEDS_PAD,
    NORMAL,
    NOT_NEGATIVE,
    Element,
    Fields,
    Fraction,
    Group,
    Literal,
    Number,
    Offset,
    ShortOffset,
    Text,
    TwoDigits,
    Zone,
)
from controlcenter.sql.java.moments import Moment

Elements = tuple[Element, ...]

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ERAS = ("Before Christ", "Anno Domini")
_NUMBERS = {
    "d": "day", "h": "clock_half_hour", "H": "hour", "k": "clock_hour", "K": "half_hour", "m": "minute", "s": "second", "w": "week",
}  # fmt: skip
_OPEN_NUMBERS = {"n": "nano", "A": "milli_of_day", "N": "nano_of_day"}


def format_timestamp(pattern: str, instant_ms: int, zone: str) -> str:
    """Return an instant as the clock of a zone shows it."""
    return _write(pattern, moments.at(instant_ms, zone))


def format_date(pattern: str, day: int) -> str:
    """Return a day; letters of the time are an error."""
    return _write(pattern, Moment(date=day))


def format_time(pattern: str, time_ms: int) -> str:
    """Return a time of the day; letters of the date are an error."""
    return _write(pattern, Moment(time=time_ms))


def parse_timestamp(pattern: str, text: str, zone: str) -> int:
    """Return the instant of a text in ms; what it does not say is that of 1970-01-01T00:00:00, a zone in the text wins over `zone`."""
    fields = _read(pattern, text)
    day = moments.date_of(fields)
    time, more = moments.time_of(fields)
    if day is None:
        day = _day_from_parts(fields)
    if time is None:
        time = _time_from_parts(fields)
    local = (day + more) * calendar.DAY_MS + time
    chosen = fields["zone"] if "zone" in fields else fields["offset"] if "offset" in fields else zones.find(zone)
    return local - zones.offset_of(chosen, local) * 1000


def parse_date(pattern: str, text: str) -> int:
    """Return the day of a text, which must say all of it."""
    day = moments.date_of(fields := _read(pattern, text))
    if day is None:
        raise ValueError(f"Text '{text}' could not be parsed: Unable to obtain LocalDate")
    return day + moments.time_of(fields)[1]


def parse_time(pattern: str, text: str) -> int:
    """Return the ms of the day of a text; a date in it is an error."""
    fields = _read(pattern, text)
    if any(field in fields for field in ("year", "year_of_era", "month", "day", "day_of_year", "weekday", "week_year", "week", "era")):
        raise ValueError("Time format contains date field.")
    time, _ = moments.time_of(fields)
    if time is None:
        raise ValueError(f"Text '{text}' could not be parsed: Unable to obtain LocalTime")
    return time


@lru_cache(maxsize=512)
def compile(pattern: str) -> Elements:
    """Return the elements of a pattern; ValueError for one that Java refuses."""
    stack: list[list[Element]] = [[]]
    active = [-1]  # place of the number that lends digits to those behind it, for each open bracket
    at = 0
    while at < len(pattern):
        char, start = pattern[at], at
        if char.isascii() and char.isalpha():
            while at < len(pattern) and pattern[at] == char:
                at += 1
            _append(stack[-1], active, _letter(char, at - start))
            continue
        at += 1
        if char == "'":
            at, literal = _quoted(pattern, start)
            stack[-1].append(Literal(literal))
        elif char == "[":
            stack.append([])
            active.append(-1)
            continue
        elif char == "]":
            if len(stack) == 1:
                raise ValueError("Pattern invalid as it contains ] without previous [")
            stack[-2].append(Group(tuple(stack.pop())))
            active.pop()
        elif char in "{}#":
            raise ValueError(f"Pattern includes reserved character: '{char}'")
        else:
            stack[-1].append(Literal(char))
        active[-1] = -1
    while len(stack) > 1:
        stack[-2].append(Group(tuple(stack.pop())))
    return tuple(stack[0])


def _append(elements: list[Element], active: list[int], element: Element) -> None:
    """Append an element; a fixed-width number right behind another number makes that one lend it its digits."""
    if not isinstance(element, Number):
        active[-1] = -1
    elif active[-1] >= 0 and element.is_fixed:
        base = elements[active[-1]]
        if isinstance(base, Number):
            elements[active[-1]] = base if base.is_fixed else base.reserve(element.most)
    else:
        active[-1] = len(elements)
    elements.append(element)


def _quoted(pattern: str, start: int) -> tuple[int, str]:
    """Return the place behind a quoted text, and the text; `''` is one quote."""
    at = start + 1
    while at < len(pattern):
        if pattern[at] == "'":
            if pattern[at + 1 : at + 2] != "'":
                return at + 1, pattern[start + 1 : at].replace("''", "'") or "'"
            at += 1
        at += 1
    raise ValueError(f"Pattern ends with an incomplete string literal: {pattern}")


def _letter(letter: str, count: int) -> Element:
    """Return the element of a letter that stands `count` times."""
    if letter in "uyY":
        return _year({"u": "year", "y": "year_of_era", "Y": "week_year"}[letter], count)
    if letter in _NUMBERS and count <= 2:
        return Number(_NUMBERS[letter], 2, 2, NOT_NEGATIVE) if count == 2 else Number(_NUMBERS[letter])
    if letter in _OPEN_NUMBERS:
        return Number(_OPEN_NUMBERS[letter], count, 19, NOT_NEGATIVE if count == 1 else NORMAL)
    if letter == "S" and count <= 9:
        return Fraction("nano", count, count, NOT_NEGATIVE)
    if letter == "D" and count <= 3:
        return Number("day_of_year", count, 3, NOT_NEGATIVE) if count > 1 else Number("day_of_year")
    if letter in "MLQqEecGa" and count <= 5:
        return _name(letter, count)
    if letter in "WF" and count == 1:
        return Number({"W": "week_of_month", "F": "aligned_day"}[letter])
    return _zone(letter, count)


def _year(field: str, count: int) -> Element:
    if count == 2:
        return TwoDigits(field, 2, 2, NOT_NEGATIVE)
    return Number(field, count, 19, NORMAL if count < 4 else EXCEEDS_PAD)


def _name(letter: str, count: int) -> Element:
    """Return a month, quarter, weekday, era or half of the day: a number or a name, by `count`."""
    field = {"M": "month", "L": "month", "Q": "quarter", "q": "quarter", "e": "local_weekday", "c": "local_weekday"}.get(letter)
    if field and count <= 2:
        if letter == "c" and count == 2:
            raise ValueError('Invalid pattern "cc"')
        return Number(field, 2, 2, NOT_NEGATIVE) if count == 2 else Number(field)
    style = max(count, 3) - 3  # 0 short, 1 full, 2 narrow
    if letter in "ML":
        return _text("month", 1, [(name[:3], name, name[0])[style] for name in _MONTHS])
    if letter in "Qq":
        words = ("1st", "2nd", "3rd", "4th")
        return _text("quarter", 1, [(f"Q{n + 1}", f"{words[n]} quarter", str(n + 1))[style] for n in range(4)])
    if letter in "Eec":
        return _text("weekday", 1, [(name[:3], name, name[0])[style] for name in _DAYS])
    if letter == "G":
        return _text("era", 0, [("".join(word[0] for word in name.split()), name, name[0])[style] for name in _ERAS])
    if count > 1:
        raise ValueError(f"Too many pattern letters: {letter}")
    return _text("half", 0, ["AM", "PM"])


def _text(field: str, first: int, names: list[str]) -> Text:
    return Text(field, tuple(enumerate(names, first)))


_OFFSETS = {
    ("X", 1): ("HHmm", False, "Z"), ("X", 2): ("HHMM", False, "Z"), ("X", 3): ("HHMM", True, "Z"),
    ("X", 4): ("HHMMss", False, "Z"), ("X", 5): ("HHMMss", True, "Z"),
    ("x", 1): ("HHmm", False, "+00"), ("x", 2): ("HHMM", False, "+0000"), ("x", 3): ("HHMM", True, "+00:00"),
    ("x", 4): ("HHMMss", False, "+0000"), ("x", 5): ("HHMMss", True, "+00:00"),
    ("Z", 1): ("HHMM", False, "+0000"), ("Z", 2): ("HHMM", False, "+0000"), ("Z", 3): ("HHMM", False, "+0000"),
    ("Z", 5): ("HHMMss", True, "Z"),
}  # fmt: skip


def _zone(letter: str, count: int) -> Element:
    if (letter, count) in _OFFSETS:
        return Offset(*_OFFSETS[letter, count])
    if (letter, count) in (("Z", 4), ("O", 4)):
        return Offset("HHMM", True, "", "GMT")
    if (letter, count) == ("O", 1):
        return ShortOffset()
    if letter == "z" and count < 4:  # four would be the name in words, which nobody here knows
        return Zone(is_name=True)
    if letter == "V" and count == 2:
        return Zone(is_name=False)
    if letter in "GyuYQqMLwWdDFEecahKHkmsSnANVvzOXxZ":
        raise ValueError(f"Too many pattern letters: {letter}" if letter != "V" else "Pattern letter count must be 2: V")
    raise ValueError(f"Unknown pattern letter: {letter}")


def _write(pattern: str, moment: Moment) -> str:
    try:
        return "".join(element.write(moment) for element in compile(pattern))
    except LookupError as unsupported:
        raise ValueError(str(unsupported.args[0])) from None


def _read(pattern: str, text: str) -> Fields:
    """Return the fields that all of the text says."""
    fields: Fields = {}
    at = 0
    for element in compile(pattern):
        at = element.read(text, at, fields)
        if at < 0:
            raise ValueError(f"Text '{text}' could not be parsed by '{pattern}'")
    if at < len(text):
        raise ValueError(f"Text '{text}' could not be parsed, unparsed text found at index {at}")
    return fields


def _day_from_parts(fields: Fields) -> int:
    """Return the day of 1970-01-01 with the parts that the text says laid over it one by one, in ksqlDB's order."""
    day, year = 0, moments.year_of(fields)
    weekday = moments.weekday_of(fields)
    if weekday is not None:
        day += weekday - calendar.weekday(0)
    if fields.get("day_of_year") == 366 and year is None:
        raise ValueError("Leap day cannot be parsed without supplying the year field")
    old_year, month, of_month = calendar.civil(day)
    if "day" in fields:
        of_month = fields["day"]
    if "day_of_year" in fields:
        _, month, of_month = calendar.civil(calendar.days(old_year, 1, 1) + fields["day_of_year"] - 1)
    year, month = old_year if year is None else year, fields.get("month", month)
    return calendar.days(year, month, min(of_month, calendar.month_length(year, month)))


def _time_from_parts(fields: Fields) -> int:
    """Return the time that a text without an hour of the day says; a half of the day alone is its middle."""
    rest = moments.sub_hour(fields)
    if "half" in fields:
        return int((fields["half"] * 12 + (0 if rest else 6)) * 3_600_000 + rest)
    return (moments.half_hour_of(fields) or 0) * 3_600_000 + rest
