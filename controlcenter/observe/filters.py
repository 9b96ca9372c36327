"""The one filter line of all lists: text → predicate over a snapshot's rows.

    word  ·  field:value  ·  field:a,b (or)  ·  -field:x (not)  ·  field:>1k  ·  10..50  ·  field:? (not known)
    units k M G, KiB MiB GiB TiB, s m h d  ·  name:re:^pay.* (RE2, whole name)  ·  name:glob:pay-*  ·  "two words"

Space is "and". A field is looked up in a given table and nowhere else. A row that does not know a value matches no comparison
with it. static/js/lib/filter.js is the same in the browser; tests/cases/filters holds both to the same answers.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import re2

from controlcenter.errors import Kind, Problem
from controlcenter.observe.snapshot import Row

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """kind: text, word (one of a few), number, bytes, duration, age (an instant, asked for by how long ago), flag, list."""

    column: str
    kind: str
    words: tuple[str, ...] = ()


Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Fault:
    """A term that cannot be read: the sentence, the way out, and where it stands in the text."""

    what: str
    hint: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    field: Field
    tests: tuple[Test, ...]
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """Call it with a row. faults: the terms that were left out because they could not be read."""

    terms: tuple[Term, ...]
    faults: tuple[Fault, ...] = ()

    def __call__(self, row: Row) -> bool:
        return all(any(test(row.get(term.field.column)) for test in term.tests) != term.is_negated for term in self.terms)


HEALTH = ("ok", "under_replicated", "under_min_isr", "offline", "unknown")


def _fields(*entries: tuple[str, str, str] | tuple[str, str, str, tuple[str, ...]]) -> dict[str, Field]:
    """Return each field under its short name and under its column's own."""
    found = {}
    for name, column, kind, *words in entries:
        field = Field(column, kind, *words)
        found[name] = found[column] = field
    return found


TOPICS: Fields = _fields(
    ("name", "name", "text"),
    ("health", "health", "word", HEALTH),
    ("internal", "is_internal", "flag"),
    ("partitions", "partitions", "number"),
    ("replication", "replication_factor", "number"),
    ("records", "records", "number"),
    ("size", "size_bytes", "bytes"),
    ("in", "records_per_s", "number"),
    ("groups", "groups", "number"),
    ("lag", "max_lag", "number"),
    ("idle", "last_record_at_ms", "age"),
    ("cleanup", "cleanup_policy", "text"),
    ("retention", "retention_ms", "duration"),
    ("min_isr", "min_insync_replicas", "number"),
    ("set", "overridden", "list"),
)
GROUPS: Fields = _fields(
    ("name", "group", "text"),
    ("type", "type", "word", ("classic", "consumer", "share", "streams")),
    ("state", "state", "text"),
    ("protocol", "protocol", "text"),
    ("members", "members", "number"),
    ("topic", "topic_names", "list"),
    ("topics", "topics", "number"),
    ("partitions", "partitions", "number"),
    ("lag", "lag", "number"),
    ("out", "consumed_per_s", "number"),
    ("coordinator", "coordinator", "number"),
    ("commit", "committed_at_ms", "age"),
)

UNITS = {
    "number": {"": 1, "k": 1e3, "M": 1e6, "G": 1e9},
    "bytes": {"": 1, "B": 1, "k": 1e3, "M": 1e6, "G": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40},
    "duration": {"": 1, "ms": 1, "s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3},
}
UNITS["age"] = UNITS["duration"]
EXAMPLES = {"number": ">1k, 10..50", "bytes": ">1GiB, 1MiB..1GiB", "duration": ">7d, 1h..24h", "age": ">7d, <10m"}
TERM = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
HEAD = re.compile(r"(-?)([A-Za-z_]+):(.*)", re.DOTALL)
QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)([A-Za-z]*)")
COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.+)", re.DOTALL)


def parse(text: str, fields: Fields, now_ms: float | None = None) -> Filter:
    """Return the predicate; raises Problem(INVALID) with the first fault's sentence."""
    found = read(text, fields, now_ms)
    if found.faults:
        raise Problem(Kind.INVALID, found.faults[0].what, found.faults[0].hint, "filter")
    return found


def read(text: str, fields: Fields, now_ms: float | None = None) -> Filter:
    """Return the predicate of every term that can be read, and the faults of those that cannot."""
    terms, faults = [], []
    now = time.time() * 1000 if now_ms is None else now_ms
    for match in TERM.finditer(text):
        try:
            terms.append(_term(match.group(), fields, now))
        except Problem as problem:
            faults.append(Fault(problem.what, problem.hint, match.start(), match.end()))
    return Filter(tuple(terms), tuple(faults))


def _term(text: str, fields: Fields, now_ms: float) -> Term:
    head = HEAD.fullmatch(text)
    if head is None:
        is_negated = text.startswith("-") and len(text) > 1
        word = _unquoted(text[1:] if is_negated else text)
        return Term(next(iter(fields.values())), (_contains(word),), is_negated)
    minus, name, value = head.groups()
    if name not in fields:
        raise Problem(Kind.INVALID, f"There is no field {name}.", f"Use one of {', '.join(short_names(fields))}.")
    if not value:
        raise Problem(Kind.INVALID, f"{name}: needs a value.", f"Write one after the colon, as in {name}:{_example(fields[name])}.")
    return Term(fields[name], _tests(name, fields[name], value, now_ms), bool(minus))


def short_names(fields: Fields) -> list[str]:
    """Return the name of each field as the filter line offers it: the first of its names."""
    seen: dict[int, str] = {}
    for name, field in fields.items():
        seen.setdefault(id(field), name)
    return list(seen.values())


def _tests(name: str, field: Field, value: str, now_ms: float) -> tuple[Test, ...]:
    if field.kind == "text" and value.startswith("re:"):
        return (_pattern(value[3:]),)
    if field.kind == "text" and value.startswith("glob:"):
        glob = value[5:]
        return (lambda known: isinstance(known, str) and fnmatchcase(known, glob),)
    return tuple(_test(name, field, _unquoted(part), now_ms) for part in value.split(",") if part)


def _test(name: str, field: Field, value: str, now_ms: float) -> Test:
    if value == "?":
        return lambda known: known is None
    if field.kind == "text":
        return _contains(value)
    if field.kind == "list":
        wanted = value.lower()
        return lambda known: known is not None and any(wanted in str(each).lower() for each in known)
    if field.kind == "flag":
        return _flag(name, value)
    if field.kind == "word":
        word = value.lower().replace("-", "_")
        if word not in field.words:
            raise Problem(Kind.INVALID, f"{name} is never {value}.", f"Use one of {', '.join(field.words)}.")
        return lambda known: known == word
    return _quantity(name, field.kind, value, now_ms)


def _contains(word: str) -> Test:
    wanted = word.lower()
    return lambda known: known is not None and wanted in str(known).lower()


def _pattern(text: str) -> Test:
    try:
        # RE2: linear time whatever the pattern, so a pattern cannot stop the server
        compiled = re2.compile(text)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise Problem(Kind.INVALID, f"The pattern {text} cannot be read: {why}.", "Use RE2's syntax, as in name:re:pay.*") from None
    return lambda known: known is not None and compiled.fullmatch(str(known)) is not None


def _flag(name: str, value: str) -> Test:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if value.lower() not in words:
        raise Problem(Kind.INVALID, f"{name} is yes or no, not {value}.", f"Write {name}:yes or {name}:no.")
    wanted = words[value.lower()]
    return lambda known: known is not None and bool(known) is wanted


def _quantity(name: str, kind: str, value: str, now_ms: float) -> Test:
    if ".." in value:
        low, high = value.split("..", 1)
        first = _number(name, kind, low) if low else float("-inf")
        last = _number(name, kind, high) if high else float("inf")
        return _known(kind, now_ms, lambda n: first <= n <= last)
    sign, rest = COMPARISON.fullmatch(value).groups()  # type: ignore[union-attr]  # any text that is not empty matches
    bound = _number(name, kind, rest)
    compare: dict[str | None, Callable[[float], bool]] = {
        ">": lambda n: n > bound,
        ">=": lambda n: n >= bound,
        "<": lambda n: n < bound,
        "<=": lambda n: n <= bound,
    }
    return _known(kind, now_ms, compare.get(sign, lambda n: n == bound))


def _known(kind: str, now_ms: float, compare: Callable[[float], bool]) -> Test:
    if kind == "age":
        return lambda known: known is not None and compare(now_ms - known)
    return lambda known: known is not None and compare(known)


def _number(name: str, kind: str, text: str) -> float:
    match = QUANTITY.fullmatch(text)
    units = UNITS[kind]
    if match is None:
        raise Problem(Kind.INVALID, f"{name} wants a number, not {text}.", f"Write it as in {name}:{EXAMPLES[kind]}.")
    if match.group(2) not in units:
        words = ", ".join(unit for unit in units if unit)
        raise Problem(Kind.INVALID, f"{name} has no unit {match.group(2)}.", f"Use one of {words}.")
    return float(match.group(1)) * units[match.group(2)]


def _example(field: Field) -> str:
    if field.kind == "flag":
        return "yes"
    return field.words[0] if field.words else EXAMPLES.get(field.kind, "text").split(",")[0]


def _unquoted(text: str) -> str:
    return text.replace('"', "")
