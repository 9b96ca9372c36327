"""Table functions: a list of rows for each record."""

from typing import Any

from controlcenter.sql import types
from controlcenter.sql.functions.arrays import MOST_ROWS
from controlcenter.sql.functions.base import SEE, Table
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.types import SqlType

_MOST_CUBE = 20  # elements; each doubles the rows


def explode(array: list[Any] | None) -> list[Any]:
    if array is not None and len(array) > MOST_ROWS:
        raise ValueError(f"EXPLODE of {len(array)} elements; {MOST_ROWS} are the most.")
    return array or []


def cube(array: list[Any] | None) -> list[list[Any]]:
    """Return every choice of each element or null, counted in binary from all null; a null element does not double the rows."""
    if array is None:
        return []
    if len(array) > _MOST_CUBE:
        raise ValueError(f"CUBE_EXPLODE takes at most {_MOST_CUBE} elements, got {len(array)}.")
    rows: list[list[Any]] = [[]]
    for item in array:
        choices = [None] if item is None else [None, item]
        rows = [[*row, choice] for row in rows for choice in choices]
    if len(rows) > MOST_ROWS:
        raise ValueError(f"CUBE_EXPLODE gives {len(rows)} rows; {MOST_ROWS} are the most.")
    return rows


def _item(kinds: tuple[SqlType, ...]) -> SqlType:
    return kinds[0].item if isinstance(kinds[0], types.Array) else kinds[0]


FUNCTIONS = (
    Table("explode", "Gives a row for each element of an array.", "TABLE", (
        signature("ARRAY<DECIMAL> input", _item, explode, nulls=SEE), signature("ARRAY<T> list", "T", explode, nulls=SEE),
    )),
    Table("cube_explode", "Gives a row for each choice of elements and nulls.", "TABLE", (
        signature("ARRAY<T> list", "ARRAY<T>", cube, nulls=SEE),
    )),
)  # fmt: skip
