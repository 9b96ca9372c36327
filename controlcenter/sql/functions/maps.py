"""Maps. Their order is that of insertion; no query may depend on it."""

from typing import Any

from controlcenter.sql.functions.base import SEE, Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import text

Values = dict[str, Any]


def keys(value: Values) -> list[str]:
    return list(value)


def values(value: Values) -> list[Any]:
    return list(value.values())


def union(one: Values | None, other: Values | None) -> Values | None:
    if one is None or other is None:
        return one if other is None else other
    return one | other


def entries(value: Values, is_sorted: bool) -> list[dict[str, Any]]:
    names = sorted(value, key=text.order) if is_sorted else value
    return [{"K": name, "V": value[name]} for name in names]


_MAP = "MAP<STRING, T>"

FUNCTIONS = (
    Scalar("map_keys", "Returns the keys of a map.", "MAP", (signature(f"{_MAP} input", "ARRAY<STRING>", keys),)),
    Scalar("map_values", "Returns the values of a map.", "MAP", (signature(f"{_MAP} input", "ARRAY<T>", values),)),
    Scalar("map_union", "Joins two maps; the second wins.", "MAP", (signature(f"{_MAP} map1, {_MAP} map2", _MAP, union, nulls=SEE),)),
    Scalar("ENTRIES", "Returns the entries of a map as structs of K and V.", "MAP", tuple(
        signature(f"MAP<STRING, {kind}> map, BOOLEAN sorted", f"ARRAY<STRUCT<K STRING, V {kind}>>", entries)
        for kind in ("INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "STRING")
    )),
)  # fmt: skip
