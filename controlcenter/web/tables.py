"""A list as a page shows it: filtered by the one filter line, sorted by any column, the first rows drawn by the server.

The browser draws the rest, and the same rows again when they change (static/js/lib/listing.js), so a cell here and its
twin there say the same. Downloads are the whole filtered list.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe

from controlcenter.observe import filters
from controlcenter.observe.filters import Fault, Fields, Filter
from controlcenter.observe.snapshot import Row

KEPT = ("filter", "sort", "internal", "favourites", "columns", "range")  # words of the address that its links keep
FIRST = 50  # rows drawn by the server; a template loop beyond 200 is too slow to be a page
# A cell that begins so is a formula to a spreadsheet: CSV injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")
RANKS: Mapping[str, Mapping[Any, int]] = {"health": {"ok": 0, "unknown": 1, "under_replicated": 2, "under_min_isr": 3, "offline": 4}}


@dataclass(frozen=True, slots=True)
class Column:
    """name: the field it is sorted and filtered by; width: a word of data-table.css; cell: the drawn cell, escaped."""

    name: str
    word: str
    cell: Callable[[Row], str]
    width: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A quick filter: a term of the filter line that one click adds or takes away."""

    word: str
    term: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    rows: Sequence[Row]
    columns: Sequence[Column]
    total: int
    filter: str
    found: Filter
    sort: str
    query: Mapping[str, str]

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[:FIRST]

    @property
    def faults(self) -> Sequence[Fault]:
        """The terms that could not be read. (A template would call `found` itself: it is a predicate.)"""
        return self.found.faults

    @property
    def body(self) -> SafeString:
        """The first rows as HTML. Cells escape their own text."""
        return mark_safe("".join(f"<tr>{''.join(column.cell(row) for column in self.columns)}</tr>" for row in self.shown))  # noqa: S308

    @property
    def heads(self) -> list[dict[str, Any]]:
        """Return the head of each column: its word, the address that sorts by it, and how it is sorted now."""
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> dict[str, Any]:
        by, is_descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        state = ("descending" if is_descending else "ascending") if column.name == by else "none"
        # A first click on a number asks for the largest
        wanted = f"-{column.name}" if (state == "ascending" or (state == "none" and column.is_number)) else column.name
        return {"column": column, "state": state, "query": {**self.query, "sort": wanted}}

    def chips(self, *chips: Chip) -> list[dict[str, Any]]:
        """Return each chip with whether it is on, and the query that turns it."""
        words = self.filter.split()
        return [
            {
                "chip": chip,
                "is_on": chip.term in words,
                "query": {
                    **self.query,
                    "filter": " ".join([w for w in words if w != chip.term] if chip.term in words else [*words, chip.term]),
                },
            }
            for chip in chips
        ]


def listing(
    request: HttpRequest,
    rows: Iterable[Row],
    columns: Sequence[Column],
    fields: Fields,
    *,
    name: str,
    sort: str = "",
    total: int | None = None,
) -> Listing:
    """Return the list as this address asks for it: `filter` and `sort` of the query string."""
    text = request.GET.get("filter", "").strip()
    asked = request.GET.get("sort", sort or columns[0].name)
    known = list(rows)
    found = filters.read(text, fields)
    if asked.removeprefix("-") not in fields:
        asked = sort or columns[0].name
    kept = arranged([row for row in known if found(row)], fields[asked.removeprefix("-")].column, name, is_descending=asked.startswith("-"))
    query = {key: value for key, value in request.GET.items() if key in KEPT and value}
    return Listing(kept, columns, len(known) if total is None else total, text, found, asked, query)


def arranged(rows: Sequence[Row], column: str, name: str, *, is_descending: bool) -> list[Row]:
    """Return the rows by one column, then by name; those that do not know the column stand last either way."""
    rank = RANKS.get(column)
    known = sorted((row for row in rows if row.get(column) is not None), key=lambda row: str(row[name]))
    known.sort(key=lambda row: rank.get(row[column], 0) if rank else _sortable(row[column]), reverse=is_descending)
    return known + sorted((row for row in rows if row.get(column) is None), key=lambda row: str(row[name]))


def fields_json(fields: Fields) -> dict[str, dict[str, Any]]:
    """Return the fields as filter.js wants them."""
    return {name: {"column": field.column, "kind": field.kind, "words": field.words} for name, field in fields.items()}


def download(listed: Listing, columns: Sequence[str], kind: str, filename: str) -> HttpResponse:
    """Return the whole filtered list as CSV (formulas defused) or NDJSON; unknown is empty or null, never 0."""
    if kind == "csv":
        body, content_type = as_csv(listed.rows, columns), "text/csv; charset=utf-8"
    else:
        body, content_type = as_ndjson(listed.rows, columns), "application/x-ndjson"
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}.{kind}"'
    return response


def as_csv(rows: Iterable[Row], columns: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_defused(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def as_ndjson(rows: Iterable[Row], columns: Sequence[str]) -> bytes:
    return b"".join(orjson.dumps({column: row.get(column) for column in columns}) + b"\n" for row in rows)


def _defused(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = " ".join(str(each) for each in value)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _sortable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
