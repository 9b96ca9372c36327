"""FILTER, TRANSFORM, REDUCE with Python callables, the clocks and the dice."""

import time
import uuid

import pytest

from controlcenter.sql.functions import lambdas
from controlcenter.sql.functions.base import LambdaArgument
from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.types import BIGINT, BOOLEAN, INTEGER, STRING, Array, Map

NUMBERS = Array(INTEGER)


def call(name, *kinds):
    return BUILTIN.scalar(name, kinds).call


def test_filter_keeps_what_passes():
    of_array = call("FILTER", NUMBERS, LambdaArgument(1, lambda _: BOOLEAN))
    assert of_array([3, 1, 2], lambda x: x > 1) == [3, 2]
    assert of_array(None, lambda x: x > 1) is None
    of_map = call("FILTER", Map(STRING, INTEGER), LambdaArgument(2, lambda _: BOOLEAN))
    assert of_map({"a": 1, "b": 2}, lambda k, v: k == "a" or v > 5) == {"a": 1}


def test_transform_changes_each():
    of_array = call("TRANSFORM", NUMBERS, LambdaArgument(1, lambda _: STRING))
    assert of_array([1, 2], lambda x: x * 2) == [2, 4]
    of_map = call("TRANSFORM", Map(STRING, INTEGER), LambdaArgument(2, lambda _: STRING), LambdaArgument(2, lambda _: INTEGER))
    assert of_map({"a": 1}, lambda k, v: k + str(v), lambda k, v: v + 1) == {"a1": 2}
    assert of_map(None, str, int) is None


def test_a_map_with_equal_new_keys_or_a_null_value_is_an_error():
    with pytest.raises(ValueError, match="Duplicate key"):
        lambdas.transform_map({"a": 1, "b": 2}, lambda k, v: "x", lambda k, v: v)
    with pytest.raises(ValueError, match="null"):
        lambdas.transform_map({"a": 1}, lambda k, v: k, lambda k, v: None)


def test_reduce_carries_a_state():
    of_array = call("REDUCE", NUMBERS, BIGINT, LambdaArgument(2, lambda _: BIGINT))
    assert of_array([1, 2, 3], 10, lambda s, x: s + x) == 16
    assert of_array(None, 10, lambda s, x: s + x) == 10
    assert of_array([1], None, lambda s, x: 0) is None
    of_map = call("REDUCE", Map(STRING, INTEGER), STRING, LambdaArgument(3, lambda _: STRING))
    assert of_map({"a": 1}, "", lambda s, k, v: s + k + str(v)) == "a1"


def test_what_fails_in_a_lambda_fails_the_call():
    with pytest.raises(ZeroDivisionError):
        call("TRANSFORM", NUMBERS, LambdaArgument(1, lambda _: INTEGER))([0], lambda x: 1 // x)


def test_the_clocks_tell_the_time():
    before = time.time_ns() // 1_000_000
    assert before <= call("UNIX_TIMESTAMP")() <= time.time_ns() // 1_000_000
    assert call("UNIX_DATE")() in (before // 86_400_000, before // 86_400_000 + 1)


def test_random_numbers_and_uuids_differ():
    numbers = [call("RANDOM")() for _ in range(100)]
    assert len(set(numbers)) == 100
    assert all(0 <= number < 1 for number in numbers)
    assert uuid.UUID(call("UUID")()) != uuid.UUID(call("UUID")())


def test_only_regular_expressions_are_slow():
    slow = {name for name in BUILTIN.by_name if getattr(BUILTIN.find(name), "is_slow", False)}
    assert slow == {"REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL", "REGEXP_REPLACE", "REGEXP_SPLIT_TO_ARRAY"}
    assert BUILTIN.scalar("regexp_replace", [STRING] * 3).is_slow
