"""LIKE: `%` any run of characters, `_` one; neither takes a newline. No regular expression, so no pattern can run away.

A pattern is its pieces between the `%`: the first stands at the start, the last at the end, each other one at its first place after
the piece before. The first place is the best one: a later place could only leave a longer run to the `%` in front of it.
"""

from collections.abc import Callable
from functools import lru_cache

ONE = ""  # stands for `_` in a piece; no character is empty
Piece = tuple[str, ...]


@lru_cache(maxsize=1024)
def compile(pattern: str, escape: str | None = None) -> Callable[[str], bool]:
    """Return the test for a pattern: does the whole text match? The character after `escape` stands for itself."""
    first, *rest = _pieces(pattern, escape)
    if not rest:
        return lambda text: len(text) == len(first) and _stands(first, text, 0)
    *middle, last = rest
    return lambda text: _matches(first, middle, last, text)


def matches(text: str, pattern: str, escape: str | None = None) -> bool:
    """Tell whether the whole text matches."""
    return compile(pattern, escape)(text)


def _pieces(pattern: str, escape: str | None) -> list[Piece]:
    pieces: list[list[str]] = [[]]
    characters = iter(pattern)
    for char in characters:
        if char == escape:
            pieces[-1].append(next(characters, char))
        elif char == "%":
            pieces.append([])
        else:
            pieces[-1].append(ONE if char == "_" else char)
    return [tuple(piece) for piece in pieces]


def _matches(first: Piece, middle: list[Piece], last: Piece, text: str) -> bool:
    end = len(text) - len(last)
    if end < len(first) or not _stands(first, text, 0) or not _stands(last, text, end):
        return False
    at = len(first)
    for piece in middle:
        found = _find(piece, text, at, end)
        if found < 0 or text.find("\n", at, found) >= 0:
            return False
        at = found + len(piece)
    return text.find("\n", at, end) < 0


def _find(piece: Piece, text: str, at: int, end: int) -> int:
    """Return the first place of a piece within `at` and `end`, −1 if there is none."""
    if ONE not in piece:
        return text.find("".join(piece), at, end)
    return next((place for place in range(at, end - len(piece) + 1) if _stands(piece, text, place)), -1)


def _stands(piece: Piece, text: str, place: int) -> bool:
    """Tell whether a piece is at a place of the text, which is long enough for it."""
    return all(char == text[place + n] or (char == ONE and text[place + n] != "\n") for n, char in enumerate(piece))
