"""The elements of a DateTimeFormatter pattern: each writes its part of a moment and reads it back.

`write(moment)` returns text. `read(text, at, fields)` returns the place after what it read, or −1; it puts values into `fields`, keyed by
the words of `moments`. Widths, signs and case follow java.time.format.DateTimeFormatterBuilder with its strict parsing.
"""

import re
import zoneinfo
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

from controlcenter.sql.java import zones
from controlcenter.sql.java.moments import Moment

Fields = dict[str, Any]
NOT_NEGATIVE, NORMAL, EXCEEDS_PAD = "not negative", "normal", "exceeds pad"


class Element(Protocol):
    def write(self, moment: Moment) -> str: ...

    def read(self, text: str, at: int, fields: Fields) -> int: ...


@dataclass(frozen=True, slots=True)
class Literal:
    text: str

    def write(self, moment: Moment) -> str:
        return self.text

    def read(self, text: str, at: int, fields: Fields) -> int:
        end = at + len(self.text)
        return end if text[at:end].casefold() == self.text.casefold() else -1


@dataclass(frozen=True, slots=True)
class Number:
    """A number of `least` to `most` digits; `reserved` of those that follow belong to the fixed-width numbers behind it."""

    field: str
    least: int = 1
    most: int = 19
    sign: str = NORMAL
    reserved: int = 0

    @property
    def is_fixed(self) -> bool:
        return self.least == self.most and self.sign == NOT_NEGATIVE

    def reserve(self, width: int) -> "Number":
        return replace(self, reserved=self.reserved + width)

    def write(self, moment: Moment) -> str:
        value = moment.value(self.field)
        digits = str(abs(value))
        if len(digits) > self.most or (value < 0 and self.sign == NOT_NEGATIVE):
            raise ValueError(f"Field {self.field} cannot be printed: {value}")
        plus = "+" if self.sign == EXCEEDS_PAD and len(digits) > self.least else ""
        return ("-" if value < 0 else plus) + digits.zfill(self.least)

    def read(self, text: str, at: int, fields: Fields) -> int:
        sign = text[at : at + 1]
        start = at
        if sign in ("+", "-") and sign:
            if self.sign == NOT_NEGATIVE or (sign == "+" and self.sign == NORMAL):
                return -1
            start += 1
        end = self._end(text, start)
        if end < 0:
            return -1
        value, width = int(text[start:end]), end - start
        if (sign == "-" and not value) or (self.sign == EXCEEDS_PAD and sign != "-" and (width > self.least) != (sign == "+")):
            return -1
        return end if put(fields, self.field, -value if sign == "-" else value) else -1

    def _end(self, text: str, start: int) -> int:
        stop = min(start + self.most + self.reserved, len(text))
        end = start
        while end < stop and "0" <= text[end] <= "9":
            end += 1
        if self.reserved:
            end = start + max(self.least, end - start - self.reserved)
            if not (text[start:end].isascii() and text[start:end].isdigit()):
                return -1
        return end if end - start >= self.least and end <= len(text) else -1


@dataclass(frozen=True, slots=True)
class TwoDigits(Number):
    """A year in two digits: 2000 to 2099."""

    def reserve(self, width: int) -> "TwoDigits":
        return self

    def write(self, moment: Moment) -> str:
        return f"{abs(moment.value(self.field)) % 100:02}"

    def read(self, text: str, at: int, fields: Fields) -> int:
        digits = text[at : at + 2]
        return at + 2 if len(digits) == 2 and digits.isascii() and digits.isdigit() and put(fields, self.field, 2000 + int(digits)) else -1


@dataclass(frozen=True, slots=True)
class Fraction(Number):
    """Digits after the point of a second."""

    def write(self, moment: Moment) -> str:
        return f"{moment.value('nano'):09}"[: self.least].ljust(self.least, "0")

    def read(self, text: str, at: int, fields: Fields) -> int:
        digits = text[at : at + self.least]
        fine = len(digits) == self.least and digits.isascii() and digits.isdigit()
        return at + self.least if fine and put(fields, "nano", int(digits.ljust(9, "0")[:9])) else -1


@dataclass(frozen=True, slots=True)
class Text:
    """A name from a list: of months, of weekdays, AM and PM."""

    field: str
    names: tuple[tuple[int, str], ...]

    def write(self, moment: Moment) -> str:
        return dict(self.names)[moment.value(self.field)]

    def read(self, text: str, at: int, fields: Fields) -> int:
        for number, name in sorted(self.names, key=lambda entry: -len(entry[1])):
            if text[at : at + len(name)].casefold() == name.casefold():
                return at + len(name) if put(fields, self.field, number) else -1
        return -1


@dataclass(frozen=True, slots=True)
class Offset:
    """`+02:00` and its kin. shape: HH, HHmm (minutes only if not zero), HHMM, HHMMss; `zero` is written for UTC."""

    shape: str
    colon: bool
    zero: str
    prefix: str = ""

    def write(self, moment: Moment) -> str:
        offset = moment.value("offset")
        if not offset:
            return self.prefix + self.zero
        text = zones.written(offset, colon=self.colon, seconds=self.shape == "HHMMss")
        if self.shape == "HHmm" and not offset // 60 % 60:
            text = text[:3]
        return self.prefix + text

    def read(self, text: str, at: int, fields: Fields) -> int:
        if self.prefix and text[at : at + 3].casefold() != self.prefix.casefold():
            return -1
        at += len(self.prefix)
        signed = text[at : at + 1] in ("+", "-") and text[at : at + 1]
        if not signed:
            done = text[at : at + len(self.zero)].casefold() == self.zero.casefold()
            return at + len(self.zero) if done and put(fields, "offset", 0) else -1
        parts, end = _parts(text, at + 1, self.colon, 3 if self.shape == "HHMMss" else 2)
        if not parts or (len(parts) < 2 and self.shape != "HHmm"):
            return -1
        size = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
        if size > 18 * 3600 or any(part > 59 for part in parts[1:]):
            return -1
        return end if put(fields, "offset", -size if signed == "-" else size) else -1


@dataclass(frozen=True, slots=True)
class ShortOffset:
    """`GMT+2`, `GMT-5:30`; `GMT` for UTC."""

    def write(self, moment: Moment) -> str:
        offset = moment.value("offset")
        hours, minutes = divmod(abs(offset) // 60, 60)
        sign = "-" if offset < 0 else "+"
        return "GMT" + (f"{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else "")

    def read(self, text: str, at: int, fields: Fields) -> int:
        found = _SHORT_OFFSET.match(text, at)
        if not found:
            return -1
        sign, hours, minutes = found.groups()
        size = int(hours or 0) * 3600 + int(minutes or 0) * 60
        return found.end() if size <= 18 * 3600 and put(fields, "offset", -size if sign == "-" else size) else -1


_SHORT_OFFSET = re.compile(r"(?i:GMT)(?:([+-])([0-9]{1,2})(?::([0-5][0-9]))?)?")


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's id (VV) or its name (z)."""

    is_name: bool

    def write(self, moment: Moment) -> str:
        zone, name = moment.value("zone"), moment.zone_name
        short = zones.name_at(zone, moment.value("instant")) if self.is_name else None
        return short or name

    def read(self, text: str, at: int, fields: Fields) -> int:
        end = at
        while end < len(text) and (text[end].isalnum() or text[end] in "/_+-:"):
            end += 1
        while end > at:
            zone = named(text[at:end])
            if zone is not None:
                fields["zone"] = zone
                return end
            end -= 1
        return -1


@dataclass(frozen=True, slots=True)
class Group:
    """`[…]`: written only if all of it can be, read only if all of it is there."""

    elements: tuple[Element, ...]

    def write(self, moment: Moment) -> str:
        try:
            return "".join(element.write(moment) for element in self.elements)
        except LookupError:
            return ""

    def read(self, text: str, at: int, fields: Fields) -> int:
        tried, end = dict(fields), at
        for element in self.elements:
            end = element.read(text, end, tried)
            if end < 0:
                return at
        fields.update(tried)
        return end


def put(fields: Fields, name: str, value: int) -> bool:
    """Note a value; False when the text says two different things of one field."""
    return bool(fields.setdefault(name, value) == value)


# Abbreviations that Java reads beside the zones' ids; the first zone that carries one.
_SHORT = {
    "EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "CET": "Europe/Paris", "CEST": "Europe/Paris", "BST": "Europe/London", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
}  # fmt: skip


def named(name: str) -> Any:
    """Return the zone of an id or an abbreviation in any case; None if there is none."""
    known = _SHORT.get(name.upper(), name)
    for tried in (known, known.upper(), _ids().get(known.casefold(), "")):
        try:
            return zones.find(tried)
        except ValueError:
            continue
    return None


@cache
def _ids() -> dict[str, str]:
    """Return the ids of all zones by their lower case."""
    return {name.casefold(): name for name in zoneinfo.available_timezones()}


def _parts(text: str, at: int, colon: bool, most: int) -> tuple[list[int], int]:
    """Return hours, minutes and seconds in two digits each, and the place behind them."""
    parts: list[int] = []
    while len(parts) < most:
        start = at + (1 if parts and colon and text[at : at + 1] == ":" else 0)
        if parts and colon and start == at:
            break
        digits = text[start : start + 2]
        if len(digits) < 2 or not (digits.isascii() and digits.isdigit()):
            break
        parts.append(int(digits))
        at = start + 2
    return parts, at
