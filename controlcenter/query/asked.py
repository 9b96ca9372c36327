"""What somebody asks of a run beside its text: where it starts, and how far it may go. Words of a request → values, or a sentence.

Law: what is accepted here is within `limits`; nothing is cut to fit in silence.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.query import limits

MOST = {"rows": limits.ROWS_KEPT, "seconds": limits.PUSH_S, "bytes": limits.PUSH_BYTES}
WORDS = "Use latest, earliest, time:<instant>, offset:<n>, group:<name>, or offsets by topic:partition."


def start(given: Any) -> Any:
    """Return where to start, as `Job.start` has it; raises Problem for anything else.

    given  "latest", "earliest", "time:2026-12-01T10:00Z" or in ms, "offset:42", "group:billing"; a number of ms;
           {"topic:partition": offset}
    """
    if given in (None, "", "latest", "earliest"):
        return given or "latest"
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    if isinstance(given, dict) and all(_is_offset(n) and place.rpartition(":")[2].isdecimal() for place, n in given.items()):
        return given
    kind, _, rest = given.partition(":") if isinstance(given, str) else ("", "", "")
    if kind == "time":
        return _instant(rest)
    if kind == "offset" and rest.isdecimal() and rest.isascii() and int(rest) < 1 << 63:
        return f"offset:{int(rest)}"
    if kind == "group" and 0 < len(rest) <= 255:
        return given
    raise Problem(Kind.INVALID, f"A query cannot start at {str(given)[:100]!r}.", WORDS, "start")


def group_of(start: Any) -> str | None:
    """Return the consumer group whose place a query starts at; None for any other start."""
    return start.removeprefix("group:") if isinstance(start, str) and start.startswith("group:") else None


def most(given: Any) -> dict[str, int]:
    """Return the limits of one run; those that are not given stay out. Raises Problem for one above what is allowed."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or (unknown := sorted(map(str, set(given) - set(MOST)))):
        named = f" {unknown[0][:40]!r}" if isinstance(given, Mapping) else ""
        raise Problem(Kind.INVALID, f"There is no limit{named}.", "Limits are rows, seconds and bytes.", "limits")
    for name, value in given.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST[name]:
            raise Problem(Kind.INVALID, f"A query may be limited to 1 to {MOST[name]:,} {name}, not {str(value)[:40]}.", "", "limits")
    return dict(given)


def _is_offset(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _instant(text: str) -> int:
    """Return ms since 1970 of an instant in ms or in ISO 8601; one without a zone is in UTC."""
    if text.isdecimal() and text.isascii() and len(text) <= 15:
        return int(text)
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        ms = int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        ms = -1
    if ms < 0:
        raise Problem(Kind.INVALID, f"{text[:60]!r} is no instant.", "Write 2026-12-01T10:00:00Z, or milliseconds since 1970.", "start")
    return ms
