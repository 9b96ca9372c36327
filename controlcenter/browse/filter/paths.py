"""Paths into a record's key and value: as text, as steps, read from decoded samples, and proposed while one types.

Law: parse(text(root, steps)) == (root, steps).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from controlcenter.browse.filter import evaluate, parser, tree, values
from controlcenter.browse.filter.check import check_path
from controlcenter.browse.filter.tree import Node, Path

SAMPLES = 50
DEPTH = 8  # of proposed paths
MOST = 500  # proposed paths
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A path that samples have. kinds: of what stands there, the most frequent first; seen: in how many of the samples."""

    text: str
    kinds: tuple[str, ...]
    seen: int
    of: int


def text(root: str, steps: Steps) -> str:
    """Return a path as a filter writes it: value.fare.base, value['order-id'], value.items[0]."""
    return root + "".join(_step_text(step) for step in steps)


def _step_text(step: str | int) -> str:
    if type(step) is str and PLAIN.fullmatch(step):
        return f".{step}"
    return f"[{quoted(step)}]" if isinstance(step, str) else f"[{step}]"


def quoted(value: str) -> str:
    """Return a text as a literal of the language."""
    return "'" + "".join(_sign_text(sign) for sign in value) + "'"


def _sign_text(sign: str) -> str:
    if sign in "\\'":
        return "\\" + sign
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def parse(path: str) -> tuple[str, Steps]:
    """Return a written path's root and steps; raises FilterError for what is no path."""
    found = check_path(parser.parse(path), path)
    return found.root, found.steps


def read(root: Any, steps: Steps) -> Any:
    """Return what stands at a path of a decoded key or value, None where there is nothing."""
    return evaluate.walk(root, steps)


def named(node: Node) -> tuple[str, ...]:
    """Return the paths of key and value that a checked filter reads, in the order of its text."""
    found = [each for each in tree.walk(node) if isinstance(each, Path) and each.root in ("key", "value")]
    return tuple(dict.fromkeys(text(each.root, each.steps) for each in sorted(found, key=lambda each: each.at)))


def complete(samples: Iterable[Any], typed: str = "", root: str = "value") -> list[Found]:
    """Return the paths of up to 50 decoded samples that begin with, or else contain, what was typed; the commonest first.

    Of a list its first item stands for all: value.items[0].price.
    """
    counts: dict[Steps, dict[str, int]] = {}
    taken = 0
    for sample in samples:
        if taken == SAMPLES:
            break
        taken += 1
        _count(sample, counts)
    found = [
        Found(text(root, steps), tuple(sorted(kinds, key=lambda kind: -kinds[kind])), sum(kinds.values()), taken)
        for steps, kinds in counts.items()
    ]
    wanted = typed.lower()
    fitting = [each for each in found if wanted in each.text.lower()]
    return sorted(fitting, key=lambda each: (not each.text.lower().startswith(wanted), -each.seen, each.text))[:MOST]


def _count(sample: Any, counts: dict[Steps, dict[str, int]]) -> None:
    level: list[tuple[Steps, Any]] = [((), sample)]
    while level:
        steps, here = level.pop(0)
        here = values.plain(here)
        if steps and (steps in counts or len(counts) < MOST * 4):
            kinds = counts.setdefault(steps, {})
            kinds[values.kind(here)] = kinds.get(values.kind(here), 0) + 1
        if len(steps) == DEPTH:
            continue
        if isinstance(here, dict):
            level += [((*steps, name), item) for name, item in list(here.items())[:MOST] if isinstance(name, str)]
        elif isinstance(here, (list, tuple)) and here:
            level.append(((*steps, 0), here[0]))
