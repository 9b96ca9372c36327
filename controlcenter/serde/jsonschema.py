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
    if any(json.is_deeper(text, DEPTH) for text in (schema.text, *(text for _, text in schema.references))):
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


def sample(schema: Schema) -> Any:
    """Return a document that a schema suggests: its examples and defaults where it has them. It may not fit every rule of it."""
    _validator(schema)
    whole = parser.loads(schema.text)
    known = {name: parser.loads(text) for name, text in schema.references}
    return _sample(whole, whole, known, 0)


EXAMPLES: dict[str, Any] = {"string": "text", "integer": 0, "number": 0, "boolean": False, "null": None}


def _sample(told: Any, whole: Any, known: dict[str, Any], depth: int) -> Any:
    if not isinstance(told, dict) or depth > 20:
        return {} if told is True else None
    for word in ("const", "default"):
        if word in told:
            return told[word]
    for word in ("examples", "enum"):
        if isinstance(told.get(word), list) and told[word]:
            return told[word][0]
    if isinstance(reference := told.get("$ref"), str):
        return _sample(*_referred(reference, whole, known), known, depth + 1)
    for word in ("oneOf", "anyOf"):
        if isinstance(told.get(word), list) and told[word]:
            return _sample({**{k: v for k, v in told.items() if k != word}, **told[word][0]}, whole, known, depth + 1)
    if isinstance(told.get("allOf"), list):
        parts = [_sample(part, whole, known, depth + 1) for part in told["allOf"]]
        own = _sample({k: v for k, v in told.items() if k != "allOf"}, whole, known, depth + 1)
        return {name: value for part in (*parts, own) if isinstance(part, dict) for name, value in part.items()}
    return _of_kind(told, whole, known, depth)


def _of_kind(told: dict[str, Any], whole: Any, known: dict[str, Any], depth: int) -> Any:
    kind = told.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind == "object" or (kind is None and "properties" in told):
        fields, needed = told.get("properties") or {}, told.get("required") or []
        shown = fields if depth < 4 else {name: inner for name, inner in fields.items() if name in needed}
        return {name: _sample(inner, whole, known, depth + 1) for name, inner in shown.items()}
    if kind == "array":
        count = max(told.get("minItems") or 0, 1 if depth < 4 else 0)
        return [_sample(told.get("items") or {}, whole, known, depth + 1) for _ in range(min(count, 100))]
    if kind == "string":
        return FORMATS.get(str(told.get("format")), "text")[: told.get("maxLength")].ljust(min(told.get("minLength") or 0, 1000), "x")
    if kind in ("integer", "number"):
        low = told.get("minimum", told.get("exclusiveMinimum", told.get("maximum")))
        return 0 if low is None else low + 1 if "exclusiveMinimum" in told and "minimum" not in told else low
    return EXAMPLES.get(str(kind), {})


FORMATS = {
    "date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31", "time": "12:00:00Z", "email": "name@example.com",
    "uuid": "123e4567-e89b-12d3-a456-426614174000", "uri": "https://example.com/",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "hostname": "example.com",
}  # fmt: skip


def _referred(reference: str, whole: Any, known: dict[str, Any]) -> tuple[Any, Any]:
    """Return what a reference means, and the document it stands in."""
    name, _, way = reference.partition("#")
    here = known.get(name.removeprefix(BASE), whole) if name else whole
    found = here
    for step in way.strip("/").split("/") if way.strip("/") else []:
        step = step.replace("~1", "/").replace("~0", "~")
        found = found.get(step) if isinstance(found, dict) else None
    return found, here
