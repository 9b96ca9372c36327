"""Zero bytes: there is a value, and it is empty. Not the same as null."""

from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "empty"


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the empty value."""
    if data is None or data:
        raise Declined("there are bytes" if data else "there is none")
    if asked.frame is not None and asked.schemas is not None:  # a Protobuf message of defaults takes no bytes
        raise Declined("a header names its schema")
    return Decoded(NAME)
