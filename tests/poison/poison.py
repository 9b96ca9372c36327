"""One poison: its bytes, what it is decoded with, and what must be said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Poison:
    """One record that did harm.

    name      also its file's
    make      its bytes, when they are wanted
    said      words that its row must hold, in format, text, notes, fault or reasons
    schema    (type, text, references) of id 7, None for no registry at all
    may_die   whether a dead child is an answer, too
    """

    name: str
    make: Callable[[], bytes]
    said: str
    schema: tuple[str, str, tuple[tuple[str, str], ...]] | None = None
    may_die: bool = False
    forced: str | None = None
    topic: str = "orders"
    part: str = "value"
    key: bytes | None = None


def of(name: str, data: bytes, said: str, **more: Any) -> Poison:
    """Return a poison whose bytes are at hand."""
    return Poison(name, lambda: data, said, **more)
