"""The store in memory: gone with its process."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

FILE = "memory.msgpack"


class MemoryStore:
    """A dict beside its sorted keys, which are sorted anew only when a range is read after a change."""

    def __init__(self, path: Path | None = None) -> None:
        self._values: dict[bytes, bytes] = {}
        self._marks: dict[str, int] = {}
        self._sorted: list[bytes] | None = None
        if path is not None:
            self._values, self._marks = msgspec.msgpack.decode((path / FILE).read_bytes(), type=tuple[dict[bytes, bytes], dict[str, int]])

    def get(self, key: bytes) -> bytes | None:
        return self._values.get(key)

    def range(self, start: bytes, end: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        if self._sorted is None:
            self._sorted = sorted(self._values)
        keys = self._sorted
        for key in keys[bisect_left(keys, start) : len(keys) if end is None else bisect_left(keys, end)]:
            yield key, self._values[key]

    def apply(self, puts: Mapping[bytes, bytes], deletes: Iterable[bytes], marks: Mapping[str, int]) -> None:
        self._values.update(puts)
        for key in deletes:
            self._values.pop(key, None)
        self._marks.update(marks)
        self._sorted = None

    def marks(self) -> dict[str, int]:
        return dict(self._marks)

    def snapshot(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        (path / FILE).write_bytes(msgspec.msgpack.encode((self._values, self._marks)))

    def close(self) -> None:
        self._values, self._sorted = {}, None
