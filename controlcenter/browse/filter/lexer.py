"""Text → tokens. Numbers keep every digit; strings lose their quotes and escapes here and nowhere else."""

import re
from dataclasses import dataclass
from typing import Literal

from controlcenter.browse.filter import values
from controlcenter.browse.filter.errors import FilterError, replaced, wrong

LONGEST = 16_384  # characters of one filter
DIGITS = 4000  # of one number: Python refuses integers beyond 4300

Kind = Literal["name", "number", "string", "sign", "end"]

SPACE = re.compile(r"(?:\s|//[^\n]*)+")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?")
SIGN = re.compile(r"&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}]")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "'": "'", "`": "`", "?": "?"}
DIGITS_OF = {"x": 2, "u": 4, "U": 8}
CURLY: dict[str, str | int | None] = {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "«": '"', "»": '"'}
USUAL = {  # what other languages write → what is meant here
    "===": "==", "!==": "!=", "<>": "!=", "=>": ">=", "=<": "<=", "=~": "", "=": "==", "&": "&&", "|": "||", ";": "", "≠": "!=", "≤": "<=",
    "≥": ">=",
}  # fmt: skip
FOREIGN = re.compile(r"===|!==|<>|=>|=<|=~|=(?!=)|&(?!&)|\|(?!\|)|[;≠≤≥]")


@dataclass(frozen=True, slots=True)
class Token:
    """value  of a number or a string; at, length: where in the text"""

    kind: Kind
    text: str
    at: int
    value: values.Number | str | None = None

    @property
    def length(self) -> int:
        return len(self.text)


def tokens(text: str) -> list[Token]:
    """Return the tokens, the last of kind "end"; raises FilterError."""
    if len(text) > LONGEST:
        raise wrong(text, LONGEST, f"The filter has {len(text):,} characters", f"Keep it within {LONGEST:,}.")
    found: list[Token] = []
    at = 0
    while True:
        if space := SPACE.match(text, at):
            at = space.end()
        if at == len(text):
            return [*found, Token("end", "", at)]
        found.append(_next(text, at))
        at += found[-1].length


def _next(text: str, at: int) -> Token:
    if foreign := FOREIGN.match(text, at):
        raise _usual(text, at, foreign.group())
    if (sign := text[at]) in "\"'" or (sign in "rR" and text[at + 1 : at + 2] in ('"', "'")):
        return _string(text, at)
    if name := NAME.match(text, at):
        return Token("name", name.group(), at)
    if number := NUMBER.match(text, at):
        return _number(text, at, number.group())
    if found := SIGN.match(text, at):
        return Token("sign", found.group(), at)
    if sign in CURLY:
        straight = text.translate(str.maketrans(CURLY))
        raise wrong(text, at, f"{sign} is a printer's quotation mark", "Write straight quotation marks.", fix=straight)
    raise wrong(text, at, f"{sign!r} means nothing here", "A text stands between quotation marks.")


def _usual(text: str, at: int, usual: str) -> FilterError:
    if not (meant := USUAL[usual]):
        hint = "Write value.city.matches('^O')." if usual == "=~" else "Join conditions with && or ||."
        return wrong(text, at, f"{usual} is no operator here", hint)
    return wrong(text, at, f"{usual} is no operator here", f"Write {meant}.", fix=replaced(text, at, len(usual), meant))


def _number(text: str, at: int, digits: str) -> Token:
    end = at + len(digits)
    if follows := NAME.match(text, end):
        hint = "An unsigned 5u is written 5." if follows.group() in "uU" else "A text stands between quotation marks."
        fix = replaced(text, end, 1, "") if follows.group() in "uU" else ""
        raise wrong(text, at, f"{digits}{follows.group()} is no number", hint, fix=fix)
    if len(digits) > DIGITS:
        raise wrong(text, at, f"The number has {len(digits):,} digits", f"Keep it within {DIGITS:,}.")
    if digits[:2] in ("0x", "0X"):
        return Token("number", digits, at, int(digits, 16))
    is_whole = digits.isdecimal()
    value = int(digits) if is_whole else values.number(digits)
    if value is None:
        raise wrong(text, at, f"{digits} is no number that can be kept", "Its exponent is too large.")
    return Token("number", digits, at, value)


def _string(text: str, at: int) -> Token:
    """Read '…', "…", their raw forms r'…', and the tripled forms."""
    is_raw = text[at] in "rR"
    start = at + is_raw
    quote = text[start] * 3 if text.startswith(text[start] * 3, start) else text[start]
    parts: list[str] = []
    here = start + len(quote)
    while not text.startswith(quote, here):
        if here >= len(text) or (text[here] == "\n" and len(quote) == 1):
            fix = text + quote if "\n" not in text else ""
            raise wrong(text, at, "This text has no end", f"Close it with {quote}.", fix=fix)
        if text[here] == "\\" and not is_raw:
            piece, here = _escape(text, here)
        else:
            piece, here = text[here], here + 1
        parts.append(piece)
    value = "".join(parts)
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise wrong(text, at, "This text holds half a character", "Write the whole character.")
    return Token("string", text[at : here + len(quote)], at, value)


def _escape(text: str, at: int) -> tuple[str, int]:
    """Return what the escape at this place stands for, and where to go on."""
    sign = text[at + 1 : at + 2]
    if sign in ESCAPES:
        return ESCAPES[sign], at + 2
    if width := DIGITS_OF.get(sign):
        digits = text[at + 2 : at + 2 + width]
        if re.fullmatch(f"[0-9a-fA-F]{{{width}}}", digits) and int(digits, 16) <= 0x10FFFF:
            return chr(int(digits, 16)), at + 2 + width
    if re.match(r"[0-3][0-7]{2}", text[at + 1 : at + 4]):
        return chr(int(text[at + 1 : at + 4], 8)), at + 4
    hint = "Write \\\\ for a backslash, or r'…' where none is an escape."
    raise wrong(text, at, f"\\{sign} is no escape", hint, fix=replaced(text, at, 1, "\\\\"))
