"""A statement from samples: what agrees becomes a type, what does not stays text."""

import json

import pytest

from controlcenter.query import wizard
from controlcenter.query.wizard import Sample
from controlcenter.sql import analyze, parser
from controlcenter.sql.catalog import Catalog


def types_of(*documents):
    samples = [Sample("text", "k", "json", json.dumps(document)) for document in documents]
    return {column["name"]: column["type"] for column in wizard.infer("t", samples)["columns"]}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "INTEGER"), ([1, 1 << 40], "BIGINT"), ([1, 2.5], "DOUBLE"), ([True, False], "BOOLEAN"), (["a", 1], "STRING"),
        ([1 << 70], "STRING"), ([[1], [2]], "ARRAY<INTEGER>"), ([None, 3], "INTEGER"), ([None], "STRING"),
        ([{"a": 1}, {"b": "x"}], "STRUCT<A INTEGER, B STRING>"),
    ],
)  # fmt: skip
def test_the_type_is_the_narrowest_that_holds_every_sample(values, kind):
    found = types_of(*({"v": value} for value in values))["v"]
    assert found.upper().replace("`", "") == kind


@pytest.mark.parametrize("topic", ["rides", "a.b-c", "9lives", "__odd", "select", "it's"])
def test_what_it_writes_can_be_read(topic):
    samples = [Sample("int64", "5", "json", '{"from": 1, "From": 2, "ok": {"x y": [1.5]}, "VendorID": "1"}')]
    ddl = wizard.infer(topic, samples)["ddl"]
    (node,) = parser.parse(ddl)
    assert analyze.statement(node, Catalog()).source.topic == topic


def test_records_that_are_no_json_are_told():
    found = wizard.infer("t", [Sample("text", "k", "json", '{"a": 1}'), Sample("text", "k", "text", "plain")])
    assert found["notes"]


def test_a_topic_without_records_asks_for_columns_by_hand():
    assert wizard.infer("t", [])["notes"]
