"""What the editor asks while somebody types: faults, costs, completions, the tidy text. Nothing here runs anything."""

from typing import Any

from controlcenter.access.principals import Principal
from controlcenter.errors import Problem
from controlcenter.query import answers, catalog, persistent, rights, scripts
from controlcenter.query.scripts import Wish
from controlcenter.sql import complete, format, lexer, parser, typed
from controlcenter.sql.functions.registry import BUILTIN

SUGGESTED = 60
RATE = 250_000  # records a second of one child, for the estimate before anything was measured


def faults(wish: Wish) -> list[dict[str, Any]]:
    """Return what is wrong: at most one fault, the first; with from and to in the text."""
    if not wish.text.strip():
        return []
    try:
        scripts.analyzed(wish)
    except Problem as problem:
        told = answers.fault(problem, wish.text)
        return [{**told.told, "from": told.span[0], "to": max(told.span[1], told.span[0])}]
    return []


def cost(wish: Wish, start: Any) -> dict[str, Any] | None:
    """Return what a script's SELECTs would read: partitions, records, bytes, seconds; None where not known, or nothing is read.

    From the newest figures of the cluster: records are bounds where a topic is compacted.
    """
    try:
        _, steps, _ = scripts.analyzed(wish)
    except Problem:
        return None
    topics = {one.source.topic for step in steps if isinstance(step.found, typed.Select) for one in step.found.query.inputs}
    now = scripts.snapshot(wish.slug)
    if not topics or now is None:
        return None
    rows = [row for topic in sorted(topics) if (row := now.row("topics", topic))]
    reads_all = start == "earliest" or any(isinstance(s.found, typed.Select) and not s.found.is_push for s in steps)
    records = _sum(row["records"] for row in rows) if reads_all else 0
    size = _sum(row["size_bytes"] for row in rows) if reads_all else 0
    return {
        "topics": [row["name"] for row in rows],
        "partitions": _sum(row["partitions"] for row in rows),
        "records": records if reads_all or start == "latest" else None,
        "bytes": size if reads_all or start == "latest" else None,
        "seconds": None if records is None else round(records / RATE, 1),
        "records_per_s": _sum(row["records_per_s"] for row in rows),
    }


def completions(wish: Wish, at: int) -> dict[str, Any]:
    """Return {"from", "items"}: what may stand at a place of the text, of what its writer may know."""
    known = rights.visible(wish.principal, wish.slug, catalog.read(wish.slug))
    found = complete.at(wish.text, at, known)
    items = [
        {"label": s.label, "type": s.sort, "detail": s.detail.partition("\n")[0], "apply": s.insert} for s in found.suggestions[:SUGGESTED]
    ]
    return {"from": found.start, "items": items}


def words() -> dict[str, list[str]]:
    """Return the words the editor colours, as our own lexer and registry know them."""
    return {
        "keywords": sorted(lexer.KEYWORDS), "functions": sorted(f.name.upper() for f in BUILTIN.all()),
        "types": ["BOOLEAN", "INT", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "STRING", "VARCHAR", "BYTES", "DATE", "TIME", "TIMESTAMP",
                  "ARRAY", "MAP", "STRUCT"],
    }  # fmt: skip


def tidied(text: str) -> str:
    """Return a script as the formatter prints it; raises Problem for one that cannot be read."""
    return format.script(parser.parse(text))


def queries(principal: Principal, slug: str) -> list[dict[str, Any]]:
    """Return the persistent queries whose topics somebody may read; values of their logs only then too."""
    known = set(rights.visible(principal, slug, catalog.read(slug)).queries)
    return [query for query in persistent.of(slug) if query["id"] in known]


def _sum(numbers: Any) -> Any:
    found = list(numbers)
    return None if any(number is None for number in found) else sum(found)
