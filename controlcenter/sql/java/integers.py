"""Integers of 32 and 64 bits: two's complement, division toward zero, and Java's parsing."""

import re

INT = (-(2**31), 2**31 - 1)
LONG = (-(2**63), 2**63 - 1)

_DIGITS = re.compile(r"[+-]?[0-9]+\Z")


def wrap32(value: int) -> int:
    """Return the low 32 bits as a signed number."""
    return (value + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def wrap64(value: int) -> int:
    """Return the low 64 bits as a signed number."""
    return (value + 0x8000000000000000 & 0xFFFFFFFFFFFFFFFF) - 0x8000000000000000


def divide(left: int, right: int) -> int:
    """Return the quotient cut toward zero; ZeroDivisionError by zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def remainder(left: int, right: int) -> int:
    """Return what division toward zero leaves; it has the sign of `left`."""
    return left - right * divide(left, right)


def parse_int(text: str) -> int:
    """Return what Integer.parseInt reads: sign and digits within 32 bits, nothing else."""
    return _parse(text, INT)


def parse_long(text: str) -> int:
    """Return what Long.parseLong reads."""
    return _parse(text, LONG)


def _parse(text: str, bounds: tuple[int, int]) -> int:
    if not _DIGITS.match(text):
        raise ValueError(f'For input string: "{text}"')
    value = int(text)
    if not bounds[0] <= value <= bounds[1]:
        raise ValueError(f'For input string: "{text}"')
    return value
