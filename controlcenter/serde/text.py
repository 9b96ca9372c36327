"""UTF-8 that a person can read. Control characters other than tab and line ends make it bytes, not text."""

import re

from controlcenter.serde import values
from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "text"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# These turn the direction of what follows: a value can look like another one (CVE-2021-42574).
TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the text; declines what is no UTF-8 or holds control characters."""
    data = data or b""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Declined(f"byte {data[fault.start]:#04x} at {fault.start:,} is no UTF-8") from None
    if found := CONTROL.search(whole):
        raise Declined(f"control character U+{ord(found.group()):04X} at character {found.start():,}")
    text, missing = values.cut(data, asked.shown)
    turned = ("Characters that turn the reading direction stand in it.",) if TURNING.search(text) else ()
    return Decoded(NAME, text, len(data), (*missing, *turned), is_cut=bool(missing))
