"""What a statement answers with: one value a statement, told apart by `kind`, that travels as JSON.

table        columns, rows                    SHOW, LIST
description  source: …                        DESCRIBE
plan, code   steps, text                      EXPLAIN, EXPLAIN CODE
status       text, link                       CREATE, DROP, SET …
push         query, columns …                 SELECT: its rows come by themselves
persistent   query, text                      CREATE … AS, INSERT INTO
fault        what, hint, line, column, caret  nothing of the script has run
"""

from dataclasses import dataclass, field
from typing import Any

from controlcenter.errors import Problem
from controlcenter.sql.ast import NOWHERE, Span
from controlcenter.sql.faults import Fault, caret


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    statement: str = ""
    span: tuple[int, int] = (0, 0)
    told: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "statement": self.statement, "span": list(self.span), **self.told}


def fault(problem: Problem, text: str, statement: str = "") -> Answer:
    """Return the answer of what cannot be; with its line and a caret where the place is known."""
    span: Span = getattr(problem, "span", NOWHERE)
    place: dict[str, Any] = {"line": None, "column": None, "caret": ""}
    if isinstance(problem, Fault) and span != NOWHERE:
        place = {"line": span.line, "column": span.column, "caret": caret(text, span)}
    where = (span.start, span.end) if span != NOWHERE else (0, 0)
    return Answer("fault", statement, where, {"error": problem.kind.value, "what": problem.what, "hint": problem.hint, **place})


def table(columns: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    return {"columns": columns, "rows": rows}
