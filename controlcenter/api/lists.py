"""One way to list: what the caller may see, filtered, sorted, cut into pages by a cursor that survives new rows."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from controlcenter.errors import Kind, Problem
from controlcenter.observe import filters
from controlcenter.observe.snapshot import Row

MOST = 1000


def page(
    rows: Iterable[Row], *, fields: filters.Fields, name: str, text: str, sort: str, limit: int, cursor: str
) -> tuple[list[Row], int, str | None]:
    """Return the rows of one page, how many match in all, and the cursor of the next page (None at the end).

    sort: a column, with "-" before it for descending; rows that do not know it come last. Raises Problem(INVALID).
    """
    matches = filters.parse(text, fields)
    known = [row for row in rows if matches(row)]
    wanted = sort.removeprefix("-") or name
    if wanted not in fields:
        raise Problem(Kind.INVALID, f"No column {wanted} to sort by.", f"Use one of {', '.join(filters.short_names(fields))}.", "sort")
    if not 1 <= limit <= MOST:
        raise Problem(Kind.INVALID, f"{limit} rows a page cannot be.", f"Ask for 1 to {MOST}.", "limit")
    ordered = arranged(known, fields[wanted].column, name, is_descending=sort.startswith("-"))
    start = _after(ordered, name, cursor)
    shown = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return shown, len(ordered), _cursor(shown[-1][name]) if more else None


def arranged(rows: Sequence[Row], column: str, name: str, *, is_descending: bool) -> list[Row]:
    """Return the rows by one column, then by name; those that do not know the column stand last either way."""
    known = [row for row in rows if row.get(column) is not None]
    unknown = [row for row in rows if row.get(column) is None]
    by_name = sorted(known, key=lambda row: str(row[name]))
    by_name.sort(key=lambda row: row[column], reverse=is_descending)
    return by_name + sorted(unknown, key=lambda row: str(row[name]))


def _after(ordered: Sequence[Row], name: str, cursor: str) -> int:
    if not cursor:
        return 0
    try:
        last: Any = orjson.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        raise Problem(Kind.INVALID, "This cursor is not one of ours.", "Take it from the answer before.", "cursor") from None
    for i, row in enumerate(ordered):
        if row[name] == last:
            return i + 1
    raise Problem(Kind.CONFLICT, f"{last} is gone, and the place after it with it.", "Begin the list again without a cursor.", "cursor")


def _cursor(last: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(last)).decode()
