"""What expressions mean, case by case, by both ways in: `matches` and `pick`; and the numbers and dates of decoders."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from controlcenter.browse import filter
from tests.browse.filter.records import Given, Message

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/filter/meaning.yaml").read_text(encoding="utf-8"))


def given(case: dict[str, Any]) -> Given:
    encoded = {name: case[name].encode() for name in ("key", "value") if name in case}
    headers = tuple((name, value.encode()) for name, value in case.get("headers", ()))
    plain = {name: case[name] for name in ("partition", "offset", "timestamp_ms") if name in case}
    return Given(headers=headers, **encoded, **plain)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["filter"])
def test_an_expression_means(case: dict[str, Any]) -> None:
    record = given(case)
    found = filter.compile(case["filter"])
    assert found.matches(record) is case["is"]
    assert found.mismatched == case.get("mismatched", 0)
    assert found.may_match(record.key, record.value) or not case["is"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["filter"])
def test_picking_from_many_means_the_same(case: dict[str, Any]) -> None:
    message = Message(given(case))
    found = filter.compile(case["filter"])
    assert found.pick([message] * 3, lambda m: m.record) == [message] * 3 * case["is"]


class Colour(str, Enum):  # noqa: UP042 as decoders' own enums often are
    RED = "red"


DECODED = [
    ("value.n == 0.1", Decimal("0.1"), True),
    ("value.n == 0.10000000000000001", Decimal("0.1"), False),
    ("value.n == 0.1", 0.1, True),
    ("value.n > 0.3", 0.1 + 0.2, True),
    ("value.n > 5", float("nan"), False),
    ("value.n > 1e300", float("inf"), True),
    ("int(value.n) == null", float("inf"), True),
    ("int(value.n) == null", Decimal("1e999999"), True),
    ("value.n == 9223372036854775807", 2**63 - 1, True),
    ("value.n == timestamp('2026-03-01T12:00:00Z')", datetime(2026, 3, 1, 12, tzinfo=UTC), True),
    ("value.n == timestamp('2026-03-01T12:00:00Z')", datetime(2026, 3, 1, 12), True),  # noqa: DTZ001 local timestamps of Avro
    ("value.n == timestamp('2026-03-01')", date(2026, 3, 1), True),
    ("value.n == duration('1h')", timedelta(hours=1), True),
    ("value.n == duration('1h')", time(1), True),
    ("value.n == '00000000-0000-0000-0000-000000000001'", UUID(int=1), True),
    ("value.n == 'red'", Colour.RED, True),
    ("size(value.n) == 2", b"\xff\xfe", True),
    ("value.n == 1", object(), False),
    ("2 in value.n", (1, 2), True),
]


@pytest.mark.parametrize(("text", "value", "is_hit"), DECODED)
def test_what_decoders_give_is_of_our_kinds(text: str, value: Any, is_hit: bool) -> None:
    record = Given(b"\x00\x00\x00\x00\x07rest", decoded_value=lambda: {"n": value})
    assert filter.compile(f"({text}) && schema_id == 7").matches(record) is is_hit


def test_a_value_that_nothing_decodes_is_its_bytes_and_counted() -> None:
    found = filter.compile("size(value) == 3 && value.a == null")
    assert found.matches(Given(b"\xff\xfe\x00"))
    assert found.undecoded == 1


def test_a_forced_format_is_never_guessed() -> None:
    record = Given(b"1234", decoded_value=lambda: 0x31323334)
    assert filter.compile("value == '1234'").matches(record)
    forced = filter.compile("value == 825373492", json=("key",))
    assert forced.may_match(None, b"1234")
    assert forced.matches(record)


def test_running_out_of_memory_is_never_a_decoding_fault() -> None:
    def bomb() -> Any:
        raise MemoryError

    with pytest.raises(MemoryError):
        filter.compile("value.a == 1").matches(Given(b"\xff", decoded_value=bomb))


def test_invalid_utf8_is_no_json_even_where_nobody_looks() -> None:
    whole = b'{"a": 1, "b": "\xff"}'
    assert not filter.compile("value.a == 1").matches(Given(whole))
    assert filter.compile("!(value.a == 1)").matches(Given(whole))
    assert not filter.compile("value.a == 1").pick([Message(Given(whole))], lambda m: m.record)
    assert filter.compile("value.a == 1").matches(Given('{"a": 1, "b": "é"}'.encode()))


def test_nested_loops_end_by_their_budget() -> None:
    found = filter.compile("value.exists(a, value.exists(b, value.exists(c, a + b + c == 1)))")
    assert not found.matches(Given(b"[" + b",".join([b"5"] * 1000) + b"]"))
    assert found.overruns == 1
    assert found.matches(Given(b"[0, 1]")), "the next record has its own budget"


def test_long_texts_in_loops_count_too() -> None:
    found = filter.compile("value.items.exists(i, value.text.contains(i))")
    assert not found.matches(Given(b'{"text": "' + b"x" * 1_000_000 + b'", "items": [' + b",".join([b'"y"'] * 1000) + b"]}"))
    assert found.overruns == 1


BOMBS = {
    "regular expressions": "value.items.exists(i, value.text.matches('(a+)+b'))",
    "texts joined": "value.items.exists(i, value.text + value.text == i)",
    "lists compared": "value.items.exists(i, value.items == value.other)",
    "lists searched": "value.items.exists(i, 'z' in value.items)",
    "lowered": "value.items.exists(i, lower(value.text) == i)",
}


@pytest.mark.parametrize("name", BOMBS)
def test_every_costly_thing_has_its_price(name: str) -> None:
    items = b"[" + b",".join([b'"y"'] * 5000) + b"]"
    record = Given(b'{"text": "' + b"a" * 400_000 + b'", "items": ' + items + b', "other": ' + items[:-2] + b'x"]}')
    found = filter.compile(BOMBS[name])
    assert not found.matches(record)
    assert found.overruns == 1


def test_calculations_never_grow_without_end() -> None:
    digits = "9" * 4000
    assert filter.compile("value.n * value.n == null").matches(Given(f'{{"n": {digits}}}'.encode()))


def test_a_filter_says_what_it_names_and_who_it_is() -> None:
    found = filter.compile("value.fare.base > 40 && key.id == 1 && value['order-id'] != null && value.fare.base < 50")
    assert found.paths == ("value.fare.base", "key.id", "value['order-id']")
    assert found.hash == filter.compile(found.text).hash
    assert found.hash != filter.compile(found.text + " ").hash


def test_the_hash_knows_all_that_plain_text_means() -> None:
    kinds = [{"ignore_case": ignore, "parts": parts} for ignore in (True, False) for parts in (["key"], ["value"])]
    assert len({filter.compile("x", mode="text", **kind).hash for kind in kinds}) == 4
