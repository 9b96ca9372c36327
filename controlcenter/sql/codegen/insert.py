"""INSERT … VALUES → the bytes of one record: its expressions have no columns, so they are evaluated once."""

import ast
from collections.abc import Mapping
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import typed
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.codegen import check
from controlcenter.sql.codegen.build import BUILTINS, Log
from controlcenter.sql.codegen.expressions import Expressions, Leaf
from controlcenter.sql.codegen.source import Block, Names
from controlcenter.sql.wire.base import Malformed, Wire


def evaluate(e: typed.Expr) -> Any:
    """Return the value of an expression without columns. A failing one raises what it raises."""
    names, block = Names(), Block(1)
    code = Expressions(names, _no_column).value(e, block)
    block.line(f"return {code}")
    module = Block()
    module.under("def run(m):", block)
    tree = ast.parse("\n".join(module.lines), "<value>")
    check.check(tree)
    found: dict[str, Any] = {"__builtins__": dict(BUILTINS), "fail": Log().fail, **names.constants}
    exec(compile(tree, "<value>", "exec"), found)  # noqa: S102  # walked above
    return found["run"](None)


def _no_column(leaf: Leaf) -> str:
    raise Problem(Kind.INVALID, "VALUES cannot name a column.", "Write literals and functions of them.")


def record(statement: typed.InsertValues, formats: Mapping[str, Wire], now_ms: int) -> tuple[bytes | None, bytes | None, int]:
    """Return key, value and timestamp of the record that the statement writes. Raises INVALID when a value does not fit."""
    source = statement.source
    try:
        given = {column.name: evaluate(e) for column, e in zip(statement.columns, statement.values, strict=True)}
        timestamp = now_ms if statement.rowtime is None else int(evaluate(statement.rowtime))
        key = _side(source.schema.key, source.key_format, given, formats, True)
        value = _side(source.schema.value, source.value_format, given, formats, False)
    except (Malformed, ValueError, ArithmeticError, TypeError) as error:
        raise Problem(Kind.INVALID, f"Failed to insert values into '{source.name}'. {error}") from error
    return key, value, timestamp


def _side(
    columns: tuple[Column, ...], options: Format, given: Mapping[str, Any], formats: Mapping[str, Wire], is_key: bool
) -> bytes | None:
    if not columns or (is_key and all(given.get(column.name) is None for column in columns)):
        return None
    wire = formats.get(options.name)
    if wire is None:
        raise Problem(Kind.UNSUPPORTED, f"Unknown format: {options.name}")
    return wire.writer(columns, options, is_key)([given.get(column.name) for column in columns])
