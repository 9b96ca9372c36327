"""State by key: of an aggregation without windows, and of what a table filter has shown.

Law: `load(save())` into a fresh one changes nothing that follows.
"""

from collections.abc import Iterable
from typing import Any

Entry = tuple[bytes, Any]  # the key in the store, the value


class Table:
    """rows: key bytes → [timestamp, one state per aggregate]. `shown`: the keys whose last output was a row."""

    __slots__ = ("dirty", "rows", "shown", "stream_time")

    def __init__(self) -> None:
        self.rows: dict[bytes, list[Any]] = {}
        self.shown: set[Any] = set()
        self.dirty: dict[Any, Any] = {}
        self.stream_time = -1

    def save(self) -> list[Entry]:
        """Return everything that a restart must know."""
        return [(b"r" + key, row) for key, row in self.rows.items()] + [(b"s" + key, True) for key in self.shown]

    def load(self, entries: Iterable[Entry]) -> None:
        for key, value in entries:
            if key[:1] == b"r":
                self.rows[key[1:]] = list(value)
            else:
                self.shown.add(key[1:])

    def prune(self) -> None:
        """A table forgets nothing."""
