"""Literals that must occur: which they are, and that a record without them never matches."""

import pytest

from controlcenter.browse import filter
from controlcenter.browse.filter import prefilter
from tests.browse.filter.records import Given

NEEDS = [
    ("value.city == 'Oslo'", [("value", b"Oslo")]),
    ("'Oslo' == value.city", [("value", b"Oslo")]),
    ("value.city == 'Oslo' && value.street.contains('Karl Johan')", [("value", b"Karl Johan")]),
    ("value.city == 'Oslo' || value.city.startsWith('Ro')", [("value", b"Oslo"), ("value", b"Ro")]),
    ("value.city == 'Oslo' || value.n > 5", []),
    ("(value.city == 'Oslo' || value.city == 'Rome') && value.n > 5", [("value", b"Oslo"), ("value", b"Rome")]),
    ("value.city in ['Oslo', 'Rome']", [("value", b"Oslo"), ("value", b"Rome")]),
    ("value.city in ['Oslo', 5]", []),
    ("key == 'user-1' || value.user.endsWith('é')", [("key", b"user-1"), ("value", "é".encode())]),
    ("value.tags.exists(t, t == 'fast')", [("value", b"fast")]),
    ("value.tags.all(t, t == 'fast')", []),
    ("!(value.city == 'Oslo')", []),
    ("value.city != 'Oslo'", []),
    ("value.n == 40", []),
    ("value.city == ''", []),
    ("lower(value.city) == 'oslo'", []),
    ("value.city.matches('Oslo')", []),
    ("headers.city == 'Oslo'", []),
    ("value.ok ? value.city == 'Oslo' : value.city == 'Rome'", []),
    ("value.city < 'Oslo'", []),
]


@pytest.mark.parametrize(("text", "needs"), NEEDS)
def test_what_must_occur(text: str, needs: list[tuple[str, bytes]]) -> None:
    assert list(prefilter.needs(filter.compile(text).tree)) == needs  # type: ignore[attr-defined]


RAW = [
    (b'{"city": "Oslo"}', True),
    (b'{"city": "Rome"}', False),
    (b'{"city": "\\u004fslo"}', True),
    (b'{"town": "a\\nb"}', True),
    (b' \n{"city": "Rome"}', False),
    (b' \n{"city": "\\u004fslo"}', True),
    (b"plain words", False),
    (b"plain Oslo", True),
    (b"\x81\xa4city\xa4Rome", True),
    (b"\0\0\0\0\7\x08Rome", True),
    (b"\xff\xfe", True),
    (b"", False),
    (None, False),
]


@pytest.mark.parametrize(("value", "may"), RAW)
def test_raw_bytes_refuse_only_what_cannot_match(value: bytes | None, may: bool) -> None:
    assert filter.compile("value.city == 'Oslo'").may_match(None, value) is may
    assert filter.compile("value.city == 'Oslo' || key == 'x'").may_match(b"y", value) is may


def test_a_schema_known_to_be_plain_lets_its_records_be_refused() -> None:
    found = filter.compile("value.city == 'Oslo'")
    found.plain_ids.add(7)
    assert not found.may_match(None, b"\0\0\0\0\7\x08Rome")
    assert found.may_match(None, b"\0\0\0\0\7\x08Oslo")
    assert found.may_match(None, b"\0\0\0\0\x08\x08Rome"), "another schema may hold an enum"


@pytest.mark.parametrize(
    ("schema", "is_plain"),
    [
        ({"type": "record", "name": "R", "fields": [{"name": "city", "type": ["null", "string"]}, {"name": "n", "type": "long"}]}, True),
        ({"type": "record", "name": "R", "fields": [{"name": "c", "type": {"type": "enum", "name": "E", "symbols": ["Oslo"]}}]}, False),
        ({"type": "record", "name": "R", "fields": [{"name": "u", "type": {"type": "string", "logicalType": "uuid"}}]}, False),
        ({"type": "array", "items": {"type": "map", "values": "bytes"}}, False),
        ({"type": "array", "items": {"type": "map", "values": "string"}}, True),
        ({"type": "record", "name": "R", "fields": [{"name": "f", "type": {"type": "fixed", "name": "F", "size": 4}}]}, False),
        ("string", True),
    ],
)
def test_which_avro_schemas_lay_texts_down_as_they_are(schema: object, is_plain: bool) -> None:
    assert prefilter.is_plain_avro(schema) is is_plain


def test_a_forced_format_is_never_refused_by_its_bytes() -> None:
    assert filter.compile("value == '0x00'", json=()).may_match(None, b"plain")


def test_a_decoded_text_matches_though_its_bytes_lack_it() -> None:
    record = Given(b"\0\0\0\0\7\x02", decoded_value=lambda: {"city": "Oslo"})
    found = filter.compile("value.city == 'Oslo'")
    assert found.may_match(None, record.value)
    assert found.matches(record)
