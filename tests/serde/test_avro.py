"""Avro is read as fastavro reads it where that is safe, exactly where that rounds, and never down the stack."""

import io
import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.serde import avro, detect, encode
from controlcenter.serde.values import Unfit, Wrong
from tests.serde.build import Known, frame
from tests.serde.build import avro as schema

LONGS = st.integers(-(1 << 63), (1 << 63) - 1)
INTS = st.integers(-(1 << 31), (1 << 31) - 1)
TYPES: dict[str, Any] = {
    "null": st.none(), "boolean": st.booleans(), "int": INTS, "long": LONGS, "double": st.floats(allow_nan=False), "string": st.text(),
    "bytes": st.binary(),
}  # fmt: skip


@st.composite
def typed(draw: Any, depth: int = 0, names: Any = None) -> tuple[Any, Any]:
    """A schema, and the strategy of values that fit it."""
    names = names if names is not None else iter(range(1000))
    kind = draw(st.sampled_from([*TYPES, *(() if depth > 2 else ("array", "map", "record", "enum", "fixed", "union"))]))
    if kind in TYPES:
        return kind, TYPES[kind]
    if kind == "array":
        items, value = draw(typed(depth + 1, names))
        return {"type": "array", "items": items}, st.lists(value, max_size=4)
    if kind == "map":
        items, value = draw(typed(depth + 1, names))
        return {"type": "map", "values": items}, st.dictionaries(st.text(), value, max_size=4)
    name = f"n{next(names)}"
    if kind == "enum":
        return {"type": "enum", "name": name, "symbols": ["A", "B", "C"]}, st.sampled_from(["A", "B", "C"])
    if kind == "fixed":
        return {"type": "fixed", "name": name, "size": 5}, st.binary(min_size=5, max_size=5)
    if kind == "union":
        return ["null", "long", "string"], st.none() | LONGS | st.text()
    inner = [draw(typed(depth + 1, names)) for _ in range(draw(st.integers(1, 4)))]
    fields = [{"name": f"f{place}", "type": each} for place, (each, _) in enumerate(inner)]
    return {"type": "record", "name": name, "fields": fields}, st.fixed_dictionaries({f"f{p}": value for p, (_, value) in enumerate(inner)})


def fast(told: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(told), value)
    return out.getvalue()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_fastavro_writes_is_read_the_same_and_written_the_same(data: Any) -> None:
    told, strategy = data.draw(typed())
    value = data.draw(strategy)
    payload = fast(told, value)
    own = schema(json.dumps(told))
    read, _ = avro.read(own, payload)
    assert read == value
    found = detect.decode(frame(7, payload), topic="orders", schemas=Known(own))
    assert found.format == "avro"
    assert encode.encode("avro", found.text, own) == frame(7, payload)


@given(st.integers(-(10**40), 10**40), st.integers(0, 30))
def test_decimals_are_exact_beyond_any_context(unscaled: int, scale: int) -> None:
    own = schema(json.dumps({"type": "bytes", "logicalType": "decimal", "precision": 50, "scale": scale}))
    size = max(1, (unscaled.bit_length() + 8) // 8)
    payload = encode.encode("avro", format(avro.decimal(unscaled, scale), "f"), own)
    assert payload is not None
    assert int.from_bytes(payload[6:], "big", signed=True) == unscaled
    assert len(payload) == 6 + size
    value, _ = avro.read(own, payload[5:])
    assert value.as_tuple().exponent == -scale
    text = detect.decode(payload, topic="orders", schemas=Known(own)).text
    assert Decimal(text).as_tuple().digits == value.as_tuple().digits


def test_integers_are_exact_and_the_note_says_who_rounds_them() -> None:
    found = detect.decode(frame(7, fast("long", 2**53 + 1)), topic="orders", schemas=Known(schema('"long"')))
    assert found.text == "9007199254740993"
    assert "beyond 2^53" in found.notes[0]


def test_no_number_is_named_and_shown() -> None:
    found = detect.decode(frame(7, fast("double", float("nan"))), topic="orders", schemas=Known(schema('"double"')))
    assert found.text == "NaN"
    assert not found.is_exact


def test_a_float_has_the_digits_that_tell_it_from_its_neighbours() -> None:
    assert detect.decode(frame(7, fast("float", 0.1)), topic="orders", schemas=Known(schema('"float"'))).text == "0.1"


NODE = '{"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}'
HOSTILE = [
    (NODE, b"\x02" * 100_000 + b"\x00", "its data nest deeper than 100"),
    ('{"type": "array", "items": "null"}', b"\xfe\xff\xff\xff\x0f\x00", "it holds more than 1,000,000 values"),
    (
        '{"type": "array", "items": {"type": "fixed", "name": "Z", "size": 0}}',
        b"\xfe\xff\xff\xff\x0f\x00",
        "it holds more than 1,000,000 values",
    ),
    ('"string"', b"\x80\x80\x80\x80\x80\x40", "a length at byte 0 says 1,099,511,627,776; 0 bytes are there"),
    ('"bytes"', b"\x09abc", "a length at byte 0 says -5; 3 bytes are there"),
    ('"boolean"', b"\x02", "a boolean at byte 0 is 2"),
    ('"int"', b"\x80\x80\x80\x80\x20", "an int at byte 0 has more than 32 bits"),
    ('["null", "long"]', b"\x06", "a union at byte 0 says 3; it has 2 branches"),
    ('{"type": "enum", "name": "E", "symbols": ["A"]}', b"\x02", "the enum E at byte 0 says 1; it has 1 symbols"),
    ('"string"', b"\x04\xc3\x28", "a string before byte 3 is no UTF-8"),
    ('"double"', b"\x00" * 7, "the bytes end within a value, after 7"),
    ("[" * 300 + "]" * 300, b"\x00", "its schema nests deeper than 256"),
    ('{"type": "record", "name": "A", "fields": [{"name": "b", "type": "B"}]}', b"\x00", "its schema names 'B', which is defined nowhere"),
    ("not json", b"\x00", "its schema is no JSON"),
]


@pytest.mark.parametrize(("text", "payload", "said"), HOSTILE, ids=[str(place) for place in range(len(HOSTILE))])
def test_hostile_bytes_and_schemas_end_in_a_sentence(text: str, payload: bytes, said: str) -> None:
    with pytest.raises(Wrong) as met:
        avro.read(schema(text), payload)
    assert str(met.value).startswith(said)


def test_a_reference_is_another_schema_by_its_name() -> None:
    person = '{"type": "record", "name": "Person", "namespace": "shop", "fields": [{"name": "name", "type": "string"}]}'
    own = schema('{"type": "record", "name": "Order", "fields": [{"name": "by", "type": "shop.Person"}]}', person=person)
    assert avro.read(own, b"\x04Al")[0] == {"by": {"name": "Al"}}


def test_a_map_that_holds_a_key_twice_says_so() -> None:
    found = detect.decode(
        frame(7, b"\x04\x02a\x02\x02a\x04\x00"), topic="orders", schemas=Known(schema('{"type": "map", "values": "long"}'))
    )
    assert found.text == '{"a": 2}'
    assert "same key twice" in found.notes[0]


ORDER = schema(
    json.dumps({
        "type": "record", "name": "Order", "namespace": "shop", "fields": [
            {"name": "id", "type": "long"},
            {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
                {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["NEW", "USED"]}},
            ]}}},
            {"name": "note", "type": ["null", "string"], "default": None},
        ],
    })
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "what"),
    [
        ('{"id": "x", "lines": []}', "$.id", "a text is no long"),
        ('{"id": 9223372036854775808, "lines": []}', "$.id", "9223372036854775808 is no long"),
        ('{"id": 1, "lines": [{"price": 1.005, "kind": "NEW"}]}', "$.lines[0].price", "it has more than 2 digits after the point"),
        ('{"id": 1, "lines": [{"price": 1, "kind": "OLD"}]}', "$.lines[0].kind", "'OLD' is none of NEW, USED"),
        ('{"id": 1, "lines": [{"price": 1}]}', "$.lines[0].kind", "it is missing; shop.Line needs it"),
        ('{"id": 1}', "$.lines", "it is missing; shop.Order needs it"),
        ('{"id": 1, "lines": [], "more": 1}', "$.more", "shop.Order has no such field"),
        ('{"id": 1, "lines": [], "note": 5}', "$.note", "a number is no string"),
        ("[]", "$", "a list is no shop.Order"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(text: str, path: str, what: str) -> None:
    with pytest.raises(Unfit) as met:
        encode.encode("avro", text, ORDER)
    assert met.value.path == path
    assert met.value.what.startswith(what)


def test_a_default_stands_for_what_is_missing_and_a_union_may_be_named() -> None:
    plain = encode.encode("avro", '{"id": 1, "lines": []}', ORDER)
    assert plain == encode.encode("avro", '{"id": 1, "lines": [], "note": null}', ORDER)
    named = encode.encode("avro", '{"id": 1, "lines": [], "note": {"string": "x"}}', ORDER)
    assert named == encode.encode("avro", '{"id": 1, "lines": [], "note": "x"}', ORDER)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_sample_fits_its_schema(data: Any) -> None:
    told, _ = data.draw(typed())
    own = schema(json.dumps(told))
    assert encode.encode("avro", encode.sample(own), own) is not None
