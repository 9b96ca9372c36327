"""The walk before anything runs: generated source may hold nothing but what the generator is known to write.

Law: a tree with any other node, name, attribute or constant raises BROKEN and is never executed.
"""

import ast
import re

from controlcenter.errors import Kind, Problem

NODES = frozenset(
    (
        *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Lambda, ast.Return, ast.Pass, ast.Continue, ast.Break),
        *(ast.For, ast.If, ast.IfExp, ast.Try, ast.ExceptHandler, ast.Assign, ast.AugAssign, ast.Expr, ast.NamedExpr, ast.Delete, ast.Del),
        *(ast.Name, ast.Load, ast.Store, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.Call, ast.keyword, ast.Starred),
        *(ast.Tuple, ast.List, ast.Dict, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp),
        *(ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.FloorDiv, ast.BitAnd, ast.BitOr),
        *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn),
    )
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ATTRIBUTES = _words(
    """value key timestamp partition offset headers get append encode advance bucket join keep change
    rows shown dirty stream_time times discard add quick exact items clear"""
)
_NAMES = re.compile(r"(?:[Kacefgklnoptvx][0-9]+)\Z")
WORDS = _words(
    """run flush emit erase batch out m raw kb key g s r i ts part off heads ws we old state rows shown dirty bucket last moved
    quick reader suffix found fields error fail drop late start times clock
    None True False Exception len range min max type int float"""
)


def check(tree: ast.AST) -> None:
    """Return when every node of the tree is one that the generator writes, else raise BROKEN."""
    for node in ast.walk(tree):
        if type(node) not in NODES:
            raise _refused(type(node).__name__)
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            raise _refused("a decorator")
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                _known(name)
            case ast.ExceptHandler(name=name) if name is not None:
                _known(name)
            case ast.Attribute(attr=name) if name not in ATTRIBUTES and not re.fullmatch(r"c[0-9]+", name):
                raise _refused(f"attribute {name}")
            case ast.keyword(arg=name) if name not in ("timestamp", "headers"):
                raise _refused(f"argument {name}")
            case ast.Constant(value=constant) if constant is not None and type(constant) not in (int, bool):
                raise _refused(f"a constant of type {type(constant).__name__}")


def _known(name: str) -> None:
    if name not in WORDS and not _NAMES.match(name):
        raise _refused(f"name {name}")


def _refused(what: str) -> Problem:
    return Problem(Kind.BROKEN, f"The generated source holds something that it may not hold: {what}.", "Report this query.")
