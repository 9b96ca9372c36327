"""Order, equality, casts and exact arithmetic, where Python's own ways are not Java's."""

from decimal import Decimal

import pytest

from controlcenter.sql import types
from controlcenter.sql.operators import casts, compare, numbers

NAN = float("nan")


@pytest.mark.parametrize(
    ("less", "more"), [("a", "b"), ("", "a"), ("\ue000", "\uffff"), ("\U00010000", "\ue000"), ("a\U0001f600", "a\ufffd")]
)
def test_text_is_ordered_by_utf16_units(less, more):
    assert compare.text_order(less, more) < 0 < compare.text_order(more, less)
    assert compare.text_order(more, more) == 0


@pytest.mark.parametrize(("less", "more"), [(b"\x80", b"\x00"), (b"\x00", b"\x7f"), (b"\x01", b"\x01\x00")])
def test_bytes_are_ordered_as_signed_numbers(less, more):
    assert compare.bytes_order(less, more) < 0 < compare.bytes_order(more, less)


def test_a_double_meets_a_decimal_by_its_shortest_text():
    assert compare.number_order(0.1, Decimal("0.10")) == 0
    assert compare.number_order(Decimal("0.2"), 0.1) > 0
    assert compare.is_distinct(0.1, Decimal("0.1")) is False
    assert compare.is_distinct(None, Decimal(1)) is True
    assert compare.is_distinct(None, None) is False
    with pytest.raises(ArithmeticError):
        compare.number_order(NAN, Decimal(1))


def test_places_of_arrays_and_entries_of_maps():
    assert [compare.item([1, 2, 3], i) for i in (1, 3, -1, -3, 0, 4, -4, None)] == [1, 3, 3, 1, None, None, None, None]
    assert compare.item(None, 1) is None
    assert (compare.entry({"a": 1}, "a"), compare.entry({"a": 1}, "b"), compare.entry(None, "a")) == (1, None, None)


@pytest.mark.parametrize(
    ("op", "a", "b", "kind", "result"),
    [
        ("+", Decimal("1.50"), Decimal("2.5"), types.Decimal(5, 2), "4.00"),
        ("-", Decimal("1.50"), 2, types.Decimal(13, 2), "-0.50"),
        ("*", Decimal("1.50"), Decimal("2.5"), types.Decimal(6, 3), "3.750"),
        ("/", Decimal("1.00"), Decimal("8.00"), types.Decimal(9, 6), "0.125000"),
        ("%", Decimal("-7.5"), Decimal("2.0"), types.Decimal(2, 1), "-1.5"),
    ],
)
def test_decimals_keep_the_scale_of_their_type(op, a, b, kind, result):
    assert str(numbers.decimal_operation(op, kind)(a, b)) == result


@pytest.mark.parametrize(
    ("op", "a", "b"),
    [("/", Decimal("1.00"), Decimal("3.00")), ("/", Decimal(1), Decimal(0)), ("%", Decimal(1), 0), ("+", None, Decimal(1))],
)
def test_a_decimal_that_would_need_rounding_or_does_not_exist_is_an_error(op, a, b):
    with pytest.raises((ArithmeticError, ValueError, TypeError)):
        numbers.decimal_operation(op, types.Decimal(9, 6))(a, b)


@pytest.mark.parametrize(
    ("given", "wanted", "value", "result"),
    [
        (types.BIGINT, types.INTEGER, 2**31, -(2**31)),
        (types.DOUBLE, types.INTEGER, 1e300, 2**31 - 1),
        (types.DOUBLE, types.BIGINT, NAN, 0),
        (types.DOUBLE, types.BIGINT, -1.9, -1),
        (types.Decimal(4, 2), types.INTEGER, Decimal("-1.99"), -1),
        (types.STRING, types.INTEGER, " +7 ", 7),
        (types.STRING, types.BOOLEAN, " Ye", True),
        (types.STRING, types.BOOLEAN, "", False),
        (types.STRING, types.Decimal(3, 1), "2.25", Decimal("2.3")),
        (types.STRING, types.BYTES, "AQ==", b"\x01"),
        (types.DOUBLE, types.STRING, 1e10, "1.0E10"),
        (types.BOOLEAN, types.STRING, False, "false"),
        (types.TIMESTAMP, types.DATE, -1, -1),
        (types.TIMESTAMP, types.TIME, 86_400_001, 1),
        (types.DATE, types.TIMESTAMP, 1, 86_400_000),
        (types.Array(types.INTEGER), types.STRING, [1, None], "[1, null]"),
        (types.Map(types.STRING, types.INTEGER), types.STRING, {"a": 1}, "{a=1}"),
        (types.Struct((("A", types.INTEGER), ("B", types.STRING))), types.STRING, {"A": None, "B": "x"}, "Struct{B=x}"),
        (types.Array(types.INTEGER), types.Array(types.STRING), [1, None], ["1", None]),
        (
            types.Struct((("A", types.INTEGER), ("C", types.STRING))),
            types.Struct((("A", types.STRING), ("B", types.INTEGER))),
            {"A": 1, "C": "gone"},
            {"A": "1", "B": None},
        ),
    ],
)
def test_a_cast_gives(given, wanted, value, result):
    cast = casts.caster(given, wanted)
    assert cast(value) == result
    assert cast(None) is None


@pytest.mark.parametrize(
    ("given", "wanted", "value"),
    [
        (types.STRING, types.INTEGER, "1.0"),
        (types.STRING, types.BIGINT, "1_0"),
        (types.STRING, types.DOUBLE, "NaN"),
        (types.STRING, types.DATE, "soon"),
        (types.INTEGER, types.Decimal(2, 1), 10),
    ],
)
def test_a_cast_without_a_counterpart_is_an_error(given, wanted, value):
    with pytest.raises((ValueError, ArithmeticError)):
        casts.caster(given, wanted)(value)
