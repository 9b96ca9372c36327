"""The store of one task: bytes by key, in key order, changed only by whole commits.

Law: after `apply(puts, deletes, marks)` either all of it is there or nothing; between two calls nothing changes.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key, None when there is none."""

    def range(self, start: bytes, end: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Give the entries with start <= key < end in the order of their keys; end None: to the last."""

    def apply(self, puts: Mapping[bytes, bytes], deletes: Iterable[bytes], marks: Mapping[str, int]) -> None:
        """Change everything at once: values, and the marks (source offsets, changelog position, stream time, plan version)."""

    def marks(self) -> dict[str, int]:
        """Return the marks of the last commit; empty before the first."""

    def snapshot(self, path: Path) -> None:
        """Write what is there to a folder that a new store can be opened from."""

    def close(self) -> None:
        """Let go of files. Nothing may be asked afterwards."""
