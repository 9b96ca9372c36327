"""The frame of Confluent's serializers: a zero byte, four bytes of schema id, then the payload. Shared by the three formats.

A frame that names a schema is read by that schema or not at all. Eight bytes alone are in doubt: every positive int64 below
2^56 begins with a zero byte, too. They count as a frame only when the id is a schema of this very topic.
"""

from controlcenter.errors import Kind, Problem
from controlcenter.schemas import model, subjects
from controlcenter.schemas.model import Schema
from controlcenter.serde.values import Asked, Declined, Unreadable

HEAD = 5
DOUBTFUL = 8


def open(data: bytes | None, asked: Asked, kind: str) -> tuple[Schema, bytes]:
    """Return the schema of a frame and its payload; raises Declined when it is none of this type, Unreadable when it cannot be had."""
    if not data or data[0]:
        raise Declined(f"the first byte is {data[0]:#04x}, not the magic 0x00" if data else "there are no bytes")
    if len(data) < HEAD:
        raise Declined(f"a frame has at least {HEAD} bytes; there are {len(data)}")
    if asked.schemas is None:
        raise Declined("headers have no schema" if asked.part == "header" else "no schema registry is set for this cluster")
    number = int.from_bytes(data[1:HEAD], "big")
    schema = _schema(number, asked, is_doubtful=len(data) == DOUBTFUL and not asked.is_forced)
    if schema.type != kind:
        raise Declined(f"schema {number} is {model.WORDS[schema.type]}")
    return schema, data[HEAD:]


def why(schema: Schema, asked: Asked) -> str:
    """Return how a frame was read: `magic 0, id 7 → orders-value v3, Avro`."""
    return f"magic 0, id {schema.id} → {model.label(schema, asked.topic, asked.part)}"


def notes(schema: Schema, asked: Asked) -> tuple[str, ...]:
    """Return what is odd about a schema: that it belongs to other topics."""
    if subjects.is_of_topic(schema, asked.topic, asked.part) is not False:
        return ()
    stands = ", ".join(sorted({each.subject for each in schema.versions})[:3])
    return (f"Schema {schema.id} stands in {stands}, which is no subject of this topic.",)


def broken(schema: Schema, asked: Asked, what: str) -> Unreadable:
    """Return the trouble of bytes that their schema does not fit."""
    return Unreadable(f"schema {schema.id} ({model.label(schema, asked.topic, asked.part)}): {what}")


def _schema(number: int, asked: Asked, *, is_doubtful: bool) -> Schema:
    assert asked.schemas is not None  # noqa: S101  asked before
    try:
        found = asked.schemas.get(number)
    except Problem as problem:
        said = f"schema {number}: {problem.what}"
        if is_doubtful and problem.kind is Kind.ABSENT:
            raise Declined(said) from None
        raise Unreadable(said) from None
    if is_doubtful and not subjects.is_of_topic(found, asked.topic, asked.part):
        raise Declined(f"eight bytes may be a number, and schema {number} is none of this topic")
    return found
