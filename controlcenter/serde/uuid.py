"""UUIDs: sixteen bytes that bear the marks of one. Kafka's own serializer writes the 36 letters, which are text."""

import re
from uuid import RFC_4122, UUID

from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "uuid"
LETTERS = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the UUID as it is usually written; its letters stay as they came."""
    data = data or b""
    if LETTERS.fullmatch(data):
        return Decoded(NAME, data.decode("ascii"), len(data))
    if len(data) != 16:
        raise Declined(f"needs 16 bytes, or 36 letters; there are {len(data):,}")
    if not data[0] and not asked.is_forced:
        raise Declined("begins with a zero byte, as a frame of a schema id does")
    found = UUID(bytes=data)
    if not asked.is_forced and (found.variant != RFC_4122 or found.version not in range(1, 9)):
        raise Declined("16 bytes without a UUID's version and variant")
    if not asked.is_forced and data.isascii() and data.decode("ascii").isprintable():
        raise Declined("16 letters are text")
    return Decoded(NAME, str(found), len(data), ("Sixteen bytes that look like a UUID; see hex for what came.",))
