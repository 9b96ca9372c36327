"""Java's text, integers, decimals and LIKE, by value."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controlcenter.sql.java import decimals, doubles, dtoa, integers, iso, like, text, zones


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1.0"), (-0.0, "-0.0"), (0.0, "0.0"), (1e7, "1.0E7"), (9999999.0, "9999999.0"), (0.001, "0.001"), (0.0001, "1.0E-4"),
        (12345678901.0, "1.2345678901E10"), (float("nan"), "NaN"), (float("-inf"), "-Infinity"), (2.0**62, "4.6116860184273879E18"),
        (5e-324, "4.9E-324"), (2.0**-44, "5.6843418860808015E-14"), (1.7976931348623157e308, "1.7976931348623157E308"),
    ],
)  # fmt: skip
def test_doubles_are_written_as_java_does(value, written):
    assert doubles.text(value) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_reads_back(value):
    assert doubles.parse(doubles.text(value)) == value


@given(st.integers(1, 10**15 - 1), st.integers(-34, 0))
def test_few_digits_are_found_the_short_way_too(number, power):
    value = float(f"{number}e{power}")
    if 1e-20 <= value < 2**53:
        assert dtoa.digits(value) == dtoa.jdk_digits(value)


@pytest.mark.parametrize("given", ["", "NaN", "Infinity", "1_0", "0x1p3", "1e", ".", "1 2", "١"])
def test_what_is_no_double_is_refused(given):
    with pytest.raises(ValueError, match="For input string"):
        doubles.parse(given)


@pytest.mark.parametrize(("given", "value"), [(" 1.5 ", 1.5), ("1d", 1.0), (".5", 0.5), ("1.", 1.0), ("-1E2f", -100.0), ("+3", 3.0)])
def test_what_is_a_double_is_read(given, value):
    assert doubles.parse(given) == value


@pytest.mark.parametrize(
    ("value", "whole"), [(1.9, 1), (-1.9, -1), (float("nan"), 0), (1e30, 2**63 - 1), (-1e30, -(2**63)), (float("inf"), 2**63 - 1)]
)
def test_doubles_are_cut_and_saturate(value, whole):
    assert doubles.to_long(value) == whole


def test_narrow_integers_saturate_too():
    assert doubles.to_int(1e10) == 2**31 - 1
    assert doubles.to_int(-1e10) == -(2**31)


@pytest.mark.parametrize(("left", "right", "rest"), [(5.5, 2.0, 1.5), (-5.5, 2.0, -1.5), (5.5, float("inf"), 5.5), (-0.0, 2.0, -0.0)])
def test_the_remainder_of_doubles_has_the_dividend_s_sign(left, right, rest):
    assert doubles.text(doubles.remainder(left, right)) == doubles.text(rest)


@pytest.mark.parametrize(("left", "right"), [(1.0, 0.0), (float("inf"), 2.0), (float("nan"), 1.0), (1.0, float("nan"))])
def test_a_remainder_that_is_none_is_nan(left, right):
    assert doubles.text(doubles.remainder(left, right)) == "NaN"


@pytest.mark.parametrize(
    ("left", "right", "quotient"), [(1.0, 0.0, "Infinity"), (-1.0, 0.0, "-Infinity"), (1.0, -0.0, "-Infinity"), (0.0, 0.0, "NaN")]
)
def test_doubles_divide_by_zero(left, right, quotient):
    assert doubles.text(doubles.divide(left, right)) == quotient


def test_the_order_of_doubles_is_java_s():
    values = [float("nan"), float("inf"), 1.0, 0.0, -0.0, -1.0, float("-inf")]
    assert [doubles.text(value) for value in sorted(values, key=doubles.order)] == [doubles.text(value) for value in reversed(values)]


@given(st.integers(-(2**70), 2**70))
def test_wrapping_keeps_the_low_bits(value):
    assert integers.wrap32(value) & 0xFFFFFFFF == value & 0xFFFFFFFF
    assert -(2**31) <= integers.wrap32(value) < 2**31
    assert integers.wrap64(value) & 0xFFFFFFFFFFFFFFFF == value & 0xFFFFFFFFFFFFFFFF
    assert -(2**63) <= integers.wrap64(value) < 2**63


@given(st.integers(-1000, 1000), st.integers(-50, 50).filter(bool))
def test_division_cuts_toward_zero(left, right):
    assert integers.divide(left, right) == int(left / right)
    assert left == right * integers.divide(left, right) + integers.remainder(left, right)
    assert integers.remainder(left, right) == 0 or (integers.remainder(left, right) < 0) == (left < 0)


@pytest.mark.parametrize("given", ["", "+", "1.0", " 1", "1_000", "١", "2147483648", "0x1"])
def test_what_is_no_integer_is_refused(given):
    with pytest.raises(ValueError, match="For input string"):
        integers.parse_int(given)
    assert integers.parse_int("-2147483648") == -(2**31)
    assert integers.parse_long("+9223372036854775807") == 2**63 - 1


@pytest.mark.parametrize(
    ("value", "precision", "scale", "kept"),
    [("1.25", 3, 1, "1.3"), ("-1.25", 3, 1, "-1.3"), ("9.94", 2, 1, "9.9"), ("0.05", 1, 1, "0.1"), ("12", 4, 2, "12.00")],
)
def test_decimals_are_rounded_half_up_into_their_type(value, precision, scale, kept):
    assert str(decimals.fit(Decimal(value), precision, scale)) == kept


def test_a_decimal_with_too_many_digits_is_refused():
    for value in ("10", "-10", "9.95"):
        with pytest.raises(ValueError, match="overflow"):
            decimals.fit(Decimal(value), 2, 1)
    with pytest.raises(ValueError, match="without rounding"):
        decimals.ensure_fit(Decimal("1.25"), 5, 1)
    assert str(decimals.ensure_fit(Decimal("1.5"), 5, 2)) == "1.50"


def test_quotients_that_need_rounding_are_refused():
    assert str(decimals.divide(Decimal("1.00"), Decimal("8.00"), 10, 6)) == "0.125000"
    with pytest.raises(ValueError, match="Rounding"):
        decimals.divide(Decimal("1.00"), Decimal("3.00"), 10, 6)
    with pytest.raises(ZeroDivisionError):
        decimals.divide(Decimal(1), Decimal(0), 10, 6)


def test_decimals_of_any_length_add_and_multiply_exactly():
    long = Decimal("1234567890" * 8 + ".5")
    assert str(decimals.add(long, Decimal("0.5"), 90, 1)) == "1234567890" * 7 + "1234567891" + ".0"
    assert decimals.plain(decimals.multiply(long, Decimal(2), 90, 1)).endswith("2469135781.0")
    assert str(decimals.remainder(Decimal("-7.5"), Decimal("2.0"), 5, 1)) == "-1.5"
    assert str(decimals.subtract(Decimal("1.5"), Decimal("2.25"), 5, 2)) == "-0.75"
    with pytest.raises(ValueError, match="Rounding"):
        decimals.add(Decimal("99.9"), Decimal("0.2"), 3, 1)


def test_a_double_becomes_its_exact_binary_value():
    assert str(decimals.from_double(0.1, 20, 18)) == "0.100000000000000006"
    assert str(decimals.of_text(0.1)) == "0.1"


@given(st.text())
@example("a😀b")
def test_units_join_to_the_text_again(value):
    assert text.joined(text.units(value)) == value
    assert text.length(value) == len(text.units(value)) == len(value.encode("utf-16-le", "surrogatepass")) // 2


def test_text_sorts_by_its_units_and_bytes_by_their_sign():
    assert sorted(["\uffff", "😀", "a"], key=text.order) == ["a", "😀", "\uffff"]
    assert sorted([b"\x00", b"\x80", b"\x7f", b"\x80\x00"], key=text.signed) == [b"\x80", b"\x80\x00", b"\x00", b"\x7f"]


@pytest.mark.parametrize(
    ("given", "pattern", "escape", "is_like"),
    [
        ("hello", "he%", None, True), ("hello", "he_lo", None, True), ("hello", "h%l%o", None, True), ("hello", "%x%", None, False),
        ("hello", "hell", None, False), ("", "%", None, True), ("", "", None, True), ("a", "", None, False), ("a\nb", "a%b", None, False),
        ("a\nb", "a_b", None, False), ("a\nb", "a\nb", None, True), ("a%b", "a!%b", "!", True), ("axb", "a!%b", "!", False),
        ("a_", "a!_", "!", True), ("a!", "a!!", "!", True), ("aXbXc", "a%X_", None, True), ("abab", "ab%ab", None, True),
        ("aba", "ab%ba", None, False), ("a.c", "a.c", None, True), ("abc", "a.c", None, False), ("%%", "%", None, True),
    ],
)  # fmt: skip
def test_like(given, pattern, escape, is_like):
    assert like.matches(given, pattern, escape) is is_like


@given(st.text("ab\n"), st.text("ab%_\n"))
def test_like_is_what_a_slow_reading_says(value, pattern):
    assert like.matches(value, pattern) == slowly(value, pattern)


def slowly(value, pattern):
    """Tell the same by following every place that the pattern so far may have reached."""
    reached = {0}
    for char in pattern:
        if char == "%":
            for at in sorted(reached):
                while at < len(value) and value[at] != "\n":
                    at += 1
                    reached.add(at)
        else:
            reached = {at + 1 for at in reached if at < len(value) and (value[at] != "\n" if char == "_" else value[at] == char)}
    return len(value) in reached


def test_a_long_pattern_over_a_long_text_is_quick():
    assert not like.matches("a" * 200_000, "%" + "a%" * 200 + "b")


@pytest.mark.parametrize(
    ("given", "instant"),
    [
        ("2024", 1704067200000), ("2024-02", 1706745600000), ("2024-02-29", 1709164800000), ("2024-02-29T13", 1709211600000),
        ("2024-02-29T13:05", 1709211900000), ("2024-02-29T13:05:09.120", 1709211909120), ("2024-02-29T13:05:09.120+0200", 1709204709120),
        ("2024-02-29T13:05Z", 1709211900000), ("2024-02-29T13:05-01:30", 1709217300000), ("2024-02-29T", 1709164800000),
        ("2024-02-28T24", 1709164800000), ("2024-02-28T24:00:00.000", 1709164800000), ("2024-02-28T24:00+0200", 1709157600000),
    ],
)  # fmt: skip
def test_partial_timestamps_are_read(given, instant):
    assert iso.parse_timestamp(given) == instant


@pytest.mark.parametrize(
    "given",
    [
        "",
        "24",
        "2024-13",
        "2023-02-29",
        "2024-02-29T25",
        "2024-02-29 13:05",
        "2024-02-29T13:05x",
        "2024-02-28T24:01",
        "2024-02-28T24:00:00.001",
    ],
)
def test_what_is_no_timestamp_is_refused(given):
    with pytest.raises(ValueError, match=r".+"):
        iso.parse_timestamp(given)


def test_dates_and_times_have_their_texts():
    assert iso.timestamp_text(-1) == "1969-12-31T23:59:59.999"
    assert iso.date_text(-719_528) == "0000-01-01"
    assert iso.time_text(46_805_000) == "13:00:05"
    assert iso.parse_time("13:05:09.1234") == 47_109_123
    assert iso.parse_date("2024-2-9") == iso.parse_date("2024-02-09")
    with pytest.raises(ValueError, match="time"):
        iso.parse_time("1:05")
    with pytest.raises(ValueError, match="time"):
        iso.parse_time("24:00")


@pytest.mark.parametrize(
    ("name", "offset"), [("UTC", 0), ("Z", 0), ("GMT+2", 7200), ("+02:00", 7200), ("-0330", -12600), ("UTC-01:00", -3600), ("+5", 18000)]
)
def test_fixed_zones(name, offset):
    assert zones.find(name) == offset


@pytest.mark.parametrize("name", ["Nowhere", "+25:00", "+026", "../etc/passwd", "", "GMT+2:0"])
def test_unknown_zones_are_refused(name):
    with pytest.raises(ValueError, match=r"zone|offset"):
        zones.find(name)
