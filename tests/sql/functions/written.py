"""Read the case files: types and values from their text."""

from decimal import Decimal
from pathlib import Path

import yaml

from controlcenter.sql import types
from controlcenter.sql.functions import signatures

CASES = Path(__file__).parents[2] / "cases" / "sql" / "functions"


def load(file):
    """Give (kind, text, name, argument types, result type, gives, fails) of every entry of a file."""
    for entry in yaml.safe_load((CASES / file).read_text(encoding="utf-8")):
        kind = "table" if "table" in entry else "aggregate" if "aggregate" in entry else "function"
        text = entry[kind]
        call, _, returns = text.partition(" -> ")
        name, _, inside = call.partition("(")
        yield kind, text, name, [a_type(part) for part in parts(inside.removesuffix(")"))], a_type(returns), entry


def parts(text):
    """Return the parts between the commas that stand outside of brackets."""
    found, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "<(") - (char in ">)")
        if char == "," and not depth:
            found.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*found, text[start:]) if part.strip()]


def a_type(text):
    head, _, rest = text.strip().partition("<")
    inside = parts(rest.removesuffix(">"))
    match head:
        case "ARRAY":
            return types.Array(a_type(inside[0]))
        case "MAP":
            return types.Map(a_type(inside[0]), a_type(inside[1]))
        case "STRUCT":
            return types.Struct(tuple((field.partition(" ")[0], a_type(field.partition(" ")[2])) for field in inside))
    if head.startswith("DECIMAL("):
        precision, scale = head.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return types.Decimal(int(precision), int(scale))
    return types.NULL if head == "NULL" else signatures.read(head)


def value(given, kind):
    """Return a value of a case file as the run-time value of its type."""
    if given is None:
        return None
    match kind:
        case types.BYTES:
            return bytes.fromhex(given)
        case types.Decimal():
            return Decimal(given)
        case types.Array(item):
            return [value(one, item) for one in given]
        case types.Map(_, item):
            return {name: value(one, item) for name, one in given.items()}
        case types.Struct(fields):
            return {name: value(given[name], item) for name, item in fields}
    return given
