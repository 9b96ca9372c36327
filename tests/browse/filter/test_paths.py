"""Paths proposed from samples, and conditions built from a form's fields."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.browse import filter
from controlcenter.browse.filter import paths
from tests.browse.filter.records import Given

SAMPLES = [
    {"city": "Oslo", "fare": {"base": 40.5, "tip": None}, "items": [{"sku": "a"}], "order-id": 7},
    {"city": "Rome", "fare": {"base": 41}, "items": []},
    {"city": None, "fare": "free"},
]


def test_paths_of_samples_come_with_their_kinds_the_commonest_first() -> None:
    found = {each.text: each for each in paths.complete(SAMPLES)}
    assert list(found)[:2] == ["value.city", "value.fare"]
    assert found["value.city"] == paths.Found("value.city", ("string", "null"), 3, 3)
    assert found["value.fare"].kinds == ("map", "string")
    assert found["value.fare.base"] == paths.Found("value.fare.base", ("number",), 2, 3)
    assert found["value.items[0].sku"].seen == 1
    assert "value['order-id']" in found


def test_typing_narrows_the_paths() -> None:
    assert [each.text for each in paths.complete(SAMPLES, "value.fa")] == ["value.fare", "value.fare.base", "value.fare.tip"]
    assert [each.text for each in paths.complete(SAMPLES, "TIP")] == ["value.fare.tip"]
    assert [each.text for each in paths.complete([{"id": 1}], "key.", root="key")] == ["key.id"]


def test_no_sample_is_too_large_to_propose_from() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    wide = {f"name {i}": i for i in range(10_000)}
    assert max(each.text.count(".a") for each in paths.complete([deep])) == paths.DEPTH
    assert len(paths.complete([wide])) == paths.MOST
    assert paths.complete([{"a": 1}] * 99)[0].of == paths.SAMPLES


def test_a_path_reads_a_decoded_value() -> None:
    root, steps = paths.parse("value.items[0]['sku']")
    assert root == "value"
    assert paths.read(SAMPLES[0], steps) == "a"
    assert paths.read(SAMPLES[1], steps) is None


@pytest.mark.parametrize("text", ["1", "value.a == 1", "size(value)", "partition", "valu.x", "value["])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(filter.FilterError):
        paths.parse(text)


BUILT = [
    ("value.city", "==", "Oslo", "", "value.city == 'Oslo'"),
    ("value.city", "!=", "it's \\ \n", "", "value.city != 'it\\'s \\\\ \\U0000000a'"),
    ("value.n", ">", "40.5", "number", "value.n > 40.5"),
    ("value.n", "==", 9007199254740993, "", "value.n == 9007199254740993"),
    ("value.n", "==", Decimal("0.10"), "", "value.n == 0.10"),
    ("value.n", "<=", -1.5, "", "value.n <= -1.5"),
    ("value.ok", "==", True, "", "value.ok == true"),
    ("value.ok", "==", "false", "bool", "value.ok == false"),
    ("value.a", "!=", None, "", "value.a != null"),
    ("value['order-id']", "in", "a, b", "", "value['order-id'] in ['a', 'b']"),
    ("value.n", "in", [1, 2.5], "", "value.n in [1, 2.5]"),
    ("value.city", "contains", "sl", "", "value.city.contains('sl')"),
    ("value.city", "matches", "^O", "", "value.city.matches('^O')"),
    ("timestamp", ">=", "2026-03-01", "timestamp", "timestamp >= timestamp('2026-03-01')"),
    ("headers.trace", "exists", None, "", "has(headers.trace)"),
    ("value.a", "absent", None, "", "value.a == null"),
    ("value.ok", "true", None, "", "value.ok == true"),
    ("partition", "==", "3", "number", "partition == 3"),
]


@pytest.mark.parametrize(("path", "operator", "value", "kind", "text"), BUILT)
def test_a_condition_is_built_from_its_three_fields(path: str, operator: str, value: Any, kind: str, text: str) -> None:
    assert filter.build(path, operator, value, kind=kind) == text


@pytest.mark.parametrize(
    ("path", "operator", "value", "kind"),
    [
        ("value.a", "~", 1, ""),
        ("city", "==", "x", ""),
        ("value.a) || (true", "==", 1, ""),
        ("value.n", ">", "4; true", "number"),
        ("value.ok", "==", "yes", "bool"),
        ("value.a", "in", "", ""),
        ("value.a", "==", object(), ""),
        ("value.a", "==", float("nan"), ""),
        ("timestamp", ">", "soon", "timestamp"),
        ("value.a", "matches", "(", ""),
        ("partition", "==", "x", ""),
    ],
)
def test_what_cannot_be_built_is_refused(path: str, operator: str, value: Any, kind: str) -> None:
    with pytest.raises(filter.FilterError):
        filter.build(path, operator, value, kind=kind)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_builder(value: str) -> None:
    text = filter.build("value", "==", value)
    assert filter.compile(text, json=()).matches(Given(b"x", decoded_value=lambda: value))
