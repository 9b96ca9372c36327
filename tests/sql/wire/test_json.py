"""JSON, exact and fast: coercions, and the law between the two ways."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.sql import types
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.wire import json as exact
from controlcenter.sql.wire.base import Malformed
from controlcenter.sql.wire.fast import RowReader

JSON = Format("JSON")
TYPES = [
    types.BOOLEAN,
    types.INTEGER,
    types.BIGINT,
    types.DOUBLE,
    types.STRING,
    types.BYTES,
    types.DATE,
    types.TIME,
    types.TIMESTAMP,
    types.Decimal(6, 2),
    types.Array(types.INTEGER),
    types.Map(types.STRING, types.DOUBLE),
    types.Struct((("F", types.INTEGER), ("G", types.STRING))),
]


def read(text, *columns, wrap=None, is_key=False):
    data = text.encode() if isinstance(text, str) else text
    return exact.reader(columns, Format("JSON", wrap=wrap), is_key)(data)


def written(value, kind, name="A"):
    return exact.writer([Column(name, kind)], JSON, False)([value])


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12", types.INTEGER, 12),
        ("12.9", types.INTEGER, 12),
        ("-12.9", types.INTEGER, -12),
        ("4294967297", types.INTEGER, 1),
        ('"+17"', types.INTEGER, 17),
        ("9223372036854775808", types.BIGINT, -9223372036854775808),
        ("1e999999", types.BIGINT, 0),
        ('"1.5"', types.DOUBLE, 1.5),
        ('"-Infinity"', types.DOUBLE, float("-inf")),
        ("7", types.STRING, "7"),
        ("1.10", types.STRING, "1.10"),
        ("true", types.STRING, "true"),
        ('{"b": 1, "a": [1.50, "x"]}', types.STRING, '{"b":1,"a":[1.50,"x"]}'),
        ('[1, "x", null]', types.STRING, "[1, x, null]"),
        ('"AAH/"', types.BYTES, b"\x00\x01\xff"),
        ("1.5", types.Decimal(4, 2), Decimal("1.50")),
        ('"1.5"', types.Decimal(4, 2), Decimal("1.50")),
        ('{"f": 1}', types.Struct((("F", types.INTEGER),)), {"F": 1}),
        ("86400000", types.TIME, 86400000),
    ],
)
def test_a_value_becomes_what_its_column_wants(text, kind, value):
    assert read(f'{{"A":{text}}}', Column("A", kind)) == [value]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", types.BOOLEAN),
        ('"true"', types.BOOLEAN),
        ("true", types.INTEGER),
        ('" 1"', types.INTEGER),
        ('"2147483648"', types.INTEGER),
        ('""', types.BIGINT),
        ('"x"', types.DOUBLE),
        ("1.555", types.Decimal(4, 2)),
        ("100.00", types.Decimal(4, 2)),
        ('"a*b"', types.BYTES),
        ("86400001", types.TIME),
        ("[1]", types.Map(types.STRING, types.INTEGER)),
        ("NaN", types.DOUBLE),
        ("[" * 101 + "]" * 101, types.STRING),
    ],
)
def test_a_value_of_the_wrong_kind_drops_the_record(text, kind):
    with pytest.raises(Malformed):
        read(f'{{"A":{text}}}', Column("A", kind))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"A":01}', b"[]", b"3", b'{"A":"\xff"}', b'{"A":' + b"[" * 5000])
def test_bytes_that_are_no_object_drop_the_record(data):
    with pytest.raises(Malformed):
        read(data, Column("A", types.STRING))


def test_what_follows_the_first_value_is_ignored_and_null_is_a_null_record():
    assert read('{"A":1} trailing', Column("A", types.INTEGER)) == [1]
    assert read("null", Column("A", types.INTEGER)) is None


def test_the_exact_name_wins_over_lower_case_over_any_other_spelling():
    column = Column("AB", types.INTEGER)
    assert read('{"AB":1,"ab":2,"Ab":3}', column) == [1]
    assert read('{"ab":2,"Ab":3}', column) == [2]
    assert read('{"Ab":3,"aB":4}', column) == [4]


def test_a_single_key_is_bare_and_bare_empty_text_is_text():
    assert read("5", Column("K", types.INTEGER, "KEY"), is_key=True) == [5]
    assert read("", Column("K", types.STRING, "KEY"), is_key=True) == [""]
    assert exact.writer([Column("K", types.STRING, "KEY")], JSON, True)([None]) is None


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1e10, types.DOUBLE, "1.0E10"),
        (0.0001, types.DOUBLE, "1.0E-4"),
        (-0.0, types.DOUBLE, "-0.0"),
        (float("nan"), types.DOUBLE, '"NaN"'),
        (Decimal("1E+2").quantize(Decimal("1.00")), types.Decimal(5, 2), "100.00"),
        ("ü\n\ud800", types.STRING, '"ü\\n?"'),
        (b"\x00\xff", types.BYTES, '"AP8="'),
        ({"F": None}, types.Struct((("F", types.INTEGER), ("G%", types.STRING))), '{"F":null,"G%":null}'),
        ({"a": [None, True]}, types.Map(types.STRING, types.Array(types.BOOLEAN)), '{"a":[null,true]}'),
    ],
)
def test_a_value_is_written_as_java_writes_it(value, kind, text):
    assert written(value, kind).decode() == f'{{"A":{text}}}'


def test_a_name_with_percent_and_quotes_survives():
    assert json.loads(written(1, types.INTEGER, 'a%d"b')) == {'a%d"b': 1}


# — the law: fast(b) is exact(b), or fast raises ————————————————————————————————

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["-0", "1e400", "1E2", "1.0", "0.1e-7", "-1.50", "1e-400", "12345678901234567890123"]),
)
SCALARS = st.one_of(NUMBERS, st.text(max_size=5).map(json.dumps), st.sampled_from(["null", "true", '"12"', '"1.5"', '"AAH/"', '"2020"']))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[" + ",".join(parts) + "]"),
        st.dictionaries(st.sampled_from(["f", "F", "g", "x y"]), inner, max_size=3).map(
            lambda parts: "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in parts.items()) + "}"
        ),
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(["A", "a", "Bb", "BB", "bb", "bB", "zzz", "\\u0041"])
RECORDS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(
    lambda parts: ("{" + ", ".join(f'"{n}" : {v}' for n, v in parts) + "}").encode()
)
ODD = st.one_of(RECORDS, st.binary(max_size=12), RECORDS.map(lambda r: r + b" x"), RECORDS.map(lambda r: r[:-1]), st.just(b"null"))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(TYPES), min_size=2, max_size=2), st.lists(ODD, min_size=1, max_size=8))
def test_the_quick_way_gives_what_the_exact_way_gives_or_declines(kinds, records):
    reader = RowReader([Column("A", kinds[0]), Column("BB", kinds[1])])
    exact_reader = exact.reader([Column("A", kinds[0]), Column("BB", kinds[1])], JSON, False)
    for data in records:
        try:
            quick = reader.quick(data)
        except Exception:
            quick = None
        if quick is not None:
            assert repr([quick.c0, quick.c1]) == repr(exact_reader(data))
        try:
            row = reader.exact(data)
        except Malformed:
            with pytest.raises(Malformed):
                exact_reader(data)
        else:
            assert repr(exact_reader(data)) == repr(None if row is None else [row.c0, row.c1])


@pytest.mark.parametrize(
    ("taught", "odd", "value"),
    [
        ('{"ab":1}', '{"ab":1,"AB":2}', 2),
        ('{"Ab":1}', '{"Ab":1,"ab":2}', 2),
        ('{"Ab":1}', '{"Ab":1,"aB":2}', 2),
        ('{"Ab":1}', '{"Ab":1,"\\u0041b":2}', 2),
        ('{"AB":1}', '{"AB":1,"ab":2}', 1),
        ('{"x":0}', '{"\\u0041B":3}', 3),
        ('{"ab":1}', '{"ab":"7"}', 7),
    ],
)
def test_the_quick_way_sees_a_name_that_wins_over_the_one_it_learned(taught, odd, value):
    reader = RowReader([Column("AB", types.INTEGER), Column("C", types.INTEGER)])
    reader.exact(taught.encode())
    try:
        row = reader.quick(odd.encode())
    except Exception:
        row = reader.exact(odd.encode())
    assert row.c0 == value


def test_counting_all_reads_nothing_and_still_drops_what_is_no_json():
    reader = RowReader([])
    reader.quick(b'{"a":1}')
    with pytest.raises(Exception, match=r"malformed|truncated"):
        reader.quick(b'{"a":1')
