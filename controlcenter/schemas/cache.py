"""The parent's memory of schemas by id or GUID, handed to each new child. Bounded in bytes; the longest unused go first."""

import threading
from collections import OrderedDict
from functools import cache
from typing import Any

from controlcenter.schemas import model
from controlcenter.schemas.model import Connection, Schema

LARGEST_BYTES = 16 << 20
HANDED_BYTES = 2 << 20  # to one child; a page rarely needs more, and the pipe is not free


class Cache:
    """Schemas of every registry. Thread-safe."""

    def __init__(self, most_bytes: int = LARGEST_BYTES) -> None:
        self.most_bytes, self.size_bytes = most_bytes, 0
        self._kept: OrderedDict[tuple[str, int | str], Schema] = OrderedDict()
        self._lock = threading.Lock()

    def job(self, registry: Connection | None) -> dict[str, Any] | None:
        """Return what a child's job says of its registry: the way there, and the schemas last used."""
        told = model.opened(registry)
        return None if registry is None or told is None else {**told, "known": self.known(registry)}

    def known(self, registry: Connection) -> list[Any]:
        """Return the schemas last learned from a registry, as frames."""
        with self._lock:
            own = [schema for (url, _), schema in reversed(self._kept.items()) if url == registry.url]
        frames, size = [], 0
        for schema in own:
            size += schema.size_bytes
            if size > HANDED_BYTES:
                break
            frames.append(model.framed(schema))
        return frames

    def learn(self, registry: Connection | None, frames: Any) -> None:
        """Keep what a child fetched; raises ValueError for what is no schema."""
        for told in list(frames)[:100]:
            schema = model.of_frame(told)
            name = schema.guid or schema.id
            if registry is not None and name is not None:
                self._keep((registry.url, name), schema)

    def _keep(self, key: tuple[str, int | str], schema: Schema) -> None:
        with self._lock:
            if (before := self._kept.pop(key, None)) is not None:
                self.size_bytes -= before.size_bytes
            self._kept[key] = schema
            self.size_bytes += schema.size_bytes
            while self.size_bytes > self.most_bytes and self._kept:
                _, gone = self._kept.popitem(last=False)
                self.size_bytes -= gone.size_bytes


@cache
def default() -> Cache:
    """Return the memory of this process."""
    return Cache()
