"""The typed tree of a filter. The parser makes the first half of it, `check` turns that into the second, and only that is evaluated.

`at` is an index into the text, for errors; it takes no part in comparisons of trees.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    of: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    of: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Both:
    """Every one of them: a && b && c"""

    of: "tuple[Node, ...]"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Either:
    """One of them: a || b || c"""

    of: "tuple[Node, ...]"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """sign: == != < <= > >="""

    sign: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """sign: + - * / %"""

    sign: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    one: "Node"
    of: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Choose:
    """condition ? yes : no"""

    condition: "Node"
    yes: "Node"
    no: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    of: "tuple[Node, ...]"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of something, by a name or a number that a record decides."""

    of: "Node"
    by: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of functions.TABLE; what it was called on is its first argument."""

    name: str
    of: "tuple[Node, ...]"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """Parsed only: a name standing alone."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """Parsed only: something.name"""

    of: "Node"
    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """Checked only: a whole variable of the record."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    """Checked only: steps into key, value, headers, or the item of a loop ("#0", "#1" …: the outermost is 0)."""

    root: str
    steps: tuple[str | int, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Loop:
    """exists or all over a list. name: parsed as written, checked as "#0", "#1" …"""

    kind: str
    over: "Node"
    name: str
    body: "Node"
    at: int = field(default=0, compare=False)


Parsed: TypeAlias = Name | Field
Checked: TypeAlias = Variable | Path
Node: TypeAlias = (
    Literal | Not | Negative | Both | Either | Compare | Arithmetic | In | Choose | ListOf | Item | Call | Loop | Parsed | Checked
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below one."""
    match node:
        case Both(of) | Either(of) | ListOf(of) | Call(_, of):
            return of
        case Not(of) | Negative(of) | Field(of, _):
            return (of,)
        case Compare(_, a, b) | Arithmetic(_, a, b) | In(a, b) | Item(a, b) | Loop(_, a, _, b):
            return (a, b)
        case Choose(a, b, c):
            return (a, b, c)
        case _:
            return ()


def walk(node: Node) -> "list[Node]":
    """Return a node and all below it, without recursion."""
    found = [node]
    for each in found:
        found.extend(children(each))
    return found
