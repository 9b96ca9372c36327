"""Times as people write them, where clocks jump too."""

import pytest

from controlcenter.browse import instants
from controlcenter.errors import Problem

BERLIN, APIA, UTC = instants.zone("Europe/Berlin"), instants.zone("Pacific/Apia"), instants.zone("UTC")
NOW = 1_793_000_000_123  # 2026-10-26 05:33:20.123 UTC


@pytest.mark.parametrize(
    ("text", "zone", "is_last", "wanted"),
    [
        ("1700000000000", BERLIN, False, 1_700_000_000_000),
        ("1970-01-01T00:00:01", UTC, False, 1000),
        ("1970-01-01T00:00:01.5Z", BERLIN, False, 1500),
        ("1970-01-01T01:00:00", BERLIN, False, 0),
        ("2026-07-01T12:00+05:30", BERLIN, False, 1_782_887_400_000),
        ("2026-10-25T02:30", BERLIN, False, 1_792_888_200_000),  # comes twice: 00:30 UTC
        ("2026-10-25T02:30", BERLIN, True, 1_792_891_800_000),  # and 01:30 UTC
        ("-15m", BERLIN, False, NOW - 900_000),
        ("-24h", BERLIN, False, NOW - 86_400_000),
        ("now", BERLIN, False, NOW),
        ("today", BERLIN, False, 1_792_969_200_000),  # 23:00 UTC the day before
        ("yesterday", BERLIN, False, 1_792_879_200_000),  # 25 hours earlier: the clocks went back
        ("today", UTC, False, 1_792_972_800_000),
        ("9999-12-31T23:59:59.999", UTC, False, 253_402_300_799_999),
    ],
)
def test_a_written_time_is_this_instant(text: str, zone: object, is_last: bool, wanted: int) -> None:
    assert instants.parse(text, zone, NOW, "at", is_last=is_last) == wanted


@pytest.mark.parametrize("text", ["2026-03-29T02:30", "2026-03-29 02:00:00"])
def test_a_time_the_clocks_skip_is_refused_by_name(text: str) -> None:
    with pytest.raises(Problem, match="does not exist in Europe/Berlin") as found:
        instants.parse(text, BERLIN, NOW, "at")
    assert found.value.field == "at"


def test_a_day_that_never_was_begins_where_the_next_one_does() -> None:
    after = 1_325_242_800_000  # 01:00 of the 31st in Samoa, which skipped the 30th
    assert instants.parse("yesterday", APIA, after, "at") == instants.parse("today", APIA, after, "at")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "-15x", "99999999999999999"])
def test_what_is_no_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(Problem) as found:
        instants.parse(text, UTC, NOW, "to")
    assert (found.value.field, bool(found.value.hint)) == ("to", True)
