"""Which offsets a request reads: literals for each rule, and laws against a whole dump."""

from typing import NamedTuple

import pytest

from controlcenter.browse import ranges, request
from controlcenter.browse.request import Request
from controlcenter.errors import Problem


class Mark(NamedTuple):
    start: int
    end: int
    lso: int
    at: int | None = None
    what: str = ""
    until: int | None = None
    position: int | None = None


def spans(asked: Request, marks: dict[int, Mark]) -> list[tuple[int, int, int, str]]:
    return [(r.partition, r.start, r.stop, r.state) for r in ranges.plan(asked, marks)]


OPEN = Mark(0, 21, 11)  # an open transaction from 11 on, plain records behind it


@pytest.mark.parametrize(
    ("asked", "marks", "wanted"),
    [
        (Request(), {0: Mark(5, 100, 100)}, [(0, 5, 100, "open")]),
        (Request(), {0: Mark(0, 0, 0)}, [(0, 0, 0, "complete")]),
        (Request(), {0: Mark(100, 100, 100)}, [(0, 100, 100, "complete")]),
        (Request(), {0: OPEN}, [(0, 0, 11, "open")]),
        (Request(isolation="read_uncommitted"), {0: OPEN}, [(0, 0, 21, "open")]),
        (Request("offset", offsets={0: 13}), {0: OPEN}, [(0, 13, 13, "blocked")]),
        (Request("offset", offsets={0: 11}), {0: OPEN}, [(0, 11, 11, "blocked")]),
        (Request("offset", offsets={0: 13}, isolation="read_uncommitted"), {0: OPEN}, [(0, 13, 21, "open")]),
        (Request("offset", offsets={1: 7}), {0: Mark(0, 9, 9), 1: Mark(0, 9, 9)}, [(1, 7, 9, "open")]),
        (Request("offset", offsets={-1: 7}), {0: Mark(0, 9, 9), 1: Mark(0, 3, 3)}, [(0, 7, 9, "open"), (1, 3, 3, "complete")]),
        (Request("time", at_ms=1), {0: Mark(0, 9, 9, 4), 1: Mark(0, 9, 9, None)}, [(0, 4, 9, "open"), (1, 9, 9, "complete")]),
        (Request("oldest", partitions=(1,)), {0: Mark(0, 9, 9), 1: Mark(2, 9, 9)}, [(1, 2, 9, "open")]),
        (Request(), {0: Mark(0, 0, 0, what="it has no leader now")}, [(0, 0, 0, "failed")]),
        (Request(until="time", to_ms=1), {0: Mark(0, 9, 9, until=4), 1: Mark(0, 9, 9)}, [(0, 0, 4, "open"), (1, 0, 9, "open")]),
        (Request("oldest", until="offset", stops={0: 9}), {0: Mark(0, 9, 9), 1: Mark(0, 3, 3)}, [(0, 0, 9, "open")]),
        (Request("offset", offsets={-1: 2}, until="offset", stops={-1: 4}), {0: Mark(0, 9, 9)}, [(0, 2, 4, "open")]),
        (Request("group", group="g"), {0: Mark(0, 9, 9, position=4), 1: Mark(0, 9, 9)}, [(0, 4, 9, "open"), (1, 9, 9, "complete")]),
        (
            Request("group", group="g"),
            {0: Mark(5, 9, 9, position=2), 1: Mark(0, 9, 9, position=10)},
            [(0, 5, 9, "open"), (1, 9, 9, "failed")],
        ),
        (Request(isolation="read_committed", markers=True), {0: OPEN}, [(0, 0, 21, "open")]),
    ],
)
def test_a_request_reads_these_ranges(asked: Request, marks: dict[int, Mark], wanted: list[tuple[int, int, int, str]]) -> None:
    assert spans(asked, marks) == wanted


def test_offsets_behind_an_open_transaction_are_counted() -> None:
    assert [r.behind for r in ranges.plan(Request(), {0: OPEN})] == [10]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (Request("offset", offsets={0: 100}), "Partition 0 holds 5 to 99."),
        (Request("offset", offsets={0: 4}), "Partition 0 holds 5 to 99."),
        (Request("offset", offsets={-1: 4}), "Partition 0 holds 5 to 99; partition 1 is empty (next offset 7)."),
        (Request("offset", offsets={9: 4}), "It has 0 to 1."),
        (Request(partitions=(0, 2)), "It has 0 to 1."),
        (Request(until="offset", stops={0: 101}), "Partition 0 holds 5 to 99."),
    ],
)
def test_what_is_not_there_names_what_is(asked: Request, hint: str) -> None:
    with pytest.raises(Problem) as found:
        ranges.plan(asked, {0: Mark(5, 100, 100), 1: Mark(7, 7, 7)})
    assert found.value.hint == hint


BAD = [
    ({"from": "middle"}, "from"),
    ({"n": "0"}, "n"),
    ({"n": "10001"}, "n"),
    ({"limit": "x"}, "limit"),
    ({"partitions": "a"}, "partitions"),
    ({"partitions": "3-1"}, "partitions"),
    ({"from": "offset"}, "offset"),
    ({"from": "offset", "offset": "-1"}, "offset"),
    ({"from": "offset", "offset": "5,1:7"}, "offset"),
    ({"from": "offset", "offset": "9999999999999999999"}, "offset"),
    ({"from": "time"}, "at"),
    ({"from": "time", "at": "the day before"}, "at"),
    ({"isolation": "dirty"}, "isolation"),
    ({"from": "group"}, "group"),
    ({"from": "key"}, "key"),
    ({"key": "zz", "key_as": "hex"}, "key"),
    ({"key": "1", "key_as": "roman"}, "key_as"),
    ({"until": "never"}, "until"),
    ({"until": "time", "to": "soon"}, "to"),
    ({"until": "records", "to": "0"}, "to"),
    ({"zone": "Mars/Olympus"}, "zone"),
    ({"zone": "../etc/passwd"}, "zone"),
    ({"order": "random"}, "order"),
    ({"in": "topic"}, "in"),
    ({"key_serde": "../x"}, "key_serde"),
    ({"filter": "x" * 10_001}, "filter"),
]


@pytest.mark.parametrize(("given_", "field"), BAD)
def test_bad_input_is_told_at_its_field_with_the_way_out(given_: dict[str, str], field: str) -> None:
    with pytest.raises(Problem) as found:
        request.parse(given_)
    assert found.value.field == field
    assert found.value.hint


def test_a_good_request_says_what_it_asks() -> None:
    asked = request.parse({"from": "offset", "offset": "0:5,3:7", "partitions": "0,2-3", "limit": "7"})
    assert asked == Request("offset", 7, (0, 2, 3), {0: 5, 3: 7})
    assert request.parse({"from": "time", "at": "1970-01-01T00:00:01"}).at_ms == 1000


def test_ranges_begin_at_the_end_they_are_read_from() -> None:
    marks = {0: Mark(5, 100, 100)}
    assert [r.at for r in ranges.plan(Request(), marks)] == [100]
    assert [r.at for r in ranges.plan(Request("oldest"), marks)] == [5]
    assert [r.at for r in ranges.plan(Request("time", at_ms=1, order="newest"), {0: Mark(5, 100, 100, 50)})] == [100]


def test_what_a_group_has_not_read_and_is_deleted_already_is_named() -> None:
    (r,) = ranges.plan(Request("group", group="g"), {0: Mark(50, 90, 90, position=20)})
    assert (r.start, r.expired) == (50, (20, 50))
