"""The decimal digits that JDK 18 and older print for a double: often the shortest that read back, sometimes one digit more.

ksqlDB runs on such a JDK, so its results have these digits: 2⁶² prints as 4.6116860184273879E18. The way is that of the JDK's
FloatingDecimal: digits leave one by one until the rest is within half a unit of the last place, by a test that is not quite exact.
"""

import math
import struct

_HIDDEN = 1 << 52
_POWERS_OF_5_BITS = [(5**n).bit_length() for n in range(28)]


def digits(size: float) -> tuple[str, int]:
    """Return the digits of a positive number, and the power of ten of the first."""
    if 1e-20 <= size < 2**53:
        found, first = shortest(size)
        if len(found) <= 15:  # the JDK finds these too, without its doubtful test: measured, no exception in 460,000
            return found, first
    return jdk_digits(size)


def shortest(size: float) -> tuple[str, int]:
    """Return the shortest digits that read back, which Python writes."""
    mantissa, _, power = repr(size).partition("e")
    whole, _, fraction = mantissa.partition(".")
    found = (whole + fraction).lstrip("0")
    first = len(whole.lstrip("0")) - 1 if whole.strip("0") else -1 - (len(fraction) - len(fraction.lstrip("0")))
    return found.rstrip("0") or "0", first + int(power or 0)


def jdk_digits(size: float) -> tuple[str, int]:
    """Return the digits as the JDK develops them."""
    bits = struct.unpack(">q", struct.pack(">d", size))[0]
    exponent, fraction = bits >> 52, bits & (_HIDDEN - 1)
    significant = 53
    if exponent:
        fraction |= _HIDDEN
    else:
        shift = 53 - fraction.bit_length()
        fraction <<= shift
        exponent = 1 - shift
        significant -= shift
    power = exponent - 1023
    zeros = (fraction & -fraction).bit_length() - 1
    width = 53 - zeros
    tiny = max(0, width - power - 1)
    if -21 <= power <= 62 and not tiny and width < 64:
        return _whole(fraction << power - 52 if power >= 52 else fraction >> 52 - power, power, significant)
    return _develop(fraction >> zeros, width, power, significant, tiny, _estimate(fraction, power))


def _whole(value: int, power: int, significant: int) -> tuple[str, int]:
    """Return the digits of a whole number of up to 63 bits, those beyond its precision rounded off."""
    beyond = power - significant - 1
    dropped = int(beyond * math.log10(2)) if power > significant and beyond > 1 else 0
    if dropped:
        value, rest = divmod(value, 10**dropped)
        value += rest >= 10**dropped // 2
    text = str(value)
    return text.rstrip("0"), len(text) - 1 + dropped


def _estimate(fraction: int, power: int) -> int:
    """Return the power of ten of the first digit, or one more."""
    mantissa: float = struct.unpack(">d", struct.pack(">q", 1023 << 52 | fraction & (_HIDDEN - 1)))[0]
    return math.floor((mantissa - 1.5) * 0.289529654 + 0.176091259 + power * 0.301029995663981)


def _develop(fraction: int, width: int, power: int, significant: int, tiny: int, first: int) -> tuple[str, int]:
    """Return the digits of value/scale, with a margin of half a unit of the last place, all three as whole numbers."""
    five, scale_five = max(0, -first), max(0, first)
    two, scale_two = five + tiny + power, scale_five + tiny
    margin_two = two - significant
    two -= width - 1
    common = min(two, scale_two)
    two, scale_two, margin_two = two - common, scale_two - common, margin_two - common
    margin_two -= width == 1  # below a power of two the numbers lie half as far apart
    if margin_two < 0:
        two, scale_two, margin_two = two - margin_two, scale_two - margin_two, 0
    word = _word(width + two + _bits_of_5(five), scale_two + 1 + _bits_of_5(scale_five + 1))
    value, scale, margin = fraction * 5**five << two, 5**scale_five << scale_two, 5**five << margin_two
    tens = scale * 10
    found: list[int] = []
    digit, value = _next(value, scale)
    margin = _wrap(margin * 10, word)
    low, high = value < margin, _is_high(value + margin, tens, word)
    if digit == 0 and not high:
        first -= 1
    else:
        found.append(digit)
    if first < -3 or first >= 8:
        low = high = False
    while not low and not high:
        digit, value = _next(value, scale)
        margin = _wrap(margin * 10, word)
        low, high = (value < margin, _is_high(value + margin, tens, word)) if margin > 0 else (True, True)
        found.append(digit)
    rest = 2 * value - tens
    if high and (not low or rest > 0 or (rest == 0 and found[-1] % 2)):
        first += _round_up(found)
    return "".join(map(str, found)).rstrip("0") or "0", first


def _next(value: int, scale: int) -> tuple[int, int]:
    digit, rest = divmod(value, scale)
    return digit, rest * 10


def _word(value_bits: int, scale_bits: int) -> int:
    """Return how many bits the JDK computes with: 32, 64, or 0 for as many as needed."""
    if value_bits < 32 and scale_bits < 32:
        return 32
    return 64 if value_bits < 64 and scale_bits < 64 else 0


def _wrap(value: int, word: int) -> int:
    return (value + (1 << word - 1)) % (1 << word) - (1 << word - 1) if word else value


def _is_high(total: int, tens: int, word: int) -> bool:
    return _wrap(total, word) > tens if word else total >= tens


def _bits_of_5(power: int) -> int:
    return _POWERS_OF_5_BITS[power] if power < len(_POWERS_OF_5_BITS) else power * 3


def _round_up(found: list[int]) -> int:
    """Add one to the last digit; return 1 when the number got one digit longer."""
    at = len(found) - 1
    while at > 0 and found[at] == 9:
        found[at] = 0
        at -= 1
    if found[at] == 9:
        found[:] = [1] + [0] * (len(found) - 1)
        return 1
    found[at] += 1
    return 0
