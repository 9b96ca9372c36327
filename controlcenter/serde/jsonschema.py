"""JSON with a schema id before it: shown letter by letter as all JSON, and held against its schema.

A document that does not fit is still a document: it is shown, and the note says where it differs. Patterns run on an engine
without backtracking, and nothing is fetched that the registry's references do not hold.
"""

import json as parser
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jsonschema_rs

from controlcenter.schemas.model import Schema
from controlcenter.serde import framed, json
from controlcenter.serde.avro_schema import DEPTH
from controlcenter.serde.values import Asked, Declined, Decoded, Wrong

NAME = "jsonschema"
BASE = "json-schema:///"  # where relative references are looked for: nowhere but in the given ones


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the document as it came; raises Declined or Unreadable."""
    schema, payload = framed.open(data, asked, "JSON")
    try:
        found = json.document(payload, asked.shown)
        differs = faults(schema, payload, 1) if len(payload) <= json.CHECKED_BYTES else []
    except (Declined, ValueError) as fault:
        raise framed.broken(schema, asked, f"it is no JSON: {fault}") from None
    except Wrong as fault:
        differs = [("", str(fault))]
    said = tuple(f"It does not fit its schema{f' at {path}' if path else ''}: {what}." for path, what in differs)
    return replace(
        found, format=NAME, size_bytes=len(data or b""), notes=(*found.notes, *framed.notes(schema, asked), *said),
        why=framed.why(schema, asked), schema_id=schema.id,
    )  # fmt: skip


def faults(schema: Schema, text: bytes | str, most: int) -> list[tuple[str, str]]:
    """Return where a document differs from its schema: (JSON path, what), at most so many; raises Wrong for the schema's own faults."""
    document = parser.loads(text)
    found = []
    for fault in _validator(schema).iter_errors(document):
        found.append((path(fault.instance_path), fault.message[:300]))
        if len(found) >= most:
            break
    return found


def path(steps: Any) -> str:
    """Return a place in a document as it is written: `$.lines[2].price`."""
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if str(step).isidentifier() else f"[{parser.dumps(step)}]" for step in steps
    )


@lru_cache(maxsize=64)
def _validator(schema: Schema) -> Any:
    if json.depth(schema.text) > DEPTH or any(json.depth(text) > DEPTH for _, text in schema.references):
        raise Wrong(f"its schema nests deeper than {DEPTH}")
    known = dict(schema.references)

    def retrieve(uri: str) -> Any:
        name = uri.removeprefix(BASE)
        if name not in known:
            raise ValueError(f"{name[:100]} is not among the schema's references")
        return parser.loads(known[name])

    try:
        return jsonschema_rs.validator_for(
            parser.loads(schema.text), retriever=retrieve, base_uri=BASE, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (ValueError, RecursionError, jsonschema_rs.ValidationError) as fault:
        raise Wrong(f"the schema itself is wrong: {str(fault).splitlines()[0][:200] if str(fault) else type(fault).__name__}") from None
