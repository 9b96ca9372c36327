"""FILTER, TRANSFORM, REDUCE. A lambda arrives as a callable; what fails inside of it fails the whole call."""

from collections.abc import Callable
from typing import Any

from controlcenter.sql.functions.base import SEE, Scalar
from controlcenter.sql.functions.signatures import signature

Values = list[Any]
Entries = dict[Any, Any]


def filter_array(array: Values, test: Callable[[Any], Any]) -> Values:
    return [item for item in array if test(item)]


def filter_map(entries: Entries, test: Callable[[Any, Any], Any]) -> Entries:
    return {key: value for key, value in entries.items() if test(key, value)}


def transform_array(array: Values, change: Callable[[Any], Any]) -> Values:
    return [change(item) for item in array]


def transform_map(entries: Entries, new_key: Callable[[Any, Any], Any], new_value: Callable[[Any, Any], Any]) -> Entries:
    """Return the map of new keys and values; two equal keys or a null value are an error."""
    made: Entries = {}
    for key, value in entries.items():
        name, changed = new_key(key, value), new_value(key, value)
        if name in made:
            raise ValueError(f"Duplicate key {name}")
        if changed is None:
            raise ValueError("A map's new value must not be null.")
        made[name] = changed
    return made


def reduce_array(array: Values | None, state: Any, step: Callable[[Any, Any], Any]) -> Any:
    if state is None or array is None:
        return state
    for item in array:
        state = step(state, item)
    return state


def reduce_map(entries: Entries | None, state: Any, step: Callable[[Any, Any, Any], Any]) -> Any:
    if state is None or entries is None:
        return state
    for key, value in entries.items():
        state = step(state, key, value)
    return state


FUNCTIONS = (
    Scalar("filter", "Returns the elements or entries that pass a test.", "LAMBDA", (
        signature("ARRAY<T> array, LAMBDA<T, BOOLEAN> lambda", "ARRAY<T>", filter_array),
        signature("MAP<K, V> map, LAMBDA<K, V, BOOLEAN> lambda", "MAP<K, V>", filter_map),
    )),
    Scalar("transform", "Returns the changed elements or entries.", "LAMBDA", (
        signature("ARRAY<T> array, LAMBDA<T, R> lambda", "ARRAY<R>", transform_array),
        signature("MAP<K, V> map, LAMBDA<K, V, R> lambda1, LAMBDA<K, V, T> lambda2", "MAP<R, T>", transform_map),
    )),
    Scalar("reduce", "Returns a state that every element or entry has changed in turn.", "LAMBDA", (
        signature("ARRAY<T> list, S state, LAMBDA<S, T, S> lambda", "S", reduce_array, nulls=SEE),
        signature("MAP<K, V> map, S state, LAMBDA<S, K, V, S> lambda", "S", reduce_map, nulls=SEE),
    )),
)  # fmt: skip
