"""Nothing of a user's text becomes code: no door in the source, and none found by those who try."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.browse import filter
from tests.browse.filter.records import Given
from tests.browse.filter.strategies import conditions, roots

HERE = Path(filter.__file__).parent
SOURCES = sorted(HERE.glob("*.py"))
BUILTINS = {
    "eval",
    "exec",
    "compile",
    "getattr",
    "setattr",
    "delattr",
    "__import__",
    "globals",
    "locals",
    "vars",
    "open",
    "input",
    "format",
}
NAMES = {
    "attrgetter",
    "methodcaller",
    "format_map",
    "__getattribute__",
    "__dict__",
    "__globals__",
    "__builtins__",
    "__subclasses__",
    "__class__",
}
MODULES = {
    "importlib",
    "pickle",
    "marshal",
    "subprocess",
    "os",
    "sys",
    "ctypes",
    "string",
    "builtins",
    "types",
    "inspect",
    "shelve",
    "code",
}
ALLOWED = {
    ("projection.py", "attrgetter"),  # of names that projection.py counts itself: see test_fields_of_a_projection_are_counted
    ("values.py", "types"),  # NoneType
}  # fmt: skip


def doors(source: str) -> set[str]:
    """Return what a source could run text with: names of builtins, modules, attributes, and formats that are no constants."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                found.add(name)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in NAMES:
                found.add(name)
            case ast.Import(names=names):
                found |= {each.name.partition(".")[0] for each in names} & MODULES
            case ast.ImportFrom(module=module):
                found |= {(module or "").partition(".")[0]} & MODULES
            case ast.Call(func=ast.Attribute(attr="format")):
                found.add("str.format")
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str()) | ast.JoinedStr()):
                found.add("%")
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=parts)) if any(isinstance(part, ast.FormattedValue) for part in parts):
                found.add("format spec")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_source_has_no_door_for_text_to_run_through(path: Path) -> None:
    assert {name for name in doors(path.read_text(encoding="utf-8")) if (path.name, name) not in ALLOWED} == set()


@pytest.mark.parametrize(
    ("source", "door"),
    [
        ("eval(x)", "eval"),
        ("import pickle", "pickle"),
        ("from os import system", "os"),
        ("'{}'.format(x)", "str.format"),
        ("x.__class__", "__class__"),
        ("operator.attrgetter(x)", "attrgetter"),
        ("'%s' % x", "%"),
        ("f'{x:{y}}'", "format spec"),
        ("getattr(a, b)", "getattr"),
    ],
)
def test_the_scan_sees_doors(source: str, door: str) -> None:
    assert door in doors(source)


def test_fields_of_a_projection_are_counted() -> None:
    found = filter.compile("value.__class__ == 1 && value['__init__'].mro == 2 && value.x.f0 == 3")
    structs, seen = [found._decode(b"{}")], []  # type: ignore[attr-defined]
    for struct in structs:
        seen += struct.__struct_fields__
        structs += [each for each in (getattr(struct, name) for name in struct.__struct_fields__) if hasattr(each, "__struct_fields__")]
    assert set(seen) == {"f0", "f1", "f2"}


PAYLOADS = yaml.safe_load((Path(__file__).parents[2] / "cases/filter/payloads.yaml").read_text(encoding="utf-8"))
PLACES = [
    "{}", "value.{} == 1", "value.a == {}", "value.a == '{}'", 'value["{}"] == 1', "value.a.{}(1)", "{}(value.a)", "value.a.matches('{}')",
    "value.a.exists({}, true)", "timestamp('{}') > timestamp",
]  # fmt: skip
HUNT = """
import json, sys
from controlcenter.browse import filter
from tests.browse.filter.records import Given
record = Given(json.dumps({"a": "x", "b": {"c": [1]}}).encode(), b"k")
warm = ["value.a == 1 && value.b.c.exists(i, i > 1.5)", "value.a.matches('x') || lower(key) == 'y'"]
for text in [*warm, "timestamp > timestamp('2026-01-01')"]:
    filter.compile(text).matches(record)
try:
    filter.compile("(")
except filter.FilterError:
    pass
seen = []
sys.addaudithook(lambda event, _: seen.append(event))
tried = held = 0
for text in json.load(sys.stdin):
    tried += 1
    for mode in ("expression", "text"):
        try:
            filter.compile(text, mode=mode).matches(record)
            held += mode == "expression"
        except filter.FilterError:
            pass
quiet = {"object.__getattr__", "object.__setattr__", "sys._getframe", "gc.get_referents", "builtins.id"}
print(json.dumps([tried, held, sorted(set(seen) - quiet)]))
"""


def test_hostile_texts_run_nothing() -> None:
    """Every payload in every place, in a process that hears of each exec, compile, import, open, connect and start of a program."""
    texts = [place.replace("{}", payload) for place in PLACES for payload in PAYLOADS]
    assert len(texts) >= 300
    done = subprocess.run(
        [sys.executable, "-c", HUNT], input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=HERE.parents[2], timeout=60
    )
    tried, held, events = json.loads(done.stdout)
    assert tried == len(texts)
    assert held > 20, "some are ordinary texts and patterns, which must work as such"
    assert events == []


WORDS = [
    "value",
    "key",
    "headers",
    ".",
    "[",
    "]",
    "(",
    ")",
    "a",
    "'a'",
    "0",
    "1.5",
    "&&",
    "||",
    "!",
    "==",
    "<",
    "in",
    "?",
    ":",
    ",",
    "-",
    "+",
    "/",
    "exists",
    "all",
    "i",
    "has",
    "size",
    "matches",
    "contains",
    "timestamp",
    "duration",
    "null",
    "true",
    " ",
    "\n",
    "//",
    "\\",
    "'",
    '"',
    "r'",
    "1e",
    "0x",
]
mixed = st.lists(st.sampled_from(WORDS), max_size=25)


@settings(max_examples=600)
@given(st.text(max_size=40) | mixed.map("".join) | mixed.map(" ".join))
def test_only_a_filter_error_escapes_from_any_text(text: str) -> None:
    fault: Any = None
    try:
        found = filter.compile(text)
    except filter.FilterError as caught:
        fault = caught
    if fault is None:
        assert found.matches(Given(b'{"a": [1, "a"]}', b"a")) in (True, False)
    else:
        assert fault.what.endswith(".")
        assert fault.column - 1 <= len(text)
        assert isinstance(fault.caret, str)


@settings(max_examples=300)
@given(conditions(roots=("value", "key", "headers")), roots | st.binary(max_size=30), st.text(max_size=5))
def test_nothing_escapes_from_any_record(text: str, data: bytes, name: str) -> None:
    try:
        found = filter.compile(text)
    except filter.FilterError:
        return
    record = Given(data, data, ((name, data), ("a", None)), timestamp_ms=-1)
    assert found.matches(record) in (True, False)
    if not found.may_match(data, data):
        assert not found.matches(record)
