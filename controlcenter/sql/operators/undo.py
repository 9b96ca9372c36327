"""Aggregation over a table: each change takes its old row back before the new one is added.

Law: for every aggregate that may stand here, undo(add(s, x), x) == s up to Java's rounding.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from controlcenter.sql.functions.base import Aggregator
from controlcenter.sql.operators.tables import Entry, Table

Contribution = list[Any]  # [group key bytes, [arguments of the first aggregate], [of the second] …]


class UndoTable(Table):
    """rows: the groups, as of `Table`. `_held`: source key → what its row contributes now."""

    __slots__ = ("_held", "_work")

    def __init__(self, work: Sequence[Aggregator]) -> None:
        super().__init__()
        self._work = work
        self._held: dict[bytes, Contribution] = {}

    def change(self, key: bytes, new: Contribution | None, ts: int) -> list[tuple[bytes, list[Any]]]:
        """Return the groups that a change of one source row changes, with their states after it.

        The same group changes once; of two groups the old one comes first. A group that nobody is in stays, counting 0.
        """
        old = self._held.pop(key, None) if new is None else self._held.get(key)
        if new is not None:
            self._held[key] = new
        if old is not None and new is not None and old[0] == new[0]:
            return [self._applied(old[0], old, new, ts)]
        changed = []
        if old is not None:
            changed.append(self._applied(old[0], old, None, ts))
        if new is not None:
            changed.append(self._applied(new[0], None, new, ts))
        return changed

    def _applied(self, group: bytes, old: Contribution | None, new: Contribution | None, ts: int) -> tuple[bytes, list[Any]]:
        row = self.rows.get(group)
        if row is None:
            row = self.rows[group] = [ts, *(work.initialize() for work in self._work)]
        for i, work in enumerate(self._work, 1):
            if old is not None and work.undo is not None:
                row[i] = work.undo(row[i], *old[i])
            if new is not None:
                row[i] = work.add(row[i], *new[i])
        row[0] = max(row[0], ts)
        return group, row

    def save(self) -> list[Entry]:
        return super().save() + [(b"h" + key, held) for key, held in self._held.items()]

    def load(self, entries: Iterable[Entry]) -> None:
        rest = []
        for key, value in entries:
            if key[:1] == b"h":
                self._held[key[1:]] = list(value)
            else:
                rest.append((key, value))
        super().load(rest)
