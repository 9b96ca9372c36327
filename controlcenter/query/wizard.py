"""From samples of a topic to the statement that makes a stream of it: format, key, columns, as far as the samples agree.

Pure: who calls has read the samples, in a child, with right and trail.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controlcenter.sql import format, lexer

LETTERS = re.compile(r"\W+", re.ASCII)
WIDE = 1 << 31
DEEPEST = 3
DOCUMENTS = {"json": "JSON", "avro": "AVRO", "protobuf": "PROTOBUF", "jsonschema": "JSON_SR"}  # what a sample is read as → VALUE_FORMAT


@dataclass(frozen=True, slots=True)
class Sample:
    """One record, decoded: the format and the text of both sides."""

    key_format: str
    key: str
    value_format: str
    value: str


def infer(topic: str, samples: Sequence[Sample]) -> dict[str, Any]:
    """Return {"ddl", "columns": [{"name", "type", "seen"}], "key_format", "value_format", "notes"}."""
    kinds = Counter(DOCUMENTS[sample.value_format] for sample in samples if sample.value_format in DOCUMENTS)
    chosen = max(kinds, key=lambda kind: kinds[kind], default="JSON")
    mine = [sample.value for sample in samples if DOCUMENTS.get(sample.value_format) == chosen]
    documents = [found for text in mine if isinstance(found := _parsed(text), dict)]
    notes: list[str] = []
    if not samples:
        notes.append("The topic has no record to look at: write the columns by hand.")
    if documents and len(documents) < len(samples):
        notes.append(f"{len(samples) - len(documents)} of {len(samples)} records are no objects of {chosen}; they would be dropped.")
    value_format = chosen if documents or not samples else "KAFKA"
    columns = _columns(documents) if documents else [{"name": "VALUE", "type": "STRING", "seen": len(samples)}]
    key_format, key_type = _key(samples)
    keys = [{"name": _free("ID", columns), "type": f"{key_type} KEY", "seen": len(samples)}] if key_type else []
    ddl = _ddl(topic, [*keys, *columns], key_format, value_format)
    return {"ddl": ddl, "columns": [*keys, *columns], "key_format": key_format, "value_format": value_format, "notes": notes}


def _columns(documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for document in documents for name in document)
    return [
        {
            "name": name,
            "type": _type([d[name] for d in documents if d.get(name) is not None]),
            "seen": sum(d.get(name) is not None for d in documents),
        }
        for name in names
    ]


def _type(values: Sequence[Any], depth: int = 0) -> str:
    """Return the one type that holds all values; STRING where they disagree, for any JSON fits into it."""
    kinds = {_kind(value) for value in values}
    if kinds == {"BOOLEAN"}:
        return "BOOLEAN"
    if kinds and kinds <= {"INTEGER", "BIGINT"}:
        return "BIGINT" if "BIGINT" in kinds else "INTEGER"
    if kinds and kinds <= {"INTEGER", "BIGINT", "DOUBLE"}:
        return "DOUBLE"
    if kinds == {"ARRAY"} and depth < DEEPEST:
        return f"ARRAY<{_type([item for value in values for item in value if item is not None], depth + 1)}>"
    if kinds == {"STRUCT"} and depth < DEEPEST:
        names = dict.fromkeys(name for value in values for name in value)
        inner = ", ".join(f"{format.name(name)} {_type([v[name] for v in values if v.get(name) is not None], depth + 1)}" for name in names)
        return f"STRUCT<{inner}>" if inner else "MAP<STRING, STRING>"
    return "STRING"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "INTEGER" if -WIDE <= value < WIDE else "BIGINT" if -(1 << 63) <= value < 1 << 63 else "STRING"
    return {float: "DOUBLE", list: "ARRAY", dict: "STRUCT"}.get(type(value), "STRING")


def _key(samples: Sequence[Sample]) -> tuple[str, str]:
    """Return (format, type) of the keys; a type of "" where they are null or nothing we know."""
    kinds = {sample.key_format for sample in samples}
    if kinds == {"int32"}:
        return "KAFKA", "INTEGER"
    if kinds == {"int64"}:
        return "KAFKA", "BIGINT"
    if kinds and kinds <= {"text", "json", "int32", "int64", "uuid"} and all(not s.key.startswith(("{", "[")) for s in samples):
        return "KAFKA", "STRING"
    return "KAFKA", ""


def _ddl(topic: str, columns: Sequence[Mapping[str, Any]], key_format: str, value_format: str) -> str:
    name = LETTERS.sub("_", topic).strip("_").upper() or "TOPIC"
    upper = Counter(column["name"].upper() for column in columns)
    listed = ",\n".join(f"  {_name(column['name'], upper)} {column['type']}" for column in columns)
    made = format.name(f"T_{name}" if name[0].isdigit() else name)
    settings = {"KAFKA_TOPIC": topic, "KEY_FORMAT": key_format, "VALUE_FORMAT": value_format}
    written = ",\n".join(f"  {setting}={format.string(value)}" for setting, value in settings.items())
    return f"CREATE STREAM {made} (\n{listed}\n) WITH (\n{written}\n);\n"


def _name(name: str, upper: Mapping[str, int]) -> str:
    """Return a column as one would write it: without quotes where upper case finds the field all the same."""
    return name if upper[name.upper()] == 1 and not lexer.needs_quotes(name.upper()) else format.name(name)


def _free(name: str, columns: Sequence[Mapping[str, Any]]) -> str:
    taken = {column["name"].upper() for column in columns}
    return name if name not in taken else next(f"{name}_{n}" for n in range(1, len(taken) + 2) if f"{name}_{n}" not in taken)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
