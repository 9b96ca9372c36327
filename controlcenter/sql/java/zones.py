"""Zones by the names that Java's ZoneId takes, and their offsets: a gap is shifted forward, an overlap takes the earlier offset."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(?:(\d{1,2})|(\d{2}):?(\d{2})(?::?(\d{2}))?)\Z", re.ASCII)
_LEAST, _MOST = -62_135_596_800_000, 253_402_300_799_999  # what Python's datetime can hold, ms
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def find(name: str) -> tzinfo | int:
    """Return the zone of a name: its fixed offset in seconds, or its rules. ValueError for an unknown one."""
    if name in ("Z", "UTC", "GMT", "UT"):
        return 0
    if fixed := _OFFSET.match(name):
        sign, hours_only, hours, minutes, seconds = fixed.groups()
        size = int(hours_only or hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
        if size > 18 * 3600 or int(minutes or 0) > 59 or int(seconds or 0) > 59:
            raise ValueError(f"Zone offset not in valid range: -18:00 to +18:00: {name}")
        return -size if sign == "-" else size
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, IsADirectoryError):
        raise ValueError(f"Unknown time-zone ID: {name}") from None


def offset_at(zone: tzinfo | int, instant_ms: int) -> int:
    """Return the zone's offset from UTC in seconds at an instant."""
    if isinstance(zone, int):
        return zone
    at = _EPOCH + timedelta(milliseconds=max(_LEAST + 86_400_000, min(_MOST - 86_400_000, instant_ms)))
    return _seconds(at.astimezone(zone))


def offset_of(zone: tzinfo | int, local_ms: int) -> int:
    """Return the offset to use for a local time (ms since 1970 on that zone's clock)."""
    if isinstance(zone, int):
        return zone
    before, after = offset_at(zone, local_ms - 86_400_000), offset_at(zone, local_ms + 86_400_000)
    if before == after == offset_at(zone, local_ms - before * 1000):
        return before
    # An offset is right when the instant that it gives has it. In an overlap both are: the earlier one counts. In a gap none is: the one
    # before the gap moves the time forward.
    for offset in dict.fromkeys((before, offset_at(zone, local_ms - before * 1000), after)):
        if offset_at(zone, local_ms - offset * 1000) == offset:
            return offset
    return before


def name_at(zone: tzinfo | int, instant_ms: int) -> str | None:
    """Return a zone's abbreviation at an instant (CET, CEST); None where it has none but its own name."""
    if isinstance(zone, int):
        return None
    name = (_EPOCH + timedelta(milliseconds=instant_ms)).astimezone(zone).tzname() or ""
    return name if name.isalpha() else None


def written(offset_s: int, *, colon: bool, seconds: bool = False) -> str:
    """Return `+02:00` or `+0200`."""
    size, mark = abs(offset_s), ":" if colon else ""
    tail = f"{mark}{size % 60:02}" if seconds and size % 60 else ""
    return f"{'-' if offset_s < 0 else '+'}{size // 3600:02}{mark}{size // 60 % 60:02}{tail}"


def _seconds(at: datetime) -> int:
    return int((at.utcoffset() or timedelta()).total_seconds())
