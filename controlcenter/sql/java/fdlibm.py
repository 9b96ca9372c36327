"""Functions that java.lang.Math computes by fdlibm's formulas: the C library of the platform differs in the last digit, and results are
compared as text.

Source of formulas and coefficients: fdlibm 5.3 (e_asin.c, e_acos.c, s_atan.c, e_atan2.c, e_exp.c, s_expm1.c, e_cosh.c, e_sinh.c, s_tanh.c),
and FreeBSD's s_cbrt.c. What java.lang.Math has as processor code (sin, cos, tan, exp, log, pow) is the platform's here.
"""

import math
import struct
from collections.abc import Sequence

_B1, _B2 = 715_094_163, 696_219_795
_C, _D = 19 / 35, -864 / 1225
_E, _F, _G = 99 / 70, 45 / 28, 5 / 14
_HALF_PI, _HALF_PI_LOW = 1.57079632679489655800e00, 6.12323399573676603587e-17
_PI_LOW = 1.2246467991473531772e-16
_QUARTER_PI = 7.85398163397448278999e-01
_P = (
    1.66666666666666657415e-01, -3.25565818622400915405e-01, 2.01212532134862925881e-01, -4.00555345006794114027e-02,
    7.91534994289814532176e-04, 3.47933107596021167570e-05,
)  # fmt: skip
_Q = (1.0, -2.40339491173441421878e00, 2.02094576023350569471e00, -6.88283971605453293030e-01, 7.70381505559019352791e-02)
_ATAN_HIGH = (4.63647609000806093515e-01, _QUARTER_PI, 9.82793723247329054082e-01, _HALF_PI)
_ATAN_LOW = (2.26987774529616870924e-17, 3.06161699786838301793e-17, 1.39033110312309984516e-17, _HALF_PI_LOW)
_ATAN_EVEN = (
    3.33333333333329318027e-01, 1.42857142725034663711e-01, 9.09088713343650656196e-02, 6.66107313738753120669e-02,
    4.97687799461593236017e-02, 1.62858201153657823623e-02,
)  # fmt: skip
_ATAN_ODD = (
    -1.99999999998764832476e-01, -1.11111104054623557880e-01, -7.69187620504482999495e-02, -5.83357013379057348645e-02,
    -3.65315727442169155270e-02,
)  # fmt: skip
_LN2_HIGH, _LN2_LOW, _INVERSE_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.44269504088896338700e00
_EXP = (
    1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)  # fmt: skip
_EXPM1 = (
    1.0, -3.33333333333331316428e-02, 1.58730158725481460165e-03, -7.93650757867487942473e-05, 4.00821782732936239552e-06,
    -2.01099218183624371326e-07,
)  # fmt: skip
_LOG_MAX, _OVERFLOW = 709.7827128933840, 710.4758600739439


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


def asin(value: float) -> float:
    """Return the arc sine; ValueError outside of [−1, 1]."""
    size = abs(value)
    if size > 1:
        raise ValueError("math domain error")
    if size == 1:
        return value * _HALF_PI + value * _HALF_PI_LOW
    if size < 0.5:
        return value if size < 2.0**-27 else value + value * _ratio(value * value)
    rest = (1.0 - size) * 0.5
    ratio, root = _ratio(rest), math.sqrt(rest)
    if _high(size) >= 0x3FEF3333:
        found = _HALF_PI - (2.0 * (root + root * ratio) - _HALF_PI_LOW)
    else:
        chopped = _of_high(_high(root))
        low = (rest - chopped * chopped) / (root + chopped)
        found = _QUARTER_PI - ((2.0 * root * ratio - (_HALF_PI_LOW - 2.0 * low)) - (_QUARTER_PI - 2.0 * chopped))
    return math.copysign(found, value)


def acos(value: float) -> float:
    """Return the arc cosine; ValueError outside of [−1, 1]."""
    size = abs(value)
    if size > 1:
        raise ValueError("math domain error")
    if size == 1:
        return 0.0 if value > 0 else math.pi + 2.0 * _HALF_PI_LOW
    if size < 0.5:
        if size < 2.0**-57:
            return _HALF_PI + _HALF_PI_LOW
        return _HALF_PI - (value - (_HALF_PI_LOW - value * _ratio(value * value)))
    rest = (1.0 - size) * 0.5
    ratio, root = _ratio(rest), math.sqrt(rest)
    if value < 0:
        return math.pi - 2.0 * (root + (ratio * root - _HALF_PI_LOW))
    chopped = _of_high(_high(root))
    low = (rest - chopped * chopped) / (root + chopped)
    return 2.0 * (chopped + (ratio * root + low))


def atan(value: float) -> float:
    size = abs(value)
    if size >= 2.0**66:
        return math.copysign(_ATAN_HIGH[3] + _ATAN_LOW[3], value)
    if size < 2.0**-29 or value != value:
        return value
    if size < 0.4375:
        return value - value * _atan_sum(value)
    if size < 1.1875:
        part, moved = (0, (2.0 * size - 1.0) / (2.0 + size)) if size < 0.6875 else (1, (size - 1.0) / (size + 1.0))
    else:
        part, moved = (2, (size - 1.5) / (1.0 + 1.5 * size)) if size < 2.4375 else (3, -1.0 / size)
    return math.copysign(_ATAN_HIGH[part] - ((moved * _atan_sum(moved) - _ATAN_LOW[part]) - moved), value)


def atan2(y: float, x: float) -> float:
    if x != x or y != y or y == 0 or x == 0 or math.isinf(x) or math.isinf(y):
        return math.atan2(y, x)  # the angles of the axes are the same everywhere
    if x == 1:
        return atan(y)
    distance = (_high(abs(y)) >> 20) - (_high(abs(x)) >> 20)
    distance -= (_high(abs(y)) & 0xFFFFF) < (_high(abs(x)) & 0xFFFFF)
    if distance > 60:
        angle = _HALF_PI + 0.5 * _PI_LOW
    elif x < 0 and distance < -60:
        angle = 0.0
    else:
        angle = atan(abs(y / x))
    if x > 0:
        return math.copysign(angle, y)
    return math.pi - (angle - _PI_LOW) if y > 0 else (angle - _PI_LOW) - math.pi


def cosh(value: float) -> float:
    size = abs(value)
    if _high(size) < 0x3FD62E43:
        small = expm1(size)
        return 1.0 + small if size < 2.0**-55 else 1.0 + (small * small) / (2 * (1.0 + small))
    if size < 22:
        power = exp(size)
        return 0.5 * power + 0.5 / power
    return _half_exp(size)


def sinh(value: float) -> float:
    size = abs(value)
    if size < 2.0**-28 or value != value:
        return value
    if size < 22:
        small = expm1(size)
        doubled = 2.0 * small - small * small / (small + 1.0) if size < 1 else small + small / (small + 1.0)
        return math.copysign(0.5 * doubled, value)
    return math.copysign(_half_exp(size), value)


def tanh(value: float) -> float:
    size = abs(value)
    if value != value or size < 2.0**-55:
        return value * (1.0 + value)
    if size >= 22:
        return math.copysign(1.0, value)
    if size >= 1:
        return math.copysign(1.0 - 2.0 / (expm1(2.0 * size) + 2.0), value)
    small = expm1(-2.0 * size)
    return math.copysign(-small / (small + 2.0), value)


def exp(value: float) -> float:
    """Return e to a power, for values up to 710."""
    size = abs(value)
    power, high, low = _reduced(value, size)
    if not power:
        if size < 2.0**-28:
            return 1.0 + value
        high, low = value, 0.0
    rest = high - low
    square = rest * rest
    part = rest - square * _polynomial(_EXP, square)
    if not power:
        return 1.0 - ((rest * part) / (part - 2.0) - rest)
    return math.ldexp(1.0 - ((low - (rest * part) / (2.0 - part)) - high), power)


def expm1(value: float) -> float:
    """Return e to a power, less one, for values up to 710."""
    size = abs(value)
    if value < -56 * math.log(2):
        return -1.0
    power, high, low = _reduced(value, size)
    if not power and size < 2.0**-54:
        return value
    rest = high - low if power else value
    lost = (high - rest) - low if power else 0.0
    half = 0.5 * rest
    square = rest * half
    series = _polynomial(_EXPM1, square)
    part = 3.0 - series * half
    error = square * ((series - part) / (6.0 - rest * part))
    if not power:
        return rest - (rest * error - square)
    error = (rest * (error - lost) - lost) - square
    return _scaled_less_one(power, rest, error)


def _scaled_less_one(power: int, rest: float, error: float) -> float:
    if power == -1:
        return 0.5 * (rest - error) - 0.5
    if power == 1:
        return -2.0 * (error - (rest + 0.5)) if rest < -0.25 else 1.0 + 2.0 * (rest - error)
    if power <= -2 or power > 56:
        return math.ldexp(1.0 - (error - rest), power) - 1.0
    if power < 20:
        return math.ldexp((1.0 - 2.0**-power) - (error - rest), power)
    return math.ldexp((rest - (error + 2.0**-power)) + 1.0, power)


def _reduced(value: float, size: float) -> tuple[int, float, float]:
    """Return k and two numbers whose difference is the value less k times ln 2."""
    if _high(size) <= 0x3FD62E42:
        return 0, value, 0.0
    sign = -1 if value < 0 else 1
    power = sign if _high(size) < 0x3FF0A2B2 else int(_INVERSE_LN2 * value + 0.5 * sign)
    return power, value - power * _LN2_HIGH, power * _LN2_LOW


def _half_exp(size: float) -> float:
    if size <= _LOG_MAX:
        return 0.5 * exp(size)
    if not size <= _OVERFLOW:
        return size * math.inf
    root = exp(0.5 * size)
    return 0.5 * root * root


def _ratio(square: float) -> float:
    return square * _polynomial(_P, square) / _polynomial(_Q, square)


def _atan_sum(value: float) -> float:
    square = value * value
    fourth = square * square
    return square * _polynomial(_ATAN_EVEN, fourth) + fourth * _polynomial(_ATAN_ODD, fourth)


def _polynomial(coefficients: Sequence[float], value: float) -> float:
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * value + coefficient
    return total


def _high(value: float) -> int:
    """Return the upper 32 bits of a positive number."""
    return int(struct.unpack(">q", struct.pack(">d", value))[0] >> 32)


def _of_high(high: int) -> float:
    return float(struct.unpack(">d", struct.pack(">q", high << 32))[0])
