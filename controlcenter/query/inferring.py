"""Columns of a topic from its registry, asked and read in a process of its own: a schema is as little trusted as a record.

`python -m controlcenter.query.inferring` reads one wish as JSON and writes one answer; it dies with its limits or its deadline.
"""

import json
import resource
import subprocess
import sys
import time
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.query import inferred, wires
from controlcenter.schemas import model
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Connection
from controlcenter.sql import parser
from controlcenter.sql.analyze_typer import resolve
from controlcenter.sql.catalog import Column, Format

SECONDS = 10.0
BYTES = 512 << 20
KEPT_S = 10.0  # while somebody types, the same statement is looked at again and again
KEPT = 64

_kept: dict[tuple[str, str, bool, Format], tuple[float, tuple[Column, ...] | None]] = {}


def columns(registry: Connection | None, topic: str, is_key: bool, form: Format) -> tuple[Column, ...] | None:
    """Return the columns that a topic's newest schema, or the one of the format's id, tells; None when there is no schema.

    What was told is believed for ten seconds. Raises Problem when the registry cannot tell.
    """
    if registry is None:
        raise wires.no_registry(form.name)
    asked = registry.url, topic, is_key, form
    at, found = _kept.get(asked, (-KEPT_S, None))
    if time.monotonic() - at >= KEPT_S:
        found = _answer(
            {
                "registry": model.opened(registry), "topic": topic, "is_key": is_key, "form": form.name,
                "id": form.setting("schemaId"), "name": form.setting("fullSchemaName") or "",
            }
        )  # fmt: skip
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[asked] = time.monotonic(), found
    return found


def _answer(wish: dict[str, Any]) -> tuple[Column, ...] | None:
    words = [sys.executable, "-m", "controlcenter.query.inferring"]
    try:
        done = subprocess.run(words, input=json.dumps(wish).encode(), capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Problem(Kind.TIMEOUT, "The schema could not be read in time.", "Name the columns in the statement.") from None
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise Problem(Kind.BROKEN, "The schema could not be read.", "Name the columns in the statement.") from None
    if "problem" in told:
        kind, what, hint = told["problem"]
        raise Problem(Kind(kind), what, hint)
    if told["columns"] is None:
        return None
    place: Any = "KEY" if wish["is_key"] else "VALUE"
    return tuple(Column(str(name), resolve(parser.type_name(str(kind)), {}), place) for name, kind in told["columns"])


def main() -> None:
    """Answer the wish on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    try:
        told: dict[str, Any] = {"columns": _columns(json.load(sys.stdin))}
    except Problem as problem:
        told = {"problem": [problem.kind.value, problem.what, problem.hint]}
    json.dump(told, sys.stdout)


def _columns(wish: dict[str, Any]) -> list[list[str]] | None:
    client = Client(model.connection_of(wish["registry"]))
    subject = f"{wish['topic']}-{'key' if wish['is_key'] else 'value'}"
    try:
        schema = client.schema(int(wish["id"])) if wish["id"] else client.version(subject)
    except Problem as problem:
        if problem.kind is Kind.ABSENT and not wish["id"]:
            return None
        what = f"The schema of {subject} cannot be had: {problem.what}".rstrip(".") + "."
        raise Problem(problem.kind, what, problem.hint or "Name the columns in the statement.") from None
    if schema.type != wires.TYPES[wish["form"]]:
        raise Problem(Kind.INVALID, f"The schema of {subject} is {model.WORDS[schema.type]}, not {wish['form']}.", "Name its own format.")
    found = inferred.columns(schema, is_key=bool(wish["is_key"]), is_by_id=bool(wish["id"]), name=str(wish["name"]))
    return [[column.name, str(column.type)] for column in found]


if __name__ == "__main__":
    main()
