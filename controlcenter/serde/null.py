"""No bytes at all: a record without key, or a tombstone when it is the value."""

from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "null"


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the null; anything with bytes, even none of them, declines."""
    if data is not None:
        raise Declined("there is a value")
    return Decoded(NAME)
