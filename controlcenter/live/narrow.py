"""A snapshot with its indexes: the rows of one topic, group or broker without looking at fifty thousand.

An index is built when first asked for and handed on to the next version while the keys of its table stay the same.
"""

from collections.abc import Callable, Iterable
from typing import Any, Optional

from controlcenter.observe.snapshot import Row, Rows, Snapshot

Index = dict[Any, list[str]]  # value of a column → keys


class Narrowed:
    """One version of one cluster. before: the version it follows, whose indexes may still hold."""

    def __init__(self, snapshot: Snapshot, before: Optional["Narrowed"] = None) -> None:
        self.snapshot = snapshot
        self._indexes: dict[tuple[str, str], Index] = {}
        self._projections: dict[str, dict[str, tuple[Row, Row]]] = {}
        if before is not None:
            self._take_over(before)

    def table(self, name: str) -> Rows:
        return self.snapshot.table(name)

    def rows(self, table: str, keys: Iterable[str]) -> Rows:
        """Return the rows of some keys, those that exist."""
        rows = self.table(table)
        return {k: rows[k] for k in keys if k in rows}

    def where(self, table: str, column: str, value: Any) -> Rows:
        """Return the rows whose column, a part of their key, has the value."""
        return self._found(table, column, value, lambda row: (row[column],))

    def holding(self, table: str, column: str, value: Any) -> Rows:
        """Return the rows whose column, a list, holds the value."""
        return self._found(table, column, value, lambda row: row[column] or ())

    def projected(self, table: str, cut: Callable[[Row], Row], rows: Rows) -> Rows:
        """Return what `cut` makes of each row; the same object as before for a row of which it makes the same."""
        held = self._projections.setdefault(table, {})
        return {k: _projected(held, k, row, cut) for k, row in rows.items()}

    def _found(self, table: str, column: str, value: Any, values: Any) -> Rows:
        index = self._indexes.get((table, column))
        if index is None:
            index = self._indexes[(table, column)] = {}
            for k, row in self.table(table).items():
                for each in values(row):
                    index.setdefault(each, []).append(k)
        return self.rows(table, index.get(value, ()))

    def _take_over(self, before: "Narrowed") -> None:
        self._projections = before._projections
        for (table, column), index in before._indexes.items():
            old, new = before.table(table), self.table(table)
            # replicas move between brokers without a change of keys: that index holds for the same rows only
            if old is new or (column != "replicas" and old.keys() == new.keys()):
                self._indexes[(table, column)] = index
        for table, held in self._projections.items():
            for gone in [k for k in held if k not in self.table(table)]:
                del held[gone]


def _projected(held: dict[str, tuple[Row, Row]], k: str, row: Row, cut: Callable[[Row], Row]) -> Row:
    known = held.get(k)
    if known is not None and known[0] is row:
        return known[1]
    made = cut(row)
    if known is not None and known[1] == made:
        made = known[1]
    held[k] = (row, made)
    return made
