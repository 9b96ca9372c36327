"""Text as Java sees it: a sequence of UTF-16 units. A character above U+FFFF counts two and may be cut in half.

Each function takes the short way when all characters lie below U+10000, which is nearly always.
"""

from collections.abc import Callable

BLANKS = "".join(map(chr, range(33)))  # what String.trim removes; the no-break space stays


def trim(value: str) -> str:
    return value.strip(BLANKS)


def is_plain(value: str) -> bool:
    """Tell whether every character is one unit."""
    return value.isascii() or max(value, default="") < "\U00010000"


def length(value: str) -> int:
    """Return the number of UTF-16 units."""
    return len(value) if is_plain(value) else sum(1 + (char > "\uffff") for char in value)


def units(value: str) -> str:
    """Return the text with every character above U+FFFF as its two surrogates: one Python character a unit."""
    if is_plain(value):
        return value
    return "".join(pair(char) if char > "\uffff" else char for char in value)


def pair(char: str) -> str:
    code = ord(char) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def joined(value: str) -> str:
    """Return the text with surrogate pairs joined to characters again; half a pair stays half."""
    if value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value):
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") if _is_whole(value) else _join(value)


def by_unit(work: Callable[[str], str], value: str) -> str:
    """Return what `work` makes of the text, letting it count in units."""
    return work(value) if is_plain(value) else joined(work(units(value)))


def order(value: str) -> bytes:
    """Return a key that sorts as String.compareTo."""
    return value.encode("utf-16-be", "surrogatepass")


def signed(value: bytes) -> bytes:
    """Return a key that sorts bytes by their signed values, shorter first on a tie."""
    return value.translate(_SIGNED)


_SIGNED = bytes((n + 128) % 256 for n in range(256))


def _is_whole(value: str) -> bool:
    try:
        value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return False
    return True


def _join(value: str) -> str:
    """Return the text with its whole pairs joined and its halves kept."""
    made: list[str] = []
    for char in value:
        if made and "\ud800" <= made[-1] <= "\udbff" and "\udc00" <= char <= "\udfff":
            made[-1] = chr(0x10000 + (ord(made[-1]) - 0xD800 << 10) + ord(char) - 0xDC00)
        else:
            made.append(char)
    return "".join(made)
