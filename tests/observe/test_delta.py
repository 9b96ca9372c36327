"""The law of deltas, by hand-made cases the browser's copy is held to as well, and by Hypothesis."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.observe import delta
from controlcenter.observe.snapshot import TABLES, Snapshot, columnar, from_columnar
from controlcenter.observe.store import decode, encode

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent.parent / "cases" / "delta").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
]

values = st.none() | st.integers(-5, 5) | st.sampled_from(["", "a", "ü"]) | st.lists(st.integers(0, 3), max_size=3)
rows = st.dictionaries(st.sampled_from(["1", "a/0", "%2F", "__proto__"]), st.fixed_dictionaries({"x": values, "y": values}))
tables = st.dictionaries(st.sampled_from(["topics", "brokers", "groups"]), rows)


def without_empty(tables: dict) -> dict:
    return {name: rows for name, rows in tables.items() if rows}


@pytest.mark.parametrize("case", CASES)
def test_the_case_holds_both_ways(case):
    old, new = Snapshot(1, case["old"]), Snapshot(2, case["new"])
    assert delta.between(old, new) == case["delta"]
    assert delta.apply(old, case["delta"]).tables == without_empty(case["new"])


@given(tables, tables)
def test_applying_the_difference_gives_the_new_snapshot(before, after):
    old, new = Snapshot(1, without_empty(before)), Snapshot(2, without_empty(after))
    assert delta.apply(old, json.loads(json.dumps(delta.between(old, new)))) == new


@given(tables)
def test_nothing_differs_from_itself(same):
    assert delta.between(Snapshot(1, same), Snapshot(2, dict(same)))["tables"] == {}


@given(st.lists(tables, min_size=2, max_size=6))
def test_a_chain_of_differences_leads_where_the_snapshots_lead(chain):
    snapshots = [Snapshot(number, without_empty(each)) for number, each in enumerate(chain)]
    followed = snapshots[0]
    for old, new in itertools.pairwise(snapshots):
        followed = delta.apply(followed, delta.between(old, new))
    assert followed == snapshots[-1]


def test_a_snapshot_survives_its_way_through_redis():
    row = dict.fromkeys(TABLES["topics"]) | {"name": "rides/ü", "records": 2**62, "overridden": ["retention.ms"]}
    snapshot = Snapshot(7, {"topics": {"rides%2F%C3%BC": row}})
    assert decode(encode(snapshot)) == snapshot


def test_a_table_survives_its_way_through_columns():
    rows = {"1": dict.fromkeys(TABLES["quorum"], 3)}
    assert from_columnar(columnar("quorum", rows)) == rows
