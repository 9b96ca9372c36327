"""Filters kept for later: one's own, by name, and only what is a filter."""

from typing import Any

import pytest

from controlcenter.access import principals
from controlcenter.browse import saved
from controlcenter.errors import Kind, Problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo", "store")]


def test_a_filter_is_kept_replaced_and_forgotten_by_its_owner_alone(bob: Any, alice: Any) -> None:
    me, other = principals.of_user(bob), principals.of_user(alice)
    saved.save(me, "demo", "rides", " Large ", "value.amount > 9", "expression")
    saved.save(me, "demo", "rides", "Large", "value.amount > 99", "expression")
    assert [(each.name, each.text) for each in saved.of(me, "demo", "rides")] == [("Large", "value.amount > 99")]
    assert saved.of(other, "demo", "rides") == []
    saved.remove(other, "demo", "rides", "Large")
    assert len(saved.of(me, "demo", "rides")) == 1
    saved.remove(me, "demo", "rides", "Large")
    assert saved.of(me, "demo", "rides") == []


@pytest.mark.parametrize(
    ("name", "text", "field"), [("", "x", "name"), ("n" * 101, "x", "name"), ("n", " ", "filter"), ("n", "a ==", "filter")]
)
def test_what_is_no_filter_is_not_kept(bob: Any, name: str, text: str, field: str) -> None:
    with pytest.raises(Problem) as found:
        saved.save(principals.of_user(bob), "demo", "rides", name, text, "expression")
    assert (found.value.kind, found.value.field) == (Kind.INVALID, field)


def test_charlie_keeps_none(charlie: Any) -> None:
    with pytest.raises(Problem):
        saved.save(principals.of_user(charlie), "demo", "rides", "n", "x", "text")
