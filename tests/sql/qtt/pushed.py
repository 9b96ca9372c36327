"""Push queries of the REST cases without HTTP: statements and inputs first, then the rows that the SELECT gives, as a bag."""

import base64
from collections import Counter
from decimal import Decimal

from controlcenter.errors import Problem
from controlcenter.sql import types
from controlcenter.sql.java import doubles, iso
from tests.sql.qtt import cases

TEXTS = {types.DATE: iso.date_text, types.TIME: iso.time_text, types.TIMESTAMP: iso.timestamp_text}


def is_push(case):
    """Tell whether a case asks by push queries alone, of one source, and expects an answer."""
    asked = selects(case)
    return bool(asked) and not case.get("expectedError") and all(" EMIT " in text.upper() for text in asked)


def selects(case):
    return [text for text in case["statements"] if text.strip().upper().startswith("SELECT")]


def judge(case):
    """Return "" when the rows are the expected ones, else what is wrong. Start places of live queries are not looked at."""
    try:
        return _compared(case)
    except Problem as problem:
        return f"refused: {problem}"
    except Exception as error:
        return f"crash: {type(error).__name__}: {error}"


def _compared(case):
    engine = cases.engine_of({**case, "topics": case.get("topics") or [], "properties": case["properties"] or {}})
    asked = selects(case)
    for text in (*(text for text in case["statements"] if text not in asked), *asked):
        engine.execute(text)
    engine.run([record for record in (cases.in_bytes(one, engine) for one in case["inputs"]) if record is not None])
    answers = [answer["query"] for answer in case["responses"] if "query" in answer]
    pushed = [running for running in engine.queries.values() if running.sink is None]
    for rows, running in zip(answers, pushed, strict=False):
        wanted = Counter(bagged(one["row"]["columns"], one["row"].get("tombstone")) for one in rows if "row" in one)
        got = Counter(
            bagged([shown(value, column.type) for value, column in zip(row, running.query.schema, strict=True)], is_tombstone)
            for row, _, is_tombstone in running.rows[: running.query.limit]
        )
        if got != wanted:
            return f"rows {list(got - wanted)}, expected {list(wanted - got)}"
    return ""


def bagged(columns, is_tombstone):
    return repr(columns), bool(is_tombstone)


def shown(value, kind):
    """Return a value as the answer's JSON has it, every digit kept."""
    if value is None:
        return None
    match kind:
        case types.Array(item):
            return [shown(one, item) for one in value]
        case types.Map(_, held):
            return {name: shown(one, held) for name, one in value.items()}
        case types.Struct(fields):
            return {name: shown(value.get(name), inner) for name, inner in fields}
        case types.DOUBLE:
            return Decimal(doubles.text(value))
        case types.BYTES:
            return base64.b64encode(value).decode()
    return TEXTS[kind](value) if kind in TEXTS else value
