"""Lines of generated source, its names, and the table of constants.

Law: whatever comes from a statement (literals, field names, patterns, functions) is an entry of the table and is called
`K7`; the source holds only names that are made here, keywords, small numbers and operators.
"""

import re
from typing import Any, TypeVar

T = TypeVar("T")
_ATOM = re.compile(r"[a-zA-Z_]\w*\Z")


class Block:
    """Lines at one depth. `sub` is a deeper block, which `add` puts behind what is there."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def sub(self) -> "Block":
        return Block(self.depth + 1)

    def add(self, block: "Block") -> None:
        self.lines += block.lines

    def drop_unread(self, name: str) -> None:
        """Leave out the line that sets a local, where no other line knows it."""
        word = re.compile(rf"\b{name}\b")
        found = [line for line in self.lines if word.search(line)]
        if len(found) == 1:
            self.lines.remove(found[0])

    def under(self, head: str, block: "Block") -> None:
        """Add a compound statement: its head and its body."""
        self.line(head)
        if not block.lines:
            block.line("pass")
        self.add(block)


class Names:
    """The constants and the temporaries of one generated module."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._by_identity: dict[int, str] = {}
        self._temporaries = 0

    def constant(self, value: Any) -> str:
        """Return the name of a value; the same object has the same name."""
        if value is None or value is True or value is False:
            return str(value)
        known = self._by_identity.get(id(value))
        if known is None:
            known = f"K{len(self.constants)}"
            self.constants[known] = value
            self._by_identity[id(value)] = known  # the table keeps the object alive, so its id stays its own
        return known

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"


def is_atom(code: str) -> bool:
    """Tell whether code is one name, which may be evaluated twice for nothing."""
    return _ATOM.match(code) is not None


def sure(value: T | None) -> T:
    """Return what the plan's shape promises to be there."""
    if value is None:
        raise TypeError("the plan lacks a step")
    return value
