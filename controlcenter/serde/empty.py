"""Zero bytes: there is a value, and it is empty. Not the same as null."""

from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "empty"


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the empty value."""
    if data is None or data:
        raise Declined("there are bytes" if data else "there is none")
    return Decoded(NAME)
