"""Paging a list that changes under the reader."""

import pytest

from controlcenter.api import lists
from controlcenter.errors import Kind, Problem
from controlcenter.observe import filters
from controlcenter.observe.snapshot import TABLES


def topics(**records):
    return [{**dict.fromkeys(TABLES["topics"]), "name": name, "records": n} for name, n in records.items()]


def page(rows, sort="name", limit=2, cursor="", text=""):
    return lists.page(rows, fields=filters.TOPICS, name="name", text=text, sort=sort, limit=limit, cursor=cursor)


def names(rows):
    return [row["name"] for row in rows]


def test_pages_follow_each_other_without_gap_or_repeat():
    rows, seen, cursor = topics(d=1, a=2, c=3, b=4, e=5), [], ""
    while cursor is not None:
        shown, total, cursor = page(rows, cursor=cursor)
        seen += names(shown)
        assert total == 5
    assert seen == ["a", "b", "c", "d", "e"]


def test_a_row_that_does_not_know_the_column_stands_last_either_way():
    rows = topics(a=None, b=1, c=2)
    assert names(page(rows, "records", 9)[0]) == ["b", "c", "a"]
    assert names(page(rows, "-records", 9)[0]) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sort": "colour"}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 10**9}, "limit"),
        ({"cursor": "!!"}, "cursor"),
        ({"text": "nix:1"}, "filter"),
    ],
)
def test_what_cannot_be_is_named_with_its_field(given, field):
    with pytest.raises(Problem) as raised:
        page(topics(a=1), **given)
    assert (raised.value.kind, raised.value.field) == (Kind.INVALID, field)


def test_a_cursor_whose_row_is_gone_says_so():
    _, _, cursor = page(topics(a=1, b=2, c=3))
    with pytest.raises(Problem) as raised:
        page(topics(a=1, c=3), cursor=cursor)
    assert raised.value.kind is Kind.CONFLICT
