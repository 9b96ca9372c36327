"""A second reading of the language, slow and plain: the tree walked over a wholly decoded document, numbers as fractions.

It shares the tree with the product and nothing else.
"""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from controlcenter.browse.filter import tree


class Absent(Exception):
    pass


def document(data: bytes) -> Any:
    return json.loads(data, parse_float=Fraction, parse_int=Fraction)


def holds(node: Any, value: Any, items: tuple[Any, ...] = ()) -> bool:
    """Whether a condition holds; null and clashing kinds never do."""
    match node:
        case tree.Both(of):
            return all(holds(each, value, items) for each in of)
        case tree.Either(of):
            return any(holds(each, value, items) for each in of)
        case tree.Not(of):
            found = read(of, value, items)
            return found is None or found is False
        case tree.Choose(test, yes, no):
            return holds(yes if holds(test, value, items) else no, value, items)
        case tree.Compare(sign, left, right):
            return _compare(sign, node, read(left, value, items), read(right, value, items))
        case tree.In(one, of):
            return _among(read(one, value, items), read(of, value, items))
        case tree.Loop(kind, over, _, body):
            found = read(over, value, items)
            results = [holds(body, value, (*items, item)) for item in found] if isinstance(found, list) else None
            return False if results is None else any(results) if kind == "exists" else all(results)
        case _:
            return read(node, value, items) is True


def read(node: Any, value: Any, items: tuple[Any, ...]) -> Any:
    match node:
        case tree.Literal(constant):
            return Fraction(str(constant)) if isinstance(constant, (int, float, Decimal)) and not isinstance(constant, bool) else constant
        case tree.Path(root, steps):
            return _walk(value if root == "value" else items[int(root[1:])], steps)
        case tree.ListOf(of):
            return [read(each, value, items) for each in of]
        case tree.Choose(test, yes, no):
            return read(yes if holds(test, value, items) else no, value, items)
        case tree.Call(name, of):
            return _call(name, *(read(each, value, items) for each in of))
        case _:
            return holds(node, value, items)


def _walk(found: Any, steps: tuple[Any, ...]) -> Any:
    for step in steps:
        if isinstance(found, dict) and isinstance(step, str):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return None
    return found


def _compare(sign: str, node: tree.Compare, a: Any, b: Any) -> bool:
    if tree.Literal(None) in (node.left, node.right):
        return ((a is None) and (b is None)) is (sign == "==")
    if a is None or b is None:
        return sign == "==" and a is b
    if type(a) is not type(b):
        return False
    if sign in ("==", "!="):
        return _same(a, b) is (sign == "==")
    if not isinstance(a, (Fraction, str)):
        return False
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign])


def _same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    return bool(a == b)


def _among(one: Any, of: Any) -> bool:
    if one is None or of is None:
        return False
    if isinstance(of, dict):
        return isinstance(one, str) and one in of
    return isinstance(of, list) and any(_same(one, each) for each in of)


def _call(name: str, *given: Any) -> Any:
    if name == "size":
        return Fraction(len(given[0])) if isinstance(given[0], (str, list, dict)) else None
    if name == "lower":
        return given[0].lower() if isinstance(given[0], str) else None
    if not all(isinstance(each, str) for each in given):
        return None
    a, b = given
    return {"startsWith": a.startswith(b), "endsWith": a.endswith(b), "contains": b in a}[name]
