"""The frame of Confluent's serializers: a zero byte, four bytes of schema id, then the payload. Shared by the three formats.

Newer ones leave the payload alone and name the schema in a header of the record, `__key_schema_id` or `__value_schema_id`: a
one and sixteen bytes of a GUID, or the frame above; of Protobuf, the places of the message come after it, as they do there.
A frame that names a schema is read by that schema or not at all. Eight bytes alone are in doubt: every positive int64 below
2^56 begins with a zero byte, too. They count as a frame only when the id is a schema of this very topic.
"""

from collections.abc import Iterable
from uuid import UUID

from controlcenter.errors import Kind, Problem
from controlcenter.schemas import model, subjects
from controlcenter.schemas.model import Schema
from controlcenter.serde.values import Asked, Declined, Unreadable

HEAD = 5
DOUBTFUL = 8
GUID = 17
HEADERS = {"key": "__key_schema_id", "value": "__value_schema_id"}


def of_headers(headers: Iterable[tuple[str, bytes | None]], part: str) -> bytes | None:
    """Return what the headers of a record say the schema of its key or value is; the first counts, as for Confluent's clients."""
    name = HEADERS[part]
    return next((value for found, value in headers if found == name and value), None)


def open(data: bytes | None, asked: Asked, kind: str) -> tuple[Schema, bytes]:
    """Return the schema of a frame and its payload; raises Declined when it is none of this type, Unreadable when it cannot be had."""
    if asked.frame is not None:
        return _of_header(data, asked, kind)
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


def _of_header(data: bytes | None, asked: Asked, kind: str) -> tuple[Schema, bytes]:
    frame = asked.frame or b""
    if data is None:
        raise Declined("there is none")
    if asked.schemas is None:
        raise Declined("no schema registry is set for this cluster")
    if frame[0] == 1 and len(frame) >= GUID:
        name, rest = str(UUID(bytes=frame[1:GUID])), frame[GUID:]
        try:
            schema = asked.schemas.by_guid(name)
        except Problem as problem:
            raise Unreadable(f"schema GUID {name}: {problem.what}") from None
    elif frame[0] == 0 and len(frame) >= HEAD:
        number, rest = int.from_bytes(frame[1:HEAD], "big"), frame[HEAD:]
        schema, name = _schema(number, asked, is_doubtful=False), str(number)
    else:
        raise Declined(f"the header {HEADERS[asked.part]} holds no id")
    if schema.type != kind:
        raise Declined(f"schema {name} is {model.WORDS[schema.type]}")
    if rest and kind != "PROTOBUF":
        raise Unreadable(f"schema {name}: {len(rest):,} bytes too many in the header {HEADERS[asked.part]}")
    return schema, rest + data


def why(schema: Schema, asked: Asked) -> str:
    """Return how a frame was read: `magic 0, id 7 → orders-value v3, Avro`."""
    if asked.frame is not None:
        named = f"magic 1, GUID {schema.guid}" if schema.guid else f"magic 0, id {schema.id}"
        return f"header {HEADERS[asked.part]}: {named} → {model.label(schema, asked.topic, asked.part)}"
    return f"magic 0, id {schema.id} → {model.label(schema, asked.topic, asked.part)}"


def notes(schema: Schema, asked: Asked) -> tuple[str, ...]:
    """Return what is odd about a schema: that it belongs to other topics."""
    if subjects.is_of_topic(schema, asked.topic, asked.part) is not False:
        return ()
    stands = ", ".join(sorted({each.subject for each in schema.versions})[:3])
    return (f"Schema {_name(schema)} stands in {stands}, which is no subject of this topic.",)


def broken(schema: Schema, asked: Asked, what: str) -> Unreadable:
    """Return the trouble of bytes that their schema does not fit."""
    return Unreadable(f"schema {_name(schema)} ({model.label(schema, asked.topic, asked.part)}): {what}")


def _name(schema: Schema) -> str:
    return str(schema.id if schema.id is not None else schema.guid)


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
