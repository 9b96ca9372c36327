"""The filter line, by the cases it shares with the browser, and by law."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.errors import Kind, Problem
from controlcenter.observe import filters

CASES = [
    pytest.param(file, case, id=f"{path.stem}:{case['text']}")
    for path in sorted((Path(__file__).parents[1] / "cases" / "filters").glob("*.json"))
    for file in [json.loads(path.read_text(encoding="utf-8"))]
    for case in file["cases"]
]
FIELDS = {"topics": filters.TOPICS, "groups": filters.GROUPS}


@pytest.mark.parametrize(("file", "case"), CASES)
def test_a_filter_keeps_the_rows_its_case_names(file, case):
    fields = FIELDS[file["fields"]]
    found = filters.read(case["text"], fields, file["now_ms"])
    assert [row["name"] for row in file["rows"] if found(row)] == case["names"]
    assert [{"start": f.start, "end": f.end, "what": f.what} for f in found.faults] == case.get("faults", [])


def test_an_unknown_field_names_the_fields_there_are():
    with pytest.raises(Problem) as caught:
        filters.parse("sise:>1k", filters.TOPICS)
    assert caught.value.kind is Kind.INVALID
    assert caught.value.field == "filter"
    assert "size" in caught.value.hint
    assert "size_bytes" not in caught.value.hint


def test_a_pattern_that_cannot_be_read_is_a_sentence():
    with pytest.raises(Problem, match="cannot be read"):
        filters.parse("name:re:(", filters.TOPICS)


def test_a_pattern_that_explodes_elsewhere_ends_at_once():
    match = filters.parse("name:re:(a+)+b", filters.TOPICS)
    before = time.monotonic()
    assert not match({"name": "a" * 249})
    assert time.monotonic() - before < 1


@given(st.text(max_size=60))
def test_no_text_breaks_the_filter(text):
    found = filters.read(text, filters.TOPICS, 0)
    assert isinstance(found({"name": "rides"}), bool)
    for fault in found.faults:
        assert 0 <= fault.start < fault.end <= len(text)
        assert fault.what.endswith(".")


@given(st.floats(min_value=0, max_value=1e12), st.integers(0, 10**12))
def test_a_comparison_and_its_opposite_split_the_known_rows(value, bound):
    above, below = filters.parse(f"records:>{bound}", filters.TOPICS), filters.parse(f"records:<={bound}", filters.TOPICS)
    assert above({"records": value}) != below({"records": value})
    assert not above({"records": None})
    assert not below({"records": None})
