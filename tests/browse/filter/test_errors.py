"""Faulty filters: the sentence, the caret, and the fix, which always compiles."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from controlcenter.browse import filter
from controlcenter.browse.filter.check import NODES
from controlcenter.browse.filter.parser import DEPTH
from controlcenter.errors import Kind, Problem

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/filter/errors.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["filter"])
def test_a_faulty_filter_says_where_and_what(case: dict[str, Any]) -> None:
    with pytest.raises(filter.FilterError) as caught:
        filter.compile(case["filter"])
    fault = caught.value
    assert fault.column == case["column"]
    assert case["says"] in fault.what
    assert fault.fix == case.get("fix", "")
    assert fault.caret.splitlines()[-1] == " " * (case["column"] - 1) + "^"
    if fault.fix:
        filter.compile(fault.fix)


def test_an_error_is_a_problem_of_the_filter_field() -> None:
    with pytest.raises(Problem) as caught:
        filter.compile("a\n== 1 &&\nvalue.b = 2")
    assert (caught.value.kind, caught.value.field) == (Kind.INVALID, "filter")


def test_the_caret_stands_below_its_own_line() -> None:
    with pytest.raises(filter.FilterError) as caught:
        filter.compile("value.a == 1\n&& value.b = 2")
    assert caught.value.caret == "&& value.b = 2\n           ^"


LARGE = {
    "nodes": " && ".join(["value.a == 1"] * (NODES // 4)),
    "list": f"value.a in [{', '.join(map(str, range(NODES)))}]",
    "parentheses": "(" * (DEPTH + 1) + "true" + ")" * (DEPTH + 1),
    "nots": "!" * (DEPTH + 1) + "true",
    "many nots": "!" * 16_000 + "true",
    "minus": "-" * 5000 + "1 == 1",
    "sums": "+".join(["1"] * 200) + " == 1",
    "steps": "value" + ".a" * (DEPTH + 1) + " == 1",
    "choices": "true ? " * 40 + "true" + " : true" * 40,
    "lists": "[" * 3000,
    "length": "value.a == '" + "x" * 20_000 + "'",
    "digits": "value.a == " + "9" * 5000,
    "calls": "size(" * 5000,
    "exponent": "value.a == 1e9999999999",
    "pattern": "value.a.matches('(((a{1000}){1000}){1000})')",
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_is_refused(name: str) -> None:
    with pytest.raises(filter.FilterError):
        filter.compile(LARGE[name])


def test_flat_chains_within_the_limit_are_fine() -> None:
    filter.compile(" || ".join(["value.a == 1"] * (NODES // 5)))
    filter.compile("(" * DEPTH + "true" + ")" * DEPTH)


@pytest.mark.parametrize("wrong", [{"mode": "sql"}, {"mode": "text", "parts": ["body"]}, {"mode": "text", "parts": []}])
def test_unknown_kinds_and_parts_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(filter.FilterError):
        filter.compile("x", **wrong)


def test_every_example_of_the_documentation_compiles() -> None:
    page = (Path(__file__).parents[3] / "docs/filters.md").read_text(encoding="utf-8")
    examples = [line.strip() for line in page.partition("## Plain text")[0].splitlines() if line.startswith("    ")]
    assert len(examples) == 4
    for text in examples:
        filter.compile(text)


def test_the_documented_error_is_the_one_that_comes() -> None:
    with pytest.raises(filter.FilterError) as caught:
        filter.compile("value.order-id == 5")
    page = (Path(__file__).parents[3] / "docs/filters.md").read_text(encoding="utf-8")
    assert "\n".join(f"    {line}" for line in caught.value.caret.splitlines()) in page
    assert str(caught.value) in page
