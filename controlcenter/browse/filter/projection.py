"""JSON → just the named paths, decoded into a struct made for one filter; what nobody named is skipped unread.

The user's names become JSON names of fields, never Python attributes: the attributes are f0, f1 … of our own counting.
Parents are a union of struct and every JSON shape, so any document decodes; what is missing is None.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Union

import msgspec

from controlcenter.browse.filter import values
from controlcenter.browse.filter.evaluate import Closure, walk
from controlcenter.browse.filter.quick import Getter
from controlcenter.browse.filter.tree import Path

FORBIDDEN = frozenset('"\\') | {chr(code) for code in range(32)}  # msgspec takes no such name
Steps = tuple[str | int, ...]


class Projection:
    """Reads paths of the value from its struct; the decoder is made when all paths were asked for."""

    def __init__(self, paths: Iterable[Steps]) -> None:
        self._names: dict[Steps, str] = {}  # prefix of plain names → our attribute
        self._wholes = _wholes(paths)
        self._struct = self._make((), self._wholes)
        self.is_exact = False  # whether numbers must come as their texts: something other than `quick` reads them

    @property
    def is_possible(self) -> bool:
        """Whether the struct saves anything: no path needs the whole document."""
        return () not in self._wholes and bool(self._wholes)

    def decoder(self) -> Callable[[bytes], Any]:
        """Return the function from a JSON document to the struct, or to what stands there instead of an object."""
        hook = values.number if self.is_exact else None
        return msgspec.json.Decoder(_shape(self._struct), float_hook=hook).decode

    def direct(self, path: Path) -> Getter | None:
        """Return a getter for a path that ends at a field of the struct; it raises AttributeError where a parent is no object."""
        return self._getter(path.steps) if path.steps in self._wholes else None

    def path(self, steps: Steps) -> Closure:
        """Return the closure that reads any path, None where there is nothing."""
        self.is_exact = True
        whole = next(steps[:end] for end in range(len(steps) + 1) if steps[:end] in self._wholes)
        get, rest = self._getter(whole), steps[len(whole) :]

        def read(v: Any, _: Any) -> Any:
            try:
                found = get(v)
            except AttributeError:
                return None
            return walk(found, rest) if rest else found

        return read

    def _getter(self, steps: Steps) -> Getter:
        return attrgetter(".".join(self._names[steps[: end + 1]] for end in range(len(steps))))

    def _make(self, prefix: Steps, wholes: frozenset[Steps]) -> Any:
        """Return the struct of everything below a prefix."""
        fields: list[tuple[str, Any, Any]] = []
        names: dict[str, str] = {}
        size = len(prefix)
        for i, name in enumerate(sorted({str(path[size]) for path in wholes if len(path) > size and path[:size] == prefix})):
            here, ours = (*prefix, name), f"f{i}"
            self._names[here], names[ours] = ours, name
            if here in wholes:
                fields.append((ours, Any, None))
            else:
                below = self._make(here, wholes)
                # an empty one where the parent is missing: reading on is then no exception
                fields.append((ours, _shape(below), below()))
        return msgspec.defstruct("Projection", fields, rename=names, frozen=True, gc=False)


def _shape(struct: Any) -> Any:
    """Return the type of an object read as a struct, or of anything else that may stand there."""
    return Union[struct, list, str, int, float, bool, None]  # noqa: UP007 made at run time


def _wholes(paths: Iterable[Steps]) -> frozenset[Steps]:
    """Return the shortest prefixes that must be decoded wholly: up to an index or an odd name, none below another."""
    wanted = {_plain(path) for path in paths}
    return frozenset(path for path in wanted if not any(path[:end] in wanted for end in range(len(path))))


def _plain(path: Steps) -> Steps:
    for end, step in enumerate(path):
        if type(step) is int or not FORBIDDEN.isdisjoint(str(step)):
            return path[:end]
    return path
