"""DELIMITED and KAFKA: what is read, what is written, what is declined."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.sql import types
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.wire import delimited, kafka, none
from controlcenter.sql.wire.base import Malformed

TWO = (Column("A", types.STRING), Column("B", types.INTEGER))


def form(delimiter=None):
    return Format("DELIMITED", (("delimiter", delimiter),) if delimiter else ())


def read(data, columns=TWO, delimiter=None):
    return delimited.reader(columns, form(delimiter), False)(data)


def write(values, columns=TWO, delimiter=None, is_key=False):
    return delimited.writer(columns, form(delimiter), is_key)(values)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b"x,1", ["x", 1]),
        (b'"x,y",1', ["x,y", 1]),
        (b'"a ""b""",-1', ['a "b"', -1]),
        (b",", [None, None]),
        (b'"",""', [None, None]),
        (b'"two\nlines",+3', ["two\nlines", 3]),
        (b"x,1\nmore,2", ["x", 1]),
        (b" x ,1", [" x ", 1]),
    ],
)
def test_a_line_is_read_as_csv(data, values):
    assert read(data) == values


@pytest.mark.parametrize("data", [b"", b"x", b"x,1,2", b"x, 1", b"x,1.0", b"x,2147483648", b'"x,1', b"\xff,1"])
def test_a_line_that_does_not_fit_is_declined(data):
    with pytest.raises(Malformed):
        read(data)


def test_other_delimiters_and_types():
    columns = [Column(str(i), kind) for i, kind in enumerate((types.BOOLEAN, types.DOUBLE, types.Decimal(4, 2), types.BYTES, types.TIME))]
    assert read(b"TRUE\t1e3\t1.5\tAQ==\t7", columns, "TAB") == [True, 1000.0, Decimal("1.50"), b"\x01", 7]
    assert write([False, 1e10, Decimal("1.50"), b"\x01", 7], columns, "SPACE") == b"false 1.0E10 1.50 AQ== 7"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (["x", 1], b"x,1"),
        ([None, None], b","),
        (["", 1], b'"",1'),
        (["-1", -1], b'"-1",-1'),
        (["a,b", None], b'"a,b",'),
        (['say "hi"', 2], b'"say ""hi""",2'),
        (["ends ", 2], b'"ends ",2'),
        (["#x", 2], b'"#x",2'),
    ],
)
def test_a_line_is_written_as_commons_csv_does(values, line):
    assert write(values) == line


@given(st.text(min_size=1).filter(lambda t: all(ord(c) not in range(0xD800, 0xE000) for c in t)), st.integers(-(2**31), 2**31 - 1))
def test_what_is_written_is_read_back(text, number):
    assert read(write([text, number])) == [text, number]


def test_a_single_null_key_has_no_bytes():
    assert write([None], (Column("K", types.STRING, "KEY"),), is_key=True) is None


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        (types.INTEGER, -2, b"\xff\xff\xff\xfe"),
        (types.BIGINT, 258, b"\x00\x00\x00\x00\x00\x00\x01\x02"),
        (types.DOUBLE, 1.5, b"?\xf8\x00\x00\x00\x00\x00\x00"),
        (types.STRING, "ü", "ü".encode()),
        (types.BYTES, b"\x00", b"\x00"),
    ],
)
def test_kafka_holds_one_bare_value(kind, value, data):
    columns = (Column("A", kind),)
    assert kafka.writer(columns, Format("KAFKA"), False)([value]) == data
    assert kafka.reader(columns, Format("KAFKA"), False)(data) == [value]
    assert kafka.writer(columns, Format("KAFKA"), False)([None]) is None


@pytest.mark.parametrize("kind", [types.INTEGER, types.BIGINT, types.DOUBLE])
def test_a_number_of_the_wrong_length_is_declined(kind):
    with pytest.raises(Malformed):
        kafka.reader((Column("A", kind),), Format("KAFKA"), False)(b"\x00")


def test_none_reads_and_writes_nothing():
    assert none.reader((), Format("NONE"), True)(b"anything") == []
    assert none.writer((), Format("NONE"), True)([]) is None
