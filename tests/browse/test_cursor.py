"""A cursor goes on for the same reader and the same question, anywhere; for nothing else."""

import base64
from dataclasses import replace

import pytest

from controlcenter.browse import cursor
from controlcenter.browse.page import Place
from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem

PLACE = Place("topic-id", ((0, 5, 100, 42), (3, 0, 7, 7)), is_backward=True)
ASKED = Request(filter="x", n=100)
WHERE = ("demo", "rides", "user-1", ASKED)
pytestmark = pytest.mark.usefixtures("store")


def test_a_place_comes_back_as_it_was() -> None:
    text = cursor.write(PLACE, *WHERE)
    assert cursor.read(text, *WHERE) == PLACE
    assert cursor.read(text, "demo", "rides", "user-1", replace(ASKED, n=7)) == PLACE
    assert text.isascii()
    assert "=" not in text


@pytest.mark.parametrize(
    "other",
    [
        ("other", "rides", "user-1", ASKED),
        ("demo", "taxis", "user-1", ASKED),
        ("demo", "rides", "user-2", ASKED),
        *(("demo", "rides", "user-1", replace(ASKED, **change)) for change in (
            {"filter": "y"}, {"mode": "expression"}, {"isolation": "read_uncommitted"}, {"markers": True}, {"key": b"k"},
            {"value_serde": "json"}, {"order": "oldest"}, {"parts": ("key",)}, {"is_case_ignored": True},
        )),
    ],
)  # fmt: skip
def test_bound_to_anything_else_there_is_no_such_place(other: tuple[str, str, str, Request]) -> None:
    with pytest.raises(Problem) as found:
        cursor.read(cursor.write(PLACE, *WHERE), *other)
    assert found.value.kind is Kind.ABSENT


def test_no_bit_of_it_can_be_changed() -> None:
    data = bytearray(base64.urlsafe_b64decode(cursor.write(PLACE, *WHERE) + "=="))
    for i in range(len(data)):
        data[i] ^= 1
        with pytest.raises(Problem) as found:
            cursor.read(base64.urlsafe_b64encode(data).decode().rstrip("="), *WHERE)
        assert found.value.kind is Kind.ABSENT
        data[i] ^= 1


@pytest.mark.parametrize("text", ["x", "é", "", "////", "a" * 5000])
def test_what_was_never_a_cursor_is_no_place(text: str) -> None:
    with pytest.raises(Problem) as found:
        cursor.read(text, *WHERE)
    assert found.value.kind is Kind.ABSENT


def test_after_a_quarter_of_an_hour_it_is_too_old() -> None:
    text = cursor.write(PLACE, *WHERE, now=1000)
    assert cursor.read(text, *WHERE, now=1900) == PLACE
    with pytest.raises(Problem, match="15 minutes") as found:
        cursor.read(text, *WHERE, now=1902)
    assert (found.value.kind, found.value.field) == (Kind.INVALID, "cursor")


def test_a_place_of_many_partitions_stays_short_and_is_bound_the_same() -> None:
    many = Place("topic-id", tuple((p, 0, 1 << 40, 1 << 39) for p in range(2000)), is_backward=False)
    text = cursor.write(many, *WHERE)
    assert len(text) < 100
    assert cursor.read(text, *WHERE) == many
    with pytest.raises(Problem):
        cursor.read(text, "demo", "rides", "user-2", ASKED)
