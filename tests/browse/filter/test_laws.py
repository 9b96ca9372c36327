"""The law of filters: prefilter and projection change nothing. What they say is what a slow reading of the whole document says."""

import json
from decimal import Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from controlcenter.browse import filter
from controlcenter.browse.filter import paths
from tests.browse.filter import oracle
from tests.browse.filter.records import Given, Message
from tests.browse.filter.strategies import NAMES, conditions, roots


def compiled(text: str) -> filter.Filter:
    try:
        return filter.compile(text)
    except filter.FilterError:
        assume(False)
        raise


@settings(max_examples=400)
@given(conditions(), roots)
@example("value.a > 40", b'{"a": 40.00000000000000000001}')
@example("!(value.a in [100000000000000.0])", b'{"a": 100000000000000.0}')
@example("value.a == 12345678901234567.89", b'{"a": 12345678901234567.89}')
@example("value.a == 'x/y'", b'{"a": "x\\/y"}')
@example("!(value.a == 1)", b'[{"a": 1}]')
@example("value.a.b == null", b'{"a": [{"b": 1}]}')
@example("value.a[0].b == 1 || value.a.b == 1", b'{"a": {"b": 1}}')
def test_filtering_by_prefilter_and_projection_equals_brute_force(text: str, data: bytes) -> None:
    found = compiled(text)
    wanted = oracle.holds(found.tree, oracle.document(data))  # type: ignore[attr-defined]
    record = Given(data)
    assert found.matches(record) is wanted
    assert found.may_match(None, data) or not wanted
    assert bool(found.pick([Message(record)], lambda m: m.record)) is wanted


@settings(max_examples=150)
@given(conditions(2), roots, st.booleans())
def test_a_decoded_object_means_what_its_document_means(text: str, data: bytes, is_key: bool) -> None:
    """Formats other than JSON come decoded: the same tree reads them, and the prefilter lets them pass."""
    found = compiled(text)
    framed = b"\0\0\0\0\7" + data
    record = Given(framed, decoded_value=lambda: json.loads(data, parse_float=Decimal))
    assert found.may_match(None, framed)
    assert found.matches(record) is filter.compile(text).matches(Given(data))


@settings(max_examples=150)
@given(conditions(2, ("key",)), roots)
def test_keys_are_read_like_values(text: str, data: bytes) -> None:
    found, turned = compiled(text), compiled(text.replace("key", "value"))
    assert found.matches(Given(key=data)) is turned.matches(Given(data))
    assert found.may_match(data, None) or not found.matches(Given(key=data))


@given(st.lists(st.text() | st.sampled_from(NAMES) | st.integers(0, 10**6), max_size=8))
def test_a_path_as_text_reads_back_as_itself(steps: list[str | int]) -> None:
    assume(not any(isinstance(step, str) and any("\ud800" <= sign <= "\udfff" for sign in step) for step in steps))
    assert paths.parse(paths.text("value", tuple(steps))) == ("value", tuple(steps))


@pytest.mark.parametrize("name", ["__class__", "__dict__", "f0", "mro", "__init__", "keys", "get", "__getattribute__"])
def test_names_of_pythons_own_are_only_names(name: str) -> None:
    data = json.dumps({"a": {"b": 1}}).encode()
    found = filter.compile(f"value.{name} == null && value.a.{name} == null && value.a.{name}.{name} == null")
    assert found.matches(Given(data))
    assert filter.compile(f"value.{name} == 5").matches(Given(json.dumps({name: 5}).encode()))
