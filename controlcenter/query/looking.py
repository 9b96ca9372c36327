"""What the child of a query is just looking into, in memory that its parent reads when it has died.

Law: a place that is told was being looked into when the process ended; between batches nothing is told.
"""

import mmap
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson

ROOM = 4096


class Place(NamedTuple):
    """Where a record stands. records: how many from there on were looked into at once; 1 is this very one."""

    topic: str
    partition: int
    offset: int
    records: int = 1

    def __str__(self) -> str:
        where = f"offset {self.offset:,} of partition {self.partition} of topic {self.topic}"
        return where if self.records == 1 else f"{self.records:,} records from {where} on"


class Looking:
    """Made before the fork. is_careful: each record is told, not each batch; that costs a tenth more and finds the one that kills."""

    def __init__(self, is_careful: bool = False) -> None:
        self._is_careful = is_careful
        self._memory = mmap.mmap(-1, ROOM)

    def into(self, batch: list[Any]) -> Iterable[Any]:
        """Return the batch to be looked into; the caller says `done` when nothing of it is looked into any more."""
        if self._is_careful:
            return self._each(batch)
        self._tell(batch[0], len(batch))
        return batch

    def done(self) -> None:
        """Tell that nothing is looked into."""
        self._memory[:1] = b"\0"

    def place(self) -> Place | None:
        """Return what is looked into, or was when the child ended; None for nothing."""
        found = self._memory[:].split(b"\0", 1)[0]
        try:
            return Place(*orjson.loads(found)) if found else None
        except orjson.JSONDecodeError:  # it ended in the middle of the word
            return None

    def close(self) -> None:
        self._memory.close()

    def _each(self, batch: list[Any]) -> Iterator[Any]:
        for message in batch:
            self._tell(message, 1)
            yield message

    def _tell(self, first: Any, records: int) -> None:
        told = orjson.dumps((first.topic(), first.partition(), first.offset(), records)) + b"\0"
        self._memory[: len(told)] = told
