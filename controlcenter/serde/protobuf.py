"""Protobuf messages framed by a schema id and by the place of the message in its file.

After the id comes a list of numbers: which message, and which one nested in it (a single zero means the first). Fields come
out under the names of the schema, whole numbers as they are, bytes as one character a byte; what the schema does not know
is counted in a note.
"""

import base64
from functools import lru_cache
from typing import Any

from google.protobuf import (
    any_pb2,
    api_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    message_factory,
    source_context_pb2,
    struct_pb2,
    timestamp_pb2,
    type_pb2,
    unknown_fields,
    wrappers_pb2,
)  # fmt: skip
from google.protobuf.message import DecodeError

from controlcenter.schemas.model import Schema
from controlcenter.serde import floats, framed, proto_file, render, values
from controlcenter.serde.values import Asked, Decoded, Unreadable, Wrong

NAME = "protobuf"
INDEXES = 100  # in the list of places
MAIN = "schema.proto"
WELL_KNOWN = {
    module.DESCRIPTOR.name: module.DESCRIPTOR.serialized_pb
    for module in (
        any_pb2,
        api_pb2,
        descriptor_pb2,
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        source_context_pb2,
        struct_pb2,
        timestamp_pb2,
        type_pb2,
        wrappers_pb2,
    )
}
# Registries know these without a reference (Confluent's own common types).
WELL_KNOWN["confluent/type/decimal.proto"] = proto_file.parse(
    'syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }',
    "confluent/type/decimal.proto",
).SerializeToString()
MESSAGE, GROUP = 11, 10
FLOAT, BYTES = 2, 12


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the message as JSON; raises Declined or Unreadable."""
    schema, payload = framed.open(data, asked, "PROTOBUF")
    try:
        name, value, unknown = read(schema, payload)
        odd = (f"{unknown:,} fields in it are not in its schema.",) if unknown else ()
        found = render.document(NAME, value, len(data or b""), asked.shown, (*framed.notes(schema, asked), *odd))
    except (Wrong, Unreadable) as fault:
        raise framed.broken(schema, asked, str(fault)) from None
    return render.found(found, f"{framed.why(schema, asked)} message {name}", schema.id)


def read(schema: Schema, payload: bytes) -> tuple[str, Any, int]:
    """Return a message's full name, its value, and how many fields its schema does not know; raises Wrong."""
    places, at = indexes(payload)
    kind = message(schema, places)
    found = message_factory.GetMessageClass(kind)()
    try:
        found.ParseFromString(payload[at:])
    except DecodeError as fault:
        raise Wrong(f"it is no {kind.full_name}: {str(fault)[:200] or 'broken'}") from None
    count = _Count()
    return kind.full_name, _plain(found, count, 0), count.unknown


def indexes(payload: bytes) -> tuple[list[int], int]:
    """Return the places of the message in its file, and where the message begins."""
    count, at = _zigzag(payload, 0)
    if not 0 <= count <= INDEXES:
        raise Wrong(f"its list of places says {count:,} of them")
    places = []
    for _ in range(count):
        place, at = _zigzag(payload, at)
        places.append(place)
    return places or [0], at


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(data):
            raise Wrong("the bytes end within its list of places")
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return (number >> 1) ^ -(number & 1), at
        if shift > 63:
            raise Wrong("its list of places holds no number")


def message(schema: Schema, places: list[int]) -> Any:
    """Return the descriptor of a message by its places; raises Wrong."""
    inner = list(file(schema).message_types_by_name.values())
    kind = None
    for place in places:
        if not 0 <= place < len(inner):
            raise Wrong(f"its list of places says {place}; there are {len(inner)} messages")
        kind = inner[place]
        inner = list(kind.nested_types)
    return kind


@lru_cache(maxsize=64)
def file(schema: Schema) -> Any:
    """Return the file descriptor of a schema, in a pool of its own; raises Wrong."""
    pool = descriptor_pool.DescriptorPool()
    given = {name: _file(text, name) for name, text in schema.references}
    main = _file(schema.text, MAIN)
    added: set[str] = set()
    for each in (*given.values(), main):
        _add(each, given, pool, added, ())
    return pool.FindFileByName(main.name)


def _file(text: str, name: str) -> Any:
    """Return the descriptor of a text: a .proto file, or the base64 of a descriptor, as some clients register it."""
    try:
        raw = base64.b64decode(text, validate=True)
        found = descriptor_pb2.FileDescriptorProto.FromString(raw)
    except (ValueError, DecodeError):
        return proto_file.parse(text, name)
    found.name = name
    return found


def _add(each: Any, given: dict[str, Any], pool: Any, added: set[str], way: tuple[str, ...]) -> None:
    """Put a file into the pool after all it imports; an import nobody gave is dropped: it may serve options alone."""
    if each.name in added:
        return
    if each.name in way:
        raise Wrong(f"{each.name[:100]} imports itself")
    present = []
    for wanted in each.dependency:
        if wanted in given:
            _add(given[wanted], given, pool, added, (*way, each.name))
            present.append(wanted)
        elif wanted in WELL_KNOWN:
            _well_known(wanted, pool, added)
            present.append(wanted)
    kept = [present.index(each.dependency[place]) for place in each.public_dependency if each.dependency[place] in present]
    missing = [name for name in each.dependency if name not in present]
    each.ClearField("dependency")
    each.ClearField("public_dependency")
    each.ClearField("weak_dependency")
    each.dependency.extend(present)
    each.public_dependency.extend(kept)
    try:
        pool.Add(each)
        pool.FindFileByName(each.name)
    except (TypeError, KeyError, ValueError) as fault:
        lacks = f"; nobody gave {', '.join(missing)[:200]}" if missing else ""
        raise Wrong(f"the schema itself is wrong: {' '.join(str(fault).split())[:300]}{lacks}") from None
    added.add(each.name)


def _well_known(name: str, pool: Any, added: set[str]) -> None:
    if name in added:
        return
    each = descriptor_pb2.FileDescriptorProto.FromString(WELL_KNOWN[name])
    for inner in each.dependency:
        _well_known(inner, pool, added)
    pool.Add(each)
    added.add(name)


class _Count:
    """Values told so far, and fields nobody knows."""

    def __init__(self) -> None:
        self.unknown, self.left = 0, values.VALUES


def _plain(found: Any, count: _Count, depth: int) -> dict[str, Any]:
    """Return a message as plain values, by field names; absent fields that cannot be told from their default stand with it."""
    if depth > values.DEPTH:
        raise Wrong(f"its data nest deeper than {values.DEPTH}")
    count.unknown += len(unknown_fields.UnknownFieldSet(found))
    told: dict[str, Any] = {}
    for field in found.DESCRIPTOR.fields:
        if field.has_presence and not found.HasField(field.name):
            continue
        told[field.name] = _field(field, getattr(found, field.name), count, depth)
    for field, value in found.ListFields():
        if field.is_extension:
            told[f"[{field.full_name}]"] = _field(field, value, count, depth)
    return told


def _field(field: Any, value: Any, count: _Count, depth: int) -> Any:
    if not field.is_repeated:
        return _value(field, value, count, depth)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        inner = field.message_type.fields_by_name["value"]
        return {_key(key): _value(inner, value[key], count, depth) for key in value}
    return [_value(field, each, count, depth) for each in value]


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _value(field: Any, value: Any, count: _Count, depth: int) -> Any:
    count.left -= 1
    if count.left < 0:
        raise Wrong(f"it holds more than {values.VALUES:,} values")
    if field.type in (MESSAGE, GROUP):
        return _plain(value, count, depth + 1)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    if field.type == FLOAT:
        return floats.short(value)
    return value
