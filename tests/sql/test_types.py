"""Types: their text, and which one becomes which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.sql import analyze_typer, parser, types
from controlcenter.sql.types import Array, Decimal, Map, Struct

primitives = st.sampled_from(sorted(set(types.PRIMITIVES.values()), key=str))
decimals = st.builds(lambda p, s: Decimal(p, min(p, s)), st.integers(1, 40), st.integers(0, 40))
fields = st.dictionaries(st.text(min_size=1, max_size=4), primitives | decimals, max_size=3).map(lambda f: Struct(tuple(f.items())))
anything = st.recursive(primitives | decimals | fields, lambda t: t.map(Array) | st.builds(Map, t, t), max_leaves=4)
numbers = st.sampled_from([types.INTEGER, types.BIGINT, types.DOUBLE]) | decimals


@given(anything)
def test_a_types_text_is_read_as_itself(kind):
    assert analyze_typer.resolve(parser.type_name(str(kind)), {}) == kind


@given(numbers, numbers)
def test_the_wider_number_holds_both_and_does_not_ask_who_is_first(one, other):
    wide = types.wider_number(one, other)
    assert wide == types.wider_number(other, one)
    assert types.can_widen(one, wide)
    assert types.can_widen(other, wide)


@given(numbers, numbers, numbers)
def test_widening_twice_is_widening_at_once(one, other, third):
    if types.can_widen(one, other) and types.can_widen(other, third):
        assert types.can_widen(one, third)


@given(anything)
def test_every_type_becomes_itself_and_null_becomes_every_type(kind):
    assert types.can_widen(kind, kind)
    assert types.can_cast(kind, kind)
    assert types.can_cast(types.NULL, kind)


@pytest.mark.parametrize(
    ("given_type", "wanted", "can"),
    [
        (types.INTEGER, types.STRING, True),
        (types.STRING, types.BOOLEAN, True),
        (types.BOOLEAN, types.INTEGER, False),
        (types.BYTES, types.STRING, False),
        (types.TIMESTAMP, types.DATE, True),
        (types.TIME, types.TIMESTAMP, False),
        (Array(types.STRING), Array(types.INTEGER), True),
        (Array(types.STRING), Map(types.STRING, types.STRING), False),
        (Struct((("A", types.STRING),)), Struct((("A", types.DOUBLE), ("B", types.BYTES))), True),
        (Struct((("A", types.BOOLEAN),)), Struct((("A", types.DOUBLE),)), False),
    ],
)
def test_a_cast_knows_its_ways(given_type, wanted, can):
    assert types.can_cast(given_type, wanted) is can


def test_a_map_anywhere_inside_makes_a_type_unfit_for_keys():
    assert types.contains_map(Array(Struct((("A", Map(types.STRING, types.INTEGER)),))))
    assert not types.contains_map(Array(types.STRING))
