"""Avro schemas as a tree of our own, parsed from hostile text: bounded, names resolved, nothing trusted.

fastavro's reader follows a recursive schema down the C stack until the process ends, and lets five bytes ask for an endless
array of nulls (both measured). So schemas are read here, and `avro` walks them with a depth and a count.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from controlcenter.schemas.model import Schema
from controlcenter.serde.json import is_deeper
from controlcenter.serde.values import Wrong

DEPTH = 256  # of the schema's text (security.md 11)
PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
NAMED = ("record", "error", "enum", "fixed")


@dataclass(slots=True)
class Node:
    """One type. Named types are shared, so the tree may be a graph.

    kind      a primitive, or record enum fixed array map union
    name      full name of a named type
    inner     items of an array, values of a map: one node; branches of a union
    fields    of a record: (name, node, default or ABSENT)
    scale     of a decimal, None for anything else
    precision of a decimal that tells it
    """

    kind: str
    name: str = ""
    inner: list["Node"] = field(default_factory=list)
    fields: list[tuple[str, "Node", Any]] = field(default_factory=list)
    symbols: tuple[str, ...] = ()
    size: int = 0
    scale: int | None = None
    precision: int | None = None
    logical: str = ""


ABSENT = object()  # a field without default


@lru_cache(maxsize=128)
def parse(schema: Schema) -> Node:
    """Return the schema's tree; raises Wrong."""
    names: dict[str, Node] = {}
    for _, text in schema.references:
        _node(_json(text), "", names)
    return _node(_json(schema.text), "", names)


def _json(text: str) -> Any:
    if is_deeper(text, DEPTH):
        raise Wrong(f"its schema nests deeper than {DEPTH}")
    if text.strip() in PRIMITIVES:  # some registries tell a bare name without quotes
        return text.strip()
    try:
        return json.loads(text)
    except ValueError as fault:
        raise Wrong(f"its schema is no JSON: {fault}") from None


def _node(told: Any, space: str, names: dict[str, Node]) -> Node:
    if isinstance(told, str):
        return _named(told, space, names)
    if isinstance(told, list):
        return Node("union", inner=[_node(each, space, names) for each in told])
    if not isinstance(told, dict):
        raise Wrong("a type in its schema is neither name, object nor array")
    kind = told.get("type")
    if not isinstance(kind, str):
        return _node(kind, space, names)
    if kind in PRIMITIVES:
        return _logical(Node(kind), told)
    if kind == "array":
        return Node("array", inner=[_node(told.get("items"), space, names)])
    if kind == "map":
        return Node("map", inner=[_node(told.get("values"), space, names)])
    if kind in NAMED:
        return _define(kind, told, space, names)
    return _named(kind, space, names)


def _named(name: str, space: str, names: dict[str, Node]) -> Node:
    if name in PRIMITIVES:
        return Node(name)
    found = names.get(name if "." in name or not space else f"{space}.{name}") or names.get(name)
    if found is None:
        raise Wrong(f"its schema names {name[:100]!r}, which is defined nowhere")
    return found


def _define(kind: str, told: Mapping[str, Any], space: str, names: dict[str, Node]) -> Node:
    name = told.get("name")
    if not isinstance(name, str) or not name:
        raise Wrong(f"a {kind} in its schema has no name")
    own = told.get("namespace")
    if "." not in name and (inside := own if isinstance(own, str) else space):
        name = f"{inside}.{name}"
    made = Node("record" if kind == "error" else kind, name)
    names[name] = made  # before the fields: they may mean the record itself
    if kind == "enum":
        made.symbols = tuple(str(symbol) for symbol in _listed(told, "symbols"))
    elif kind == "fixed":
        size = told.get("size")
        if not isinstance(size, int) or size < 0:
            raise Wrong(f"{name} has no size")
        made.size = size
        return _logical(made, told)
    else:
        for each in _listed(told, "fields"):
            if not isinstance(each, dict) or not isinstance(each.get("name"), str):
                raise Wrong(f"a field of {name} has no name")
            made.fields.append((each["name"], _node(each.get("type"), name.rpartition(".")[0], names), each.get("default", ABSENT)))
    return made


def _listed(told: Mapping[str, Any], word: str) -> list[Any]:
    found = told.get(word)
    if not isinstance(found, list):
        raise Wrong(f"its schema lacks a list of {word}")
    return found


def _logical(node: Node, told: Mapping[str, Any]) -> Node:
    """Note a logical type; one that does not fit its type is ignored, as the specification says."""
    logical, scale = told.get("logicalType"), told.get("scale", 0)
    if logical == "decimal" and node.kind in ("bytes", "fixed") and isinstance(scale, int) and 0 <= scale <= 10_000:
        node.scale = scale
        precision = told.get("precision")
        node.precision = precision if isinstance(precision, int) and not isinstance(precision, bool) else None
    node.logical = logical if isinstance(logical, str) else ""
    return node
