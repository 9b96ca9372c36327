"""Big-endian IEEE numbers as Kafka's own serializers write them: 4 bytes float, 8 bytes double.

Any 8 bytes are also an int64. A double is believed when the integer would be absurd and the double is not.
"""

import math
import struct

from controlcenter.serde.values import Asked, Declined, Decoded

ORDINARY = (1e-9, 1e15)


def short(number: float) -> float:
    """Return the number with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149011612."""
    if not math.isfinite(number):
        return number
    packed = struct.pack("<f", number)
    for digits in range(6, 9):
        shorter = float(f"{number:.{digits}g}")
        if abs(shorter) <= 3.4028234663852886e38 and struct.pack("<f", shorter) == packed:
            return shorter
    return number


class Float:
    """One width. Modules are formats; this one is two, so the format is a value."""

    def __init__(self, name: str, width: int, code: str) -> None:
        self.NAME, self.width, self.code = name, width, code

    def decode(self, data: bytes | None, asked: Asked) -> Decoded:
        """Return the number with as few digits as tell it from its neighbours."""
        data = data or b""
        if len(data) != self.width:
            raise Declined(f"needs {self.width} bytes; there are {len(data):,}")
        (number,) = struct.unpack(self.code, data)
        if not asked.is_forced and not (ORDINARY[0] < abs(number) < ORDINARY[1]):
            raise Declined("as a number with a fraction it would be no usual one")
        text = repr(short(number) if self.width == 4 else number)
        return Decoded(self.NAME, text, len(data), (f"Any {self.width} bytes read as a number; see hex for what came.",))


float32 = Float("float", 4, ">f")
double = Float("double", 8, ">d")
