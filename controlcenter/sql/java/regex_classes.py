"""Character classes as ranges of code points, written as one class of Python's `re`."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_MOST = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Class:
    """A set of characters: ordered ranges that neither meet nor touch."""

    ranges: Ranges = ()

    def is_empty(self) -> bool:
        return not self.ranges

    def with_range(self, first: str, last: str) -> "Class":
        return self.united(Class(((ord(first), ord(last)),)))

    def united(self, other: "Class") -> "Class":
        return Class(_merged(self.ranges + other.ranges))

    def intersected(self, other: "Class") -> "Class":
        return self.negated().united(other.negated()).negated()

    def negated(self) -> "Class":
        gaps, start = [], 0
        for first, last in self.ranges:
            if first > start:
                gaps.append((start, first - 1))
            start = last + 1
        return Class((*gaps, (start, _MOST)) if start <= _MOST else tuple(gaps))

    def one(self) -> str:
        """Return the class in Python's syntax; one that holds nothing never matches."""
        if not self.ranges:
            return "(?!)"
        if self.ranges[-1][1] == _MOST and self.ranges[0][0] == 0:
            return f"[^{_text(self.negated().ranges)}]" if len(self.ranges) > 1 else "[\\s\\S]"
        return f"[{_text(self.ranges)}]"


def _text(ranges: Ranges) -> str:
    return "".join(_char(first) if first == last else f"{_char(first)}-{_char(last)}" for first, last in ranges)


def _char(code: int) -> str:
    return re.escape(chr(code)) if code < 128 else f"\\U{code:08x}"


def _merged(ranges: Ranges) -> Ranges:
    made: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return tuple(made)


def _of(text: str) -> Class:
    """Return the class of single characters and `a-z` ranges, written without escapes."""
    made, at = Class(), 0
    while at < len(text):
        is_range = text[at + 1 : at + 2] == "-" and at + 2 < len(text)
        made = made.with_range(text[at], text[at + 2] if is_range else text[at])
        at += 3 if is_range else 1
    return made


_PUNCTUATION = "!-/:-@" + "[-`" + "{-~"
_NAMED = {
    "d": "0-9", "w": "a-zA-Z0-9_", "s": " \t\n\x0b\f\r", "v": "\n\x0b\f\r\x85\u2028\u2029",
    "h": " \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "p{Lower}": "a-z", "p{Upper}": "A-Z", "p{ASCII}": "\x00-\x7f", "p{Alpha}": "a-zA-Z", "p{Digit}": "0-9", "p{Alnum}": "a-zA-Z0-9",
    "p{Punct}": _PUNCTUATION, "p{Graph}": "!-~", "p{Print}": " -~", "p{Blank}": " \t", "p{Cntrl}": "\x00-\x1f\x7f",
    "p{XDigit}": "0-9a-fA-F", "p{Space}": " \t\n\x0b\f\r",
}  # fmt: skip
_TESTS = {
    "IsAlphabetic": str.isalpha, "javaLetter": str.isalpha, "IsLetter": str.isalpha, "IsUppercase": str.isupper, "IsLowercase": str.islower,
    "javaUpperCase": str.isupper, "javaLowerCase": str.islower, "IsDigit": str.isdecimal, "javaDigit": str.isdecimal,
    "IsWhite_Space": str.isspace, "javaWhitespace": str.isspace, "javaLetterOrDigit": str.isalnum,
}  # fmt: skip
_SCRIPTS = (
    "LATIN",
    "GREEK",
    "CYRILLIC",
    "HEBREW",
    "ARABIC",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "DEVANAGARI",
    "ARMENIAN",
    "GEORGIAN",
)


@cache
def named(name: str) -> Class:
    """Return the class of `\\d`, `\\W`, `\\p{Alpha}`, `\\p{Lu}` …; ValueError for one we do not know."""
    if name in _NAMED:
        return _of(_NAMED[name])
    if len(name) == 1:
        return _of(_NAMED[name.lower()]).negated()
    word = name[2:-1]
    if word in _TESTS:
        return _where(_TESTS[word])
    general = word.removeprefix("Is").removeprefix("general_category=").removeprefix("gc=")
    if general in ("L", "M", "N", "P", "S", "Z", "C") or (len(general) == 2 and general in _categories()):
        return _where(lambda char: unicodedata.category(char).startswith(general))
    script = word.removeprefix("Is").removeprefix("script=").removeprefix("sc=").upper()
    if script in _SCRIPTS:
        return _where(lambda char: unicodedata.name(char, "").startswith(script))
    if script == "HAN":
        return _where(lambda char: unicodedata.name(char, "").startswith("CJK UNIFIED"))
    raise ValueError(f"Unknown character property name {{{word}}}")


@cache
def _categories() -> frozenset[str]:
    return frozenset(unicodedata.category(chr(code)) for code in range(0x3000)) | {"Cs", "Co", "Cn"}


def _where(test: Callable[[str], bool]) -> Class:
    """Return all characters that pass a test."""
    made: list[tuple[int, int]] = []
    for code in range(_MOST + 1):
        if test(chr(code)):
            if made and made[-1][1] == code - 1:
                made[-1] = (made[-1][0], code)
            else:
                made.append((code, code))
    return Class(tuple(made))
