"""What the run bar asks: every start and limit that is understood, and a sentence for every other."""

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.query import asked, limits


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, "latest"),
        ("", "latest"),
        ("latest", "latest"),
        ("earliest", "earliest"),
        (0, 0),
        (1_700_000_000_000, 1_700_000_000_000),
        ("time:1700000000000", 1_700_000_000_000),
        ("time:2026-12-01T10:00:00Z", 1_796_119_200_000),
        ("time:2026-12-01T10:00:00", 1_796_119_200_000),
        ("time:2026-12-01T11:00:00.250+01:00", 1_796_119_200_250),
        ("offset:0", "offset:0"),
        ("offset:0042", "offset:42"),
        ("group:billing", "group:billing"),
        ("group:a:b", "group:a:b"),
        ({"rides:0": 5, "a:b:1": 0}, {"rides:0": 5, "a:b:1": 0}),
    ],
)
def test_a_start_is_understood(given, meant):
    assert asked.start(given) == meant


@pytest.mark.parametrize(
    "given",
    ["newest", "time:", "time:yesterday", "time:1960-01-01T00:00:00Z", "time:99999-01-01", "offset:", "offset:-1", "offset:x", "offset:٣",
     f"offset:{1 << 63}", "group:", "group:" + "g" * 256, -1, 1.5, True, [], {"rides": 5}, {"rides:0": -1}, {"rides:0": True}],
)  # fmt: skip
def test_any_other_start_is_a_sentence(given):
    with pytest.raises(Problem) as told:
        asked.start(given)
    assert told.value.kind is Kind.INVALID
    assert told.value.hint


def test_limits_up_to_the_most_are_taken_as_they_are():
    assert asked.most(None) == {}
    given = {"rows": limits.ROWS_KEPT, "seconds": limits.PUSH_S, "bytes": limits.PUSH_BYTES}
    assert asked.most(given) == given


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rows": limits.ROWS_KEPT + 1}, "1 to 10,000 rows, not 10001"),
        ({"seconds": limits.PUSH_S + 1}, "1 to 1,800 seconds, not 1801"),
        ({"bytes": limits.PUSH_BYTES + 1}, "1 to 1,073,741,824 bytes"),
        ({"rows": 0}, "not 0"),
        ({"rows": True}, "not True"),
        ({"seconds": "60"}, "not 60"),
        ({"megabytes": 1}, "no limit 'megabytes'"),
        ([1], "no limit"),
    ],
)
def test_a_limit_above_the_most_is_a_sentence_with_the_most(given, words):
    with pytest.raises(Problem, match=words):
        asked.most(given)
