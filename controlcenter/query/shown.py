"""SHOW, DESCRIBE and EXPLAIN as answers: only of what the reader may know."""

from collections.abc import Mapping
from typing import Any

from controlcenter.access import decisions
from controlcenter.errors import Kind, Problem
from controlcenter.observe.snapshot import Snapshot
from controlcenter.query import answers, catalog, persistent, rights, wires
from controlcenter.schemas.book import Book
from controlcenter.sql import ast, format, plan, typed
from controlcenter.sql.catalog import Catalog, Schema, Source
from controlcenter.sql.codegen import build
from controlcenter.sql.codegen.query import Settings as TaskSettings
from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.functions.registry import text as signature_text


def listed(
    what: str, slug: str, principal: Any, known: Catalog, snapshot: Snapshot | None, properties: Mapping[str, str]
) -> dict[str, Any]:
    """Return the table of a SHOW; raises UNSUPPORTED for what this engine has not."""
    if what in ("STREAMS", "TABLES"):
        found = [s for s in known.sources.values() if s.kind == what[:-1]]
        rows = [[s.name, s.topic, s.key_format.name, s.value_format.name, s.window.kind if s.window else "", s.is_derived] for s in found]
        return answers.table(["Name", "Topic", "Key format", "Value format", "Window", "Written by a query"], rows)
    if what in ("TOPICS", "ALL TOPICS"):
        return _topics(what, slug, principal, snapshot)
    if what == "QUERIES":
        mine = set(known.queries)
        rows = [[q["id"], q["state"], q["sink"], ", ".join(q["topics"]), q["statement"]] for q in persistent.of(slug) if q["id"] in mine]
        return answers.table(["Query", "State", "Writes", "Reads topics", "Statement"], rows)
    if what == "FUNCTIONS":
        return answers.table(
            ["Name", "Category", "Kind", "What it does"],
            [[f.name.upper(), f.category, type(f).__name__, f.description] for f in BUILTIN.all()],
        )
    if what == "TYPES":
        return answers.table(["Name", "Type"], [[name, str(kind)] for name, kind in known.types.items()])
    if what == "VARIABLES":
        return answers.table(["Name", "Value"], [list(pair) for pair in catalog.variables(slug).items()])
    if what == "PROPERTIES":
        return answers.table(["Property", "Value"], [list(pair) for pair in sorted(properties.items())])
    raise Problem(Kind.UNSUPPORTED, f"SHOW {what} is not in this version.", "Connectors have a page of their own later.")


def described(source: Source, slug: str, known: Catalog) -> dict[str, Any]:
    """Return all that is known of a source."""
    reading = [q.id for q in known.queries.values() if source.name in q.sources]
    writing = [q.id for q in known.queries.values() if q.sink == source.name]
    return {"source": {
        "name": source.name, "kind": source.kind, "topic": source.topic, "key_format": source.key_format.name,
        "value_format": source.value_format.name, "window": source.window.kind if source.window else None,
        "timestamp": source.timestamp.column if source.timestamp else None, "partitions": source.partitions,
        "is_derived": source.is_derived, "columns": columns(source.schema), "read_by": reading, "written_by": writing,
        "statement": source.statement,
    }}  # fmt: skip


def columns(schema: Schema) -> list[dict[str, str]]:
    return [{"name": c.name, "type": str(c.type), "place": c.place} for c in schema]


def function(name: str) -> dict[str, Any]:
    """Return one function with every signature; raises Problem for one that is not there."""
    found = BUILTIN.find(name)
    rows = [
        [signature_text(found.name, signature), getattr(signature, "description", "") or found.description]
        for signature in found.signatures
    ]
    return {**answers.table(["Signature", "What it does"], rows), "title": f"{found.name}: {found.description}"}


def explained(query_id: str, query: typed.Query, sink: Source | None, properties: Mapping[str, str], *, with_code: bool) -> dict[str, Any]:
    """Return a query's steps, from the source on; with_code: the generated source too."""
    steps = plan.of(query_id, query, sink)
    told = [
        {"id": str(i), "name": step.word, "text": _step(step), "inputs": [str(i - 1)] if i else []} for i, step in enumerate(steps.steps)
    ]
    used = TaskSettings(wires.formats(Book(None)), dict(properties), False)  # nothing is read here, so no schema is asked for
    code = build.explained(build.task(steps, used, "explain/0")) if with_code else ""
    return {"steps": told, "columns": columns(query.schema), "code": code}


def _step(step: Any) -> str:
    """Return what a step adds to its name."""
    match step:
        case plan.FromSource(source=source):
            return f"{source.name} from topic {source.topic} ({source.key_format.name}, {source.value_format.name})"
        case plan.Sink(target=target):
            return f"{target.name} to topic {target.topic} ({target.key_format.name}, {target.value_format.name})"
        case plan.SelectKey(parts=parts) | plan.GroupBy(parts=parts):
            return ", ".join(part.text or part.name for part in parts)
        case plan.Aggregate(aggregates=aggregates, window=window):
            named = ", ".join(each.text for each in aggregates)
            return f"{named} in {window.kind.lower()} windows of {window.size_ms:,} ms, grace {window.grace_ms:,} ms" if window else named
        case plan.FlatMap(calls=calls):
            return ", ".join(call.text for call in calls)
        case plan.Select(schema=schema):
            return ", ".join(column.name for column in schema)
    return ""


def _topics(what: str, slug: str, principal: Any, snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:
        raise Problem(Kind.UNREACHABLE, "This cluster has not been read yet.", "Try again in a few seconds.")
    rows = [row for row in snapshot.table("topics").values() if what == "ALL TOPICS" or not row["is_internal"]]
    seen = set(decisions.visible(principal, rights.READ, slug, [row["name"] for row in rows]))
    shown = sorted(
        ([r["name"], r["partitions"], r["replication_factor"], r["records"]] for r in rows if r["name"] in seen), key=lambda r: r[0]
    )
    return answers.table(["Topic", "Partitions", "Replicas", "Records"], shown)


def statement_of(node: ast.Statement) -> str:
    return format.statement(node)
