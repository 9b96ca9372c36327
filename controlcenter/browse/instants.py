"""Times as people write them: with a zone, by the wall clock, or counted back from now. Pure: now is an argument.

Law: nothing is moved silently. A wall time that the clocks skip is refused; one that comes twice gives the earlier instant
where reading begins and the later where it ends, so that no record of it is missed.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from controlcenter.errors import Kind, Problem

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
HINT = "Write 2026-11-22T14:29:58, with or without an offset such as +01:00; epoch milliseconds; or -15m, today, yesterday."


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; raises Problem(INVALID)."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise Problem(Kind.INVALID, f"{name!r} is no time zone.", "Write a name such as UTC or Europe/Berlin.", "zone") from None


def parse(text: str, within: ZoneInfo, now_ms: int, field: str, *, is_last: bool = False) -> int:
    """Return epoch milliseconds of a written time; raises Problem(INVALID) at the field.

    is_last  of a wall time that comes twice, take the second
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,15}", text, re.ASCII):
        return int(text)
    if back := re.fullmatch(r"-(\d{1,6})([smhd])", text, re.ASCII):
        return now_ms - int(back[1]) * UNITS[back[2]] * 1000
    if text == "now":
        return now_ms
    try:
        if text in ("today", "yesterday"):
            return _midnight(now_ms, within, days_back=int(text == "yesterday"))
        when = datetime.fromisoformat(text)
        return _epoch_ms(when if when.tzinfo else _placed(when, within, field, is_last=is_last))
    except (ValueError, OverflowError):
        raise Problem(Kind.INVALID, f"{text!r} is no time." if text else "No time was given.", HINT, field) from None


def _midnight(now_ms: int, within: ZoneInfo, days_back: int) -> int:
    """Return the first instant of a day; where the clocks skip midnight, the day begins after the gap."""
    day = datetime.fromtimestamp(now_ms / 1000, within).date() - timedelta(days=days_back)
    return _epoch_ms(_as_it_is(datetime(day.year, day.month, day.day, tzinfo=within)))


def _placed(wall: datetime, within: ZoneInfo, field: str, *, is_last: bool) -> datetime:
    found = wall.replace(tzinfo=within, fold=int(is_last))
    real = _as_it_is(found)
    if real.replace(tzinfo=None, fold=0) != wall.replace(fold=0):
        what = f"{wall.isoformat(sep=' ')} does not exist in {within.key}: the clocks skip it."
        raise Problem(Kind.INVALID, what, "Write a time before or after the gap.", field)
    return found


def _as_it_is(when: datetime) -> datetime:
    """Return the instant as its zone's clocks show it: another wall time when this one is skipped."""
    return when.astimezone(UTC).astimezone(when.tzinfo)


def _epoch_ms(when: datetime) -> int:
    # datetime arithmetic, not .timestamp(): floats lose the millisecond in far years
    return (when.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
