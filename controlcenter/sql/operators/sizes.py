"""How large the state of one group may grow. Whatever would make it larger is refused, and nothing of that record is added.

Law: a state that was accepted measures at most KEY_BYTES, or it measured so with all that was added since.
"""

from collections.abc import Mapping, Sequence
from typing import Any

KEY_BYTES = 1 << 20
WORD = 8  # of a number, and of the place of an element


class TooLarge(ValueError):
    """A group's state would grow above the limit."""


class Sizes:
    """Guards the states of one task. refused: how many records in a row it has refused.

    What a group's state may measure is kept as a bound at its end: adding to it costs nothing. Only when the bound passes the
    limit the state itself is measured.
    """

    __slots__ = ("refused",)

    def __init__(self) -> None:
        self.refused = 0

    def grown(self, bound: int, states: Sequence[Any], *added: Any) -> int:
        """Return the new bound of a group with these states, to which values were added; raises TooLarge."""
        bound += sum(map(size, added))
        if bound > KEY_BYTES and (bound := size(states)) > KEY_BYTES:
            self.refused += 1
            raise TooLarge(f"the state of its key would have {bound:,} bytes; {KEY_BYTES:,} is the most")
        self.refused = 0
        return bound


def size(value: Any) -> int:
    """Return about how many bytes a value takes where it is stored."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(size(name) + size(item) + WORD for name, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return sum(size(item) + WORD for item in value)
    return WORD
