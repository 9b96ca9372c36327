"""Aggregation over a table: each change takes its old row back before the new one is added.

Law: for every aggregate that may stand here, undo(add(s, x), x) == s up to Java's rounding.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from controlcenter.sql.functions.base import Aggregator
from controlcenter.sql.operators.sizes import Sizes
from controlcenter.sql.operators.tables import Entry, Table

Contribution = list[Any]  # [group key bytes, [arguments of the first aggregate], [of the second] …]


class UndoTable(Table):
    """rows: the groups, as of `Table`. `_held`: source key → what its row contributes now."""

    __slots__ = ("_held", "_sizes", "_work")

    def __init__(self, work: Sequence[Aggregator], sizes: Sizes | None = None) -> None:
        super().__init__()
        self._work, self._sizes = work, sizes
        self._held: dict[bytes, Contribution] = {}

    def change(self, key: bytes, new: Contribution | None, ts: int) -> list[tuple[bytes, list[Any]]]:
        """Return the groups that a change of one source row changes, with their states after it.

        The same group changes once; of two groups the old one comes first. A group that nobody is in stays, counting 0.
        """
        old = self._held.get(key)
        if old is not None and new is not None and old[0] == new[0]:
            changed = [self._applied(old[0], old, new, ts)]
        else:
            changed = [self._applied(old[0], old, None, ts)] if old is not None else []
            changed += [self._applied(new[0], None, new, ts)] if new is not None else []
        for group, row in changed:  # all of it, or nothing when one fails
            self.rows.setdefault(group, row)[:] = row
        if new is not None:
            self._held[key] = new
        elif old is not None:
            del self._held[key]
        return [(group, self.rows[group]) for group, _ in changed]

    def _applied(self, group: bytes, old: Contribution | None, new: Contribution | None, ts: int) -> tuple[bytes, list[Any]]:
        known = self.rows.get(group)
        row = list(known) if known is not None else [ts, *(work.initialize() for work in self._work), *([0] if self._sizes else ())]
        for i, work in enumerate(self._work, 1):
            if old is not None and work.undo is not None:
                row[i] = work.undo(row[i], *old[i])
            if new is not None:
                row[i] = work.add(row[i], *new[i])
        if self._sizes is not None and new is not None:
            row[-1] = self._sizes.grown(row[-1], row[1:-1], *(value for values in new[1:] for value in values))
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
