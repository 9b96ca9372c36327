"""Values of schemas. A schema by id never changes: whoever has it may keep it.

`framed` and `of_frame` are each other's inverse; `of_frame` believes nothing, because a child that read hostile bytes sends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controlcenter.config import Secret

TYPES = ("AVRO", "PROTOBUF", "JSON")
WORDS = {"AVRO": "Avro", "PROTOBUF": "Protobuf", "JSON": "JSON Schema"}
TEXT_BYTES = 1 << 20  # of one schema (security.md 11)
REFERENCES = 100  # of one schema, those of its references counted


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a registry. url: its base, as Confluent's clients take it."""

    url: str
    username: str = ""
    password: Secret = field(default_factory=Secret)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a subject."""

    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema and everything it refers to.

    id          None while the registry told none
    type        AVRO, PROTOBUF or JSON
    references  (name it is referred to by, its text), each after those it needs itself
    versions    the subjects it stands in; empty when the registry does not tell
    guid        what names it at every registry, as text; "" when it was not asked for by that
    """

    id: int | None
    type: str
    text: str
    references: tuple[tuple[str, str], ...] = ()
    versions: tuple[Version, ...] = ()
    guid: str = ""

    @property
    def size_bytes(self) -> int:
        return len(self.text) + sum(len(name) + len(text) for name, text in self.references)


def label(schema: Schema, topic: str = "", part: str = "value") -> str:
    """Return what a schema is called: `orders-value v3, Avro`. Of several subjects the topic's own comes first."""
    word = WORDS[schema.type]
    if not schema.versions:
        return word
    own = f"{topic}-{part}"
    shown = min(
        schema.versions, key=lambda each: (each.subject != own, not each.subject.startswith(f"{topic}-"), each.subject, -each.version)
    )
    return f"{shown.subject} v{shown.version}, {word}"


def framed(schema: Schema) -> list[Any]:
    """Return a schema as a frame."""
    return [
        schema.id,
        schema.type,
        schema.text,
        [list(each) for each in schema.references],
        [[each.subject, each.version] for each in schema.versions],
        schema.guid,
    ]


def of_frame(told: Any) -> Schema:
    """Return the schema of a frame; raises ValueError for what is none."""
    try:
        number, kind, text, references, versions, guid = told
        found = Schema(
            None if number is None else int(number), str(kind), str(text),
            tuple((str(name), str(body)) for name, body in references), tuple(Version(str(name), int(v)) for name, v in versions),
            str(guid)[:36],
        )  # fmt: skip
    except TypeError as fault:
        raise ValueError(f"no schema: {fault}") from None
    if found.type not in TYPES or len(found.references) > REFERENCES or found.size_bytes > 8 * TEXT_BYTES:
        raise ValueError("no schema that a registry could give")
    return found


def opened(connection: Connection | None) -> dict[str, str] | None:
    """Return a connection as it goes to a child, over its pipe alone: the password in clear."""
    if connection is None:
        return None
    return {"url": connection.url, "username": connection.username, "password": connection.password.reveal()}


def connection_of(given: Mapping[str, Any]) -> Connection:
    """Return the connection as it came over the pipe."""
    return Connection(str(given["url"]), str(given["username"]), Secret(str(given["password"])))
