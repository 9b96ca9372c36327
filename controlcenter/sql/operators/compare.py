"""Order and equality where Python's own differ from Java's, and LIKE.

Law: `order(a, b)` is negative, zero or positive; text is ordered by UTF-16 units, bytes as signed numbers.
"""

from collections.abc import Callable
from typing import Any

from controlcenter.sql.java import like, text
from controlcenter.sql.operators.numbers import as_decimal


def text_order(a: str, b: str) -> int:
    """Return the order of two texts. Below U+D800 units and code points agree."""
    if a == b:
        return 0
    if a.isascii() or b.isascii() or (max(a) < "\ud800" and max(b) < "\ud800"):
        return -1 if a < b else 1
    return -1 if text.order(a) < text.order(b) else 1


def bytes_order(a: bytes, b: bytes) -> int:
    """Return the order of two byte strings, each byte a signed number."""
    a, b = text.signed(a), text.signed(b)
    return (a > b) - (a < b)


def number_order(a: Any, b: Any) -> int:
    """Return the order of two numbers of which one is a DECIMAL and the other a DOUBLE, taken by its shortest text."""
    left, right = as_decimal(a), as_decimal(b)
    return (left > right) - (left < right)


def is_distinct(a: Any, b: Any) -> bool:
    """Tell whether two numbers of different types differ, null being equal to null alone."""
    if a is None or b is None:
        return a is not b
    return bool(as_decimal(a) != as_decimal(b))


def truth(x: Any) -> bool:
    """Return a BOOLEAN that must not be null: where one is, the whole expression fails."""
    if x is None:
        raise TypeError("a BOOLEAN is null")
    return bool(x)


def liker(pattern: str, escape: str | None) -> Callable[[Any], bool]:
    """Return text → whether it matches a LIKE pattern that is known; a null text is an error."""
    fits = like.compile(pattern, escape)

    def test(value: Any) -> bool:
        if value is None:
            raise TypeError("LIKE of null")
        return fits(value)

    return test


def matches(value: Any, pattern: Any, escape: str | None) -> bool:
    """Return whether a text matches a pattern that is itself computed; a null on either side is an error."""
    if value is None or pattern is None:
        raise TypeError("LIKE of null")
    return like.matches(value, pattern, escape)


def item(array: list[Any] | None, index: int) -> Any:
    """Return the element of an array: 1-based, negative from the end, null when there is none."""
    if array is None or not index:
        return None
    at = index - 1 if index > 0 else len(array) + index
    return array[at] if 0 <= at < len(array) else None


def entry(values: dict[Any, Any] | None, key: Any) -> Any:
    """Return the value under a key of a MAP, or a field of a STRUCT; null when there is none."""
    return None if values is None else values.get(key)
