"""Functions that java.lang.Math computes by fdlibm's formula and the C library of the platform by another, to other last digits.

Source of the formulas: FreeBSD's msun (s_cbrt.c), after W. Kahan.
"""

import math
import struct

_B1, _B2 = 715_094_163, 696_219_795
_C, _D = 19 / 35, -864 / 1225
_E, _F, _G = 99 / 70, 45 / 28, 5 / 14


def cbrt(value: float) -> float:
    """Return the cube root, within 0.667 units of the last place."""
    if value == 0 or not math.isfinite(value):
        return value
    size = abs(value)
    # five bits, by dividing the exponent; then 23 bits; then chopped to 20 bits, a little too large; then one step of Newton
    rough = _of_high(_high(size * 2.0**54) // 3 + _B2) if size < 2.0**-1022 else _of_high(_high(size) // 3 + _B1)
    part = _C + rough * rough / size * rough
    rough *= _G + _F / (part + _E + _D / part)
    rough = _of_high(_high(rough) + 1)
    ratio = size / (rough * rough)
    ratio = (ratio - rough) / (rough + rough + ratio)
    return math.copysign(rough + rough * ratio, value)


def _high(value: float) -> int:
    """Return the upper 32 bits of a positive number."""
    return int(struct.unpack(">q", struct.pack(">d", value))[0] >> 32)


def _of_high(high: int) -> float:
    return float(struct.unpack(">d", struct.pack(">q", high << 32))[0])
