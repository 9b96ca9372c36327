"""Big-endian integers as Kafka's own serializers write them: 4 bytes int32, 8 bytes int64.

Any 4 or 8 bytes could be one, so text goes first, and the note says so.
"""

from controlcenter.serde.values import Asked, Declined, Decoded


class Integer:
    """One width. Modules are formats; this one is two, so the format is a value."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.NAME = f"int{width * 8}"

    def decode(self, data: bytes | None, asked: Asked) -> Decoded:
        """Return the number in decimal, exactly."""
        data = data or b""
        if len(data) != self.width:
            raise Declined(f"needs {self.width} bytes; there are {len(data):,}")
        number = int.from_bytes(data, "big", signed=True)
        return Decoded(self.NAME, str(number), len(data), (f"Any {self.width} bytes read as a number; see hex for what came.",))


int32 = Integer(4)
int64 = Integer(8)
