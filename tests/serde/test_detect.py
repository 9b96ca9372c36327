"""What bytes are shown as, and that nothing shown was changed."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.serde import detect, values
from controlcenter.serde import json as json_format

FORMATS = [
    (None, "null", ""),
    (b"", "empty", ""),
    (b'{"a": 1}', "json", '{"a": 1}'),
    (b"  [1,2]\n", "json", "  [1,2]\n"),
    (b"plain text", "text", "plain text"),
    (b"132", "text", "132"),
    ("žluťoučký\tkůň\n".encode(), "text", "žluťoučký\tkůň\n"),
    (b"{not json", "text", "{not json"),
    (struct.pack(">i", -42), "int32", "-42"),
    (struct.pack(">q", 1 << 60), "int64", str(1 << 60)),
    (b"\xff\xfeabc", "hex", "fffe616263"),
    (b"a\x00b", "hex", "610062"),
]


@pytest.mark.parametrize(("data", "name", "text"), FORMATS)
def test_each_kind_of_bytes_finds_its_format(data: bytes | None, name: str, text: str) -> None:
    found = detect.decode(data)
    assert (found.format, found.text, found.size_bytes) == (name, text, len(data or b""))


ODDITIES = [
    ('{"n": 9007199254740993}', json_format.BEYOND, True),
    ('{"n": -12345678901234567890123}', json_format.BEYOND, True),
    ('{"a": 1, "a": 2}', json_format.DOUBLED, False),
    ('{"a": 1e999}', json_format.TOO_LARGE, False),
    ('{"a": ' + "9" * 5000 + "}", json_format.TOO_LARGE, False),
    ('{"a": NaN}', json_format.NOT_NUMBERS, False),
    ('{"a": "\\ud800"}', json_format.LONE, True),
    ('["\\udc00"]', json_format.LONE, True),
    ('["\\ud83d \\ude00"]', json_format.LONE, True),
]


@pytest.mark.parametrize(("text", "note", "is_exact"), ODDITIES)
def test_what_usual_parsers_lose_is_kept_and_said(text: str, note: str, is_exact: bool) -> None:
    found = detect.decode(text.encode())
    assert found.format == "json"
    assert found.text == text
    assert note in found.notes
    assert found.is_exact == is_exact


def test_an_integer_every_parser_keeps_needs_no_note() -> None:
    assert detect.decode(b'{"n": 9007199254740992}').notes == ()


def test_a_whole_pair_of_surrogates_is_a_character() -> None:
    assert detect.decode(b'["\\ud83d\\ude00 \\\\ud800"]').notes == ()


def test_each_format_tried_before_says_why_it_declined() -> None:
    declined = dict(detect.decode(b"\xff\xfe!").declined)
    assert declined["json"] == "does not begin with { or ["
    assert declined["text"] == "byte 0xff at 0 is no UTF-8"
    assert declined["int32"] == "needs 4 bytes; there are 3"


def test_nesting_beyond_the_limit_is_text_not_a_crash() -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    found = detect.decode(deep)
    assert found.format == "text"
    assert ("json", f"nested deeper than {values.DEPTH}") in found.declined


def test_brackets_in_strings_are_no_nesting() -> None:
    assert json_format.depth('{"a": "[[[[\\"[[", "b": [{}]}') == 3


def test_a_long_field_is_cut_between_characters_and_says_so() -> None:
    found = detect.decode(("ž" * 10).encode(), shown=5)
    assert found.text == "žž"
    assert found.is_cut
    assert found.size_bytes == 20
    assert found.notes == ("The first 5 of 20 bytes are shown.",)


def test_turned_text_is_flagged() -> None:
    assert detect.decode("user\u202etxt.exe".encode()).notes != ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_every_json_document_is_shown_as_it_came(document: object) -> None:
    text = json.dumps({"document": document})
    found = detect.decode(text.encode())
    assert found.format == "json"
    assert found.text == text
    assert json.loads(found.text)["document"] == document


@given(st.binary(max_size=300))
def test_all_bytes_are_shown_as_something_true(data: bytes) -> None:
    found = detect.decode(data, raw=300)
    assert found.raw == data
    assert found.size_bytes == len(data)
    if found.format in ("text", "json"):
        assert found.text.encode() == data
    if found.format == "hex":
        assert bytes.fromhex(found.text) == data


@given(
    st.binary(min_size=1, max_size=40).filter(lambda data: data[0]),
    st.sampled_from(["", "rides"]),
    st.sampled_from(["key", "value", "header"]),
)
def test_bytes_without_magic_are_declined_for_the_same_reasons_as_when_each_format_is_asked(data: bytes, topic: str, part: str) -> None:
    reasons = []
    for form in detect.ASKED_FIRST:
        with pytest.raises(values.Declined) as why:
            form.decode(data, values.Asked(topic=topic, part=part, schemas=None))
        reasons.append((form.NAME, str(why.value)))
    found = detect.decode(data, topic=topic, part=part).declined
    assert list(found[: len(reasons) - 2]) == [each for each in reasons if each[0] not in detect.TRIVIAL]
