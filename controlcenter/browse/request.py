"""What somebody asks to read: from where, how many, which partitions. Checked here, once, for pages and programs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from controlcenter.errors import Kind, Problem

STARTS = ("newest", "oldest", "offset", "time")
ISOLATIONS = ("read_committed", "read_uncommitted")
MOST = 1000
BUDGET_BYTES = 16 << 20  # of one field over all rows
SHOWN_BYTES = 1 << 20  # of one field
LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Request:
    """start       newest or oldest n, or n from an offset or a time on
    partitions  None for all
    offsets     partition → first offset; key -1 stands for every partition
    at_ms       epoch milliseconds, for start "time"
    raw_bytes   how many first bytes of a field to keep for the hex view
    """

    start: str = "newest"
    n: int = 100
    partitions: tuple[int, ...] | None = None
    offsets: Mapping[int, int] | None = None
    at_ms: int | None = None
    isolation: str = "read_committed"
    raw_bytes: int = 512

    @property
    def is_backward(self) -> bool:
        return self.start == "newest"

    @property
    def shown_bytes(self) -> int:
        """How much of one field is shown: all of 1 MiB while the whole answer stays bounded."""
        return min(SHOWN_BYTES, max(4096, BUDGET_BYTES // self.n))


def parse(given: Mapping[str, str]) -> Request:
    """Return the request of a form or a query: from, n (or limit), partitions, offset, at, isolation.

    raises Problem(INVALID), its field named, and what would be right
    """
    start = given.get("from") or "newest"
    if start not in STARTS:
        raise _invalid("from", f"{start!r} is no place to start.", f"Use one of {', '.join(STARTS)}.")
    isolation = given.get("isolation") or "read_committed"
    if isolation not in ISOLATIONS:
        raise _invalid("isolation", f"{isolation!r} is no isolation level.", f"Use one of {' or '.join(ISOLATIONS)}.")
    field = "limit" if given.get("limit") else "n"
    return Request(
        start=start,
        n=_whole(given.get(field) or "100", field, 1, MOST),
        partitions=_partitions(given.get("partitions") or ""),
        offsets=_offsets(given.get("offset") or "") if start == "offset" else None,
        at_ms=_instant(given.get("at") or "") if start == "time" else None,
        isolation=isolation,
    )


def one(partition: int, offset: int) -> Request:
    """Return the request for one record, shown as fully as we show anything."""
    if not 0 <= offset < LARGEST:
        raise _invalid("offset", f"Offset {offset} cannot be.", "Offsets start at 0.")
    return Request("offset", 1, (partition,), {partition: offset}, isolation="read_uncommitted", raw_bytes=64 << 10)


def _partitions(text: str) -> tuple[int, ...] | None:
    """Return 0,2,5-7 as numbers; None for all."""
    if not text.strip():
        return None
    found: set[int] = set()
    for word in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", word, re.ASCII)
        if match is None:
            raise _invalid("partitions", f"{word!r} is no partition.", "Write numbers and ranges: 0,2,5-7.")
        low, high = int(match[1]), int(match[2] or match[1])
        if high < low or high - low > 10_000:
            raise _invalid("partitions", f"{word!r} is no range.", "Write the smaller number first.")
        found.update(range(low, high + 1))
    return tuple(sorted(found))


def _offsets(text: str) -> dict[int, int]:
    """Return 1200 for every partition, or 0:1200,3:17 one by one."""
    if not text.strip():
        raise _invalid("offset", "No offset was given.", "Write one offset, or partition:offset pairs: 0:1200,3:17.")
    found: dict[int, int] = {}
    for word in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(?:(\d{1,6}):)?(\d{1,19})", word, re.ASCII)
        if match is None or int(match[2]) > LARGEST:
            raise _invalid("offset", f"{word!r} is no offset.", "Write one offset, or partition:offset pairs: 0:1200,3:17.")
        found[int(match[1]) if match[1] else -1] = int(match[2])
    if -1 in found and len(found) > 1:
        raise _invalid("offset", "One offset and pairs do not go together.", "Write one offset, or partition:offset pairs.")
    return found


def _instant(text: str) -> int:
    """Return epoch milliseconds of 1700000000000 or 2026-11-22T14:29 (UTC unless it says otherwise)."""
    text = text.strip()
    if re.fullmatch(r"\d{1,15}", text, re.ASCII):
        return int(text)
    try:
        when = datetime.fromisoformat(text)
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        hint = "Write 2026-11-22T14:29:58 (UTC), or epoch milliseconds."
        raise _invalid("at", f"{text!r} is no time." if text else "No time was given.", hint) from None


def _whole(text: str, field: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII) or not low <= int(text) <= high:
        raise _invalid(field, f"{text!r} is no number of messages.", f"Use a whole number from {low:,} to {high:,}.")
    return int(text)


def _invalid(field: str, what: str, hint: str) -> Problem:
    return Problem(Kind.INVALID, what, hint, field)
