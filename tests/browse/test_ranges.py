"""Which offsets a request reads: literals for each rule, and laws against a whole dump."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.browse import ranges, request
from controlcenter.browse.ranges import Range
from controlcenter.browse.request import Request
from controlcenter.errors import Problem


class Mark(NamedTuple):
    start: int
    end: int
    lso: int
    at: int | None = None
    what: str = ""


class Record(NamedTuple):
    partition: int
    offset: int
    timestamp_ms: int


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
    ],
)
def test_what_is_not_there_names_what_is(asked: Request, hint: str) -> None:
    with pytest.raises(Problem) as found:
        ranges.plan(asked, {0: Mark(5, 100, 100), 1: Mark(7, 7, 7)})
    assert found.value.hint == hint


BAD = [
    ({"from": "middle"}, "from"),
    ({"n": "0"}, "n"),
    ({"n": "1001"}, "n"),
    ({"limit": "x"}, "limit"),
    ({"partitions": "a"}, "partitions"),
    ({"partitions": "3-1"}, "partitions"),
    ({"from": "offset"}, "offset"),
    ({"from": "offset", "offset": "-1"}, "offset"),
    ({"from": "offset", "offset": "5,1:7"}, "offset"),
    ({"from": "offset", "offset": "9999999999999999999"}, "offset"),
    ({"from": "time"}, "at"),
    ({"from": "time", "at": "yesterday"}, "at"),
    ({"isolation": "dirty"}, "isolation"),
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


@st.composite
def logs(draw: st.DrawFn) -> dict[int, tuple[Mark, list[Record]]]:
    """Partitions with holes, deleted prefixes, and timestamps that do not always rise."""
    found = {}
    for p in range(draw(st.integers(1, 4))):
        start, size = draw(st.integers(0, 50)), draw(st.integers(0, 120))
        there = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        times = draw(st.lists(st.integers(0, 30), min_size=size, max_size=size))
        records = [Record(p, start + i, times[i]) for i in range(size) if there[i]]
        found[p] = Mark(start, start + size, start + size), records
    return found


def page(asked: Request, log: dict[int, tuple[Mark, list[Record]]]) -> tuple[list[Record], list[Range]]:
    """Read as a child does, from a dump in place of a broker."""
    plan = ranges.plan(asked, {p: mark for p, (mark, _) in log.items()})
    records: dict[int, list[Record]] = {p: [] for p in log}
    needy: list[int] | None = None
    found: list[Record] = []
    while spans := ranges.window(asked, plan, needy):
        for p, (low, high) in spans.items():
            records[p] = sorted([*records[p], *(r for r in log[p][1] if low <= r.offset < high)], key=lambda r: r.offset)
        plan = [ranges.widened(r, spans[r.partition]) if r.partition in spans else r for r in plan]
        found, needy = ranges.merge(records, plan, asked.n, is_backward=asked.is_backward)
        if not needy:
            break
    return found, plan


def whole_merge(log: dict[int, tuple[Mark, list[Record]]], sign: int) -> list[Record]:
    """The k-way merge of the whole dump, written the slow way."""
    lists = {p: sorted(records, key=lambda r: sign * r.offset) for p, (_, records) in log.items()}
    found = []
    while any(lists.values()):
        best = min((left[0] for left in lists.values() if left), key=lambda r: (sign * r.timestamp_ms, sign * r.partition, sign * r.offset))
        found.append(lists[best.partition].pop(0))
    return found


@given(logs(), st.integers(1, 60), st.sampled_from(["newest", "oldest"]))
def test_a_page_is_the_beginning_of_the_whole_merge(log: dict[int, tuple[Mark, list[Record]]], n: int, start: str) -> None:
    asked = Request(start, n)
    found, _ = page(asked, log)
    assert found == whole_merge(log, -1 if start == "newest" else 1)[:n]


@given(logs(), st.integers(1, 60))
def test_ranges_never_pass_their_bounds_and_complete_means_all(log: dict[int, tuple[Mark, list[Record]]], n: int) -> None:
    found, plan = page(Request("oldest", n), log)
    for r in plan:
        assert r.start <= r.low <= r.high <= r.stop
        if r.state == "complete":
            assert (r.low, r.high) == (r.start, r.stop)
    if all(r.state == "complete" for r in plan):
        assert len(found) == min(n, sum(len(records) for _, records in log.values()))
