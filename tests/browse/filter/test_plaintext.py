"""Plain text: found in bytes as they came, and in what decoding brings out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.browse import filter
from tests.browse.filter.records import Given, Message
from tests.browse.filter.strategies import roots


def found(text: str, record: Given, **more: Any) -> bool:
    """Return the answer, the same by all three ways in."""
    wanted = filter.compile(text, mode="text", **more)
    answer = wanted.matches(record)
    assert wanted.may_match(record.key, record.value) or not answer
    assert bool(wanted.pick([Message(record)], lambda m: m.record)) is answer
    return answer


FRAMED = Given(
    b"\0\0\0\0\7\x01\x02", decoded_value=lambda: {"city": "Oslo", "n": 4711, "price": Decimal("1.50"), "ok": True, "tags": ["fast"]}
)
CASES = [
    ("Oslo", Given(b'{"city": "Oslo"}'), True),
    ('"city": "Oslo"', Given(b'{"city": "Oslo"}'), True),
    ("city", Given(b'{"city": "Oslo"}'), True),
    ("oslo", Given(b'{"city": "Oslo"}'), False),
    ("Oslo", Given(b'{"city": "\\u004fslo"}'), True),
    ("a\nb", Given(b'{"city": "a\\nb"}'), True),
    ("user-1", Given(key=b"user-1"), True),
    ("trace", Given(headers=(("trace-id", b"7"),)), True),
    ("7", Given(headers=(("trace-id", b"7"),)), True),
    ("7", Given(headers=(("trace-id", None),)), False),
    ("plain", Given(b"some plain words"), True),
    ("Oslo", FRAMED, True),
    ("city", FRAMED, True),
    ("4711", FRAMED, True),
    ("1.50", FRAMED, True),
    ("fast", FRAMED, True),
    ("slow", FRAMED, False),
    ("x", Given(None), False),
    ("x", Given(b"\xff\xfe"), False),
]


@pytest.mark.parametrize(("text", "record", "is_hit"), CASES)
def test_text_is_found(text: str, record: Given, is_hit: bool) -> None:
    assert found(text, record) is is_hit


@pytest.mark.parametrize(
    ("text", "value", "is_hit"),
    [
        ("oslo", b'{"city": "OSLO"}', True),
        ("ÅSNE", '{"city": "åsne"}'.encode(), True),
        ("straße", b"STRASSE", True),
        ("oslo", b'{"city": "\\u004fSLO"}', True),
        ("oslo", b"Rome", False),
    ],
)
def test_case_may_be_ignored(text: str, value: bytes, is_hit: bool) -> None:
    assert found(text, Given(value), ignore_case=True) is is_hit
    assert found(text, FRAMED, ignore_case=True) is (text == "oslo")


def test_only_the_named_parts_are_searched() -> None:
    record = Given(b"in value", b"in key", (("in header", b"x"),))
    for part in ("key", "value", "header"):
        parts = ["headers" if part == "header" else part]
        assert found(f"in {part}", record, parts=parts)
        assert not any(found(f"in {other}", record, parts=parts) for other in {"key", "value", "header"} - {part})


def test_what_no_decoder_reads_is_counted() -> None:
    wanted = filter.compile("x", mode="text")
    assert not wanted.matches(Given(b"\xff\xfe"))
    assert wanted.undecoded == 1


@pytest.mark.parametrize("text", ["", "x" * 5000, "\ud800"])
def test_texts_that_cannot_be_looked_for_are_refused(text: str) -> None:
    with pytest.raises(filter.FilterError):
        filter.compile(text, mode="text")


@given(st.text(min_size=1, max_size=4), roots | st.binary(max_size=20), st.booleans())
def test_all_ways_in_give_the_same_answer(text: str, data: bytes, ignore_case: bool) -> None:
    assert found(text, Given(data, data), ignore_case=ignore_case) in (True, False)
