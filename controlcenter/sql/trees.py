"""Walks over syntax trees: every node below one, and a tree with some nodes replaced."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from controlcenter.sql import ast

Replace = Callable[[ast.Expression], ast.Expression | None]


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(node: ast.Node) -> tuple[str, ...]:
    kind = type(node)
    if kind not in _PARTS:
        _PARTS[kind] = tuple(f.name for f in fields(node) if f.name != "span")
    return _PARTS[kind]


def children(node: ast.Node) -> Iterator[ast.Node]:
    """Yield the nodes directly below a node, in the order of the text."""
    for part in _parts(node):
        yield from _nodes(getattr(node, part))


def _nodes(value: Any) -> Iterator[ast.Node]:
    if isinstance(value, ast.Node):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from _nodes(inner)


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """Yield a node and all below it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: ast.Node) -> Iterator[ast.Name]:
    """Yield the columns that a tree mentions, parameters of lambdas left out."""
    if isinstance(node, ast.Name):
        yield node
    for child in children(node):
        for name in names(child):
            if not (isinstance(node, ast.Lambda) and name.source is None and name.name in node.parameters):
                yield name


def calls(node: ast.Node) -> Iterator[ast.Call]:
    """Yield the function calls in a tree, outermost first."""
    return (found for found in walk(node) if isinstance(found, ast.Call))


def rewrite(node: Any, change: Replace) -> Any:
    """Return the tree with every expression for which `change` gives another one replaced; below a replaced one nothing is looked at."""
    if isinstance(node, ast.Expression):
        changed = change(node)
        if changed is not None:
            return changed
    if isinstance(node, ast.Node):
        parts = {}
        for part in _parts(node):
            old = getattr(node, part)
            new = rewrite(old, change)
            if new is not old:
                parts[part] = new
        return replace(node, **parts) if parts else node
    if isinstance(node, tuple):
        items = tuple(rewrite(item, change) for item in node)
        return items if any(a is not b for a, b in zip(items, node, strict=True)) else node
    return node
