"""Which format a field has: the first of the chain that takes it, and why each one before declined.

Adding a format is copying its nearest sibling and naming it here, before the formats that take nearly anything.
"""

from dataclasses import replace
from typing import Protocol

from controlcenter.serde import empty, hex, integers, json, null, text, values
from controlcenter.serde.values import Declined, Decoded


class Format(Protocol):
    @property
    def NAME(self) -> str: ...

    def decode(self, data: bytes | None, shown: int) -> Decoded: ...


CHAIN: tuple[Format, ...] = (null, empty, json, text, integers.int32, integers.int64, hex)
TRIVIAL = ("null", "empty")  # that a value is neither needs no explanation


def decode(data: bytes | None, shown: int = values.SHOWN_BYTES, raw: int = 0) -> Decoded:
    """Return a field as text.

    data   None for null
    shown  how many bytes may be shown
    raw    how many of the first bytes to keep beside the text, for the hex view
    """
    declined: list[tuple[str, str]] = []
    for form in CHAIN:
        try:
            found = form.decode(data, shown)
        except Declined as why:
            if form.NAME not in TRIVIAL:
                declined.append((form.NAME, str(why)))
            continue
        return replace(found, declined=tuple(declined), raw=(data or b"")[:raw])
    raise AssertionError("hex takes everything")
