"""A record that names a schema is read by that schema, or is bytes with a reason. Never a guess."""

from dataclasses import replace
from uuid import UUID

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.serde import detect, framed
from tests.serde.build import Known, avro, frame, json_schema, protobuf

LONG = avro('"long"')
ORDER = protobuf('syntax = "proto3"; message Order { int64 id = 1; }')
ANY = json_schema("{}")
TEN = frame(7, b"\x14")


def test_it_says_how_it_was_found_and_why_the_others_declined():
    found = detect.decode(TEN, topic="orders", schemas=Known(LONG))
    assert (found.format, found.text, found.why, found.schema_id) == ("avro", "10", "magic 0, id 7 → orders-value v3, Avro", 7)
    other = detect.decode(frame(8, b"\x00\x08\x05"), topic="orders", schemas=Known(ORDER))
    assert dict(other.declined)["avro"] == "schema 8 is Protobuf"
    assert other.why == "magic 0, id 8 → orders-value v1, Protobuf message Order"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem(Kind.TIMEOUT, "registry timeout"), "schema 41: registry timeout"),
        (Problem(Kind.UNREACHABLE, "registry unreachable (refused)"), "schema 41: registry unreachable (refused)"),
        (Problem(Kind.ABSENT, "not in the registry"), "schema 41: not in the registry"),
        (Problem(Kind.BROKEN, "the registry answers with id 7"), "schema 41: the registry answers with id 7"),
    ],
)
def test_without_its_schema_a_record_is_bytes_with_the_reason(problem, said):
    data = frame(41, b"some text that would pass")
    found = detect.decode(data, topic="orders", schemas=Known(id41=problem))
    assert (found.format, found.text, found.fault, found.schema_id) == ("hex", data.hex(), said, 41)


def test_without_a_registry_it_is_bytes_and_nothing_is_wrong():
    found = detect.decode(TEN + b"\x00", topic="orders")
    assert (found.format, found.fault) == ("hex", "")
    assert dict(found.declined)["avro"] == "no schema registry is set for this cluster"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "the bytes end within a value, after 0"),
        (b"\x14\x00\x00\x00", "3 bytes are left over"),
        (b"\xff" * 11, "a number at byte 0 has more than 64 bits"),
    ],
)
def test_bytes_that_do_not_fit_their_schema_are_never_half_decoded(payload, said):
    found = detect.decode(frame(7, payload), topic="orders", schemas=Known(LONG))
    assert (found.format, found.fault) == ("hex", f"schema 7 (orders-value v3, Avro): {said}")


def test_a_schema_of_another_topic_is_noted():
    found = detect.decode(TEN, topic="payments", schemas=Known(LONG))
    assert found.notes == ("Schema 7 stands in orders-value, which is no subject of this topic.",)
    assert detect.decode(TEN, topic="orders", schemas=Known(LONG)).notes == ()


def test_a_record_named_subject_is_no_reason_for_doubt():
    assert detect.decode(TEN, topic="payments", schemas=Known(avro('"long"', subject="com.shop.Amount"))).notes == ()


def test_eight_bytes_are_a_number_unless_their_id_is_a_schema_of_this_topic():
    number = (7 << 24 | 0x028080).to_bytes(8, "big")
    known = Known(avro('{"type": "array", "items": "long"}'))
    assert detect.decode(number, topic="elsewhere", schemas=known).format == "int64"
    assert detect.decode((1 << 40).to_bytes(8, "big"), topic="orders", schemas=known).format == "int64"
    fixed = Known(avro('{"type": "fixed", "name": "F", "size": 3}'))
    assert detect.decode(number, topic="orders", schemas=fixed).format == "avro"
    down = detect.decode(number, topic="orders", schemas=Known(id7=Problem(Kind.TIMEOUT, "registry timeout")))
    assert (down.format, down.fault) == ("hex", "schema 7: registry timeout")


def test_a_chosen_format_is_read_or_told_why_not():
    assert detect.decode(b"\x01\x02\x03\x04", forced="float").format == "float"
    assert detect.decode(b"plain", forced="hex").text == b"plain".hex()
    assert detect.decode(b"plain", forced="base64").text == "cGxhaW4="
    assert detect.decode(None, forced="hex").format == "null"
    found = detect.decode(b"plain", forced="int32")
    assert (found.format, found.fault) == ("hex", "It was to be read as int32, which declined: needs 4 bytes; there are 5.")
    other = detect.decode(TEN, topic="orders", forced="protobuf", schemas=Known(LONG))
    assert other.fault == "It was to be read as protobuf, which declined: schema 7 is Avro."


def test_headers_have_no_schema():
    assert dict(detect.decode(TEN + b"\x00", part="header").declined)["avro"] == "headers have no schema"


def test_json_with_a_schema_keeps_its_letters_and_says_where_it_differs():
    schema = json_schema('{"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}}}}')
    found = detect.decode(frame(9, b'{"a": [1, 9007199254740993, "x"]}'), topic="orders", schemas=Known(schema))
    assert (found.format, found.text) == ("jsonschema", '{"a": [1, 9007199254740993, "x"]}')
    assert 'It does not fit its schema at $.a[2]: "x" is not of type "integer".' in found.notes
    broken = detect.decode(frame(9, b"{"), topic="orders", schemas=Known(ANY))
    assert broken.format == "hex"
    assert "it is no JSON" in broken.fault


def test_a_json_schema_fetches_nothing_but_its_references():
    schema = json_schema(
        '{"$ref": "common.json#/definitions/id"}', references=(("common.json", '{"definitions": {"id": {"type": "integer"}}}'),)
    )
    assert "is not of type" in detect.decode(frame(9, b'"x"'), topic="orders", schemas=Known(schema)).notes[0]
    outside = json_schema('{"$ref": "http://127.0.0.1:1/secret.json"}')
    (note,) = detect.decode(frame(9, b'"x"'), topic="orders", schemas=Known(outside)).notes
    assert "is not among the schema's references" in note


GUID = "89791762-2336-4186-9674-299b90a802e2"
NAMED = b"\x01" + UUID(GUID).bytes


def of_header(data, schema, header, **failing):
    return detect.decode(data, topic="orders", schemas=Known(replace(schema, guid=GUID), **failing), frame=header)


def test_a_header_names_the_schema_of_a_payload_that_bears_no_frame():
    found = of_header(b"\x14", LONG, NAMED)
    assert (found.format, found.text, found.schema_id) == ("avro", "10", 7)
    assert found.why == f"header __value_schema_id: magic 1, GUID {GUID} → orders-value v3, Avro"
    message = of_header(b"\x08\x05", ORDER, NAMED + b"\x00")
    assert (message.format, message.text) == ("protobuf", '{"id": 5}')
    document = of_header(b'{"a": 1.0}', ANY, NAMED)
    assert (document.format, document.text, dict(document.declined)["protobuf"]) == (
        "jsonschema",
        '{"a": 1.0}',
        f"schema {GUID} is JSON Schema",
    )
    assert (
        of_header(b"\x14", LONG, b"\x00\x00\x00\x00\x07").why == f"header __value_schema_id: magic 1, GUID {GUID} → orders-value v3, Avro"
    )


def test_a_message_of_defaults_takes_no_bytes_and_is_no_empty_value():
    assert of_header(b"", ORDER, NAMED + b"\x00").text == '{"id": 0}'
    assert detect.decode(b"", topic="orders", frame=NAMED).format == "empty"
    assert of_header(None, ORDER, NAMED + b"\x00").format == "null"


@pytest.mark.parametrize(
    ("data", "header", "said"),
    [
        (b"\x14\x00", NAMED, "schema 7 (orders-value v3, Avro): 1 bytes are left over"),
        (b"\x14", NAMED + b"\x00", f"schema {GUID}: 1 bytes too many in the header __value_schema_id"),
        (b"\x14", b"\x01" + bytes(16), f"schema GUID {UUID(int=0)}: not in the registry"),
    ],
)
def test_what_a_header_names_is_read_by_it_or_is_bytes_with_the_reason(data, header, said):
    found = of_header(data, LONG, header)
    assert (found.format, found.text, found.fault, found.schema_id) == ("hex", data.hex(), said, None)


@pytest.mark.parametrize("header", [b"\x02" + bytes(16), b"\x01abc", b"\x00\x00"])
def test_a_header_that_names_nothing_leaves_the_payload_to_the_other_formats(header):
    found = of_header(b"plain", LONG, header)
    assert (found.format, dict(found.declined)["avro"]) == ("text", "the header __value_schema_id holds no id")


def test_the_first_header_of_the_part_counts():
    headers = (("__key_schema_id", b"k"), ("__value_schema_id", None), ("__value_schema_id", b"v"), ("__value_schema_id", b"w"))
    assert (framed.of_headers(headers, "key"), framed.of_headers(headers, "value"), framed.of_headers((), "key")) == (b"k", b"v", None)
