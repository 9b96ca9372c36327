"""What a format gives back, and how much of a field is shown.

Law: `text` never claims more than the bytes say. What was left out or is odd stands in `notes`, whole sentences.
"""

from dataclasses import dataclass

SHOWN_BYTES = 1 << 20  # of one field; the rest is counted, not shown
DEPTH = 100  # of nested data, before any recursive reader sees it


class Declined(Exception):
    """This is not my format, and why: a phrase that follows the format's name."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One field as text.

    format      null, empty, json, text, int32, int64 or hex
    text        what to show; "" for null and empty
    size_bytes  of the field itself; 0 for null
    notes       what the reader must know: cut, doubled keys, NaN, integers beyond 2^53 …
    declined    (format, why not), for every format tried before this one
    raw         the first bytes, as they came
    is_exact    whether a JSON document survives a usual parser: no NaN, no double key, not cut
    """

    format: str
    text: str = ""
    size_bytes: int = 0
    notes: tuple[str, ...] = ()
    declined: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""
    is_exact: bool = True
    is_cut: bool = False


def cut(data: bytes, shown: int) -> tuple[str, tuple[str, ...]]:
    """Return the first bytes of valid UTF-8 as text, never half a character, and the note when something is missing."""
    if len(data) <= shown:
        return data.decode("utf-8"), ()
    return data[:shown].decode("utf-8", "ignore"), (f"The first {shown:,} of {len(data):,} bytes are shown.",)
