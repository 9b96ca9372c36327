"""DOUBLE as Java prints, reads, compares and cuts it.

From 0.001 to 10,000,000 the digits are Python's, the shortest that read back; beyond they are those of `dtoa`, sometimes one more.
"""

import re
import struct
from math import copysign, floor, fmod, isinf, isnan

from controlcenter.sql.java import dtoa

_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)\Z")
_BLANKS = "".join(map(chr, range(33)))


def text(value: float) -> str:
    """Return Double.toString: `1.0`, `1.0E10`, `1.0E-4`, `NaN`, `-Infinity`."""
    size = abs(value)
    if 1e-3 <= size < 1e7:
        return repr(value)  # Python writes just this in the range
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if not size:
        return "-0.0" if copysign(1.0, value) < 0 else "0.0"
    digits, exponent = dtoa.digits(size)
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def parse(text: str) -> float:
    """Return what Double.parseDouble reads of trimmed text, but neither NaN nor Infinity; ValueError otherwise."""
    trimmed = text.strip(_BLANKS)
    if not _NUMBER.match(trimmed):
        raise ValueError(f'For input string: "{text}"')
    return float(trimmed.rstrip("fFdD"))


def order(value: float) -> int:
    """Return a number that sorts as Double.compare: −0.0 below 0.0, NaN above Infinity."""
    bits = struct.unpack(">q", struct.pack(">d", value if value == value else float("nan")))[0]
    return bits if bits >= 0 else int(-(bits & 0x7FFFFFFFFFFFFFFF) - 1)


def to_long(value: float) -> int:
    """Return the cast to BIGINT: cut toward zero, saturated; NaN gives 0."""
    return _cut(value, -(2**63), 2**63 - 1)


def to_int(value: float) -> int:
    """Return the cast to INTEGER."""
    return _cut(value, -(2**31), 2**31 - 1)


def _cut(value: float, least: int, most: int) -> int:
    if isnan(value):
        return 0
    if isinf(value):
        return most if value > 0 else least
    return max(least, min(most, int(value)))


def round_half_up(value: float) -> int:
    """Return Math.round: the nearest integer, halves toward +Infinity, exact; saturated to 64 bits, NaN gives 0."""
    if isnan(value) or isinf(value):
        return to_long(value)
    below = floor(value)
    return max(-(2**63), min(2**63 - 1, below + 1 if value - below >= 0.5 else below))


def remainder(left: float, right: float) -> float:
    """Return Java's `%`: the sign of the dividend; NaN for an infinite dividend or a zero divisor."""
    if isnan(left) or isnan(right) or isinf(left) or right == 0:
        return float("nan")
    if isinf(right):
        return left
    return copysign(fmod(left, right), left)


def divide(left: float, right: float) -> float:
    """Return IEEE division: by zero gives an infinity or NaN."""
    if right:
        return left / right
    if isnan(left) or left == 0 or isnan(right):
        return float("nan")
    return copysign(float("inf"), left) * copysign(1.0, right)
