"""Plain values → Protobuf bytes by a schema, with the place of what does not fit; and a sample to begin with.

It takes what `protobuf` shows: fields by the names of the schema, enums by word or number, bytes as one character a byte.
"""

from decimal import Decimal
from typing import Any

from google.protobuf import message_factory

from controlcenter.schemas.model import Schema
from controlcenter.serde import protobuf, values
from controlcenter.serde.jsonschema import path as written
from controlcenter.serde.values import Unfit

Path = tuple[str | int, ...]
DOUBLE, FLOAT, BOOL, STRING, BYTES = 1, 2, 8, 9, 12


def write(schema: Schema, value: Any, name: str = "") -> bytes:
    """Return the list of places and the message; raises Unfit with its place, Wrong for the schema's own faults."""
    kind, places = _chosen(schema, name)
    made = message_factory.GetMessageClass(kind)()
    _fill(made, value, ())
    missing = made.FindInitializationErrors()
    if missing:
        raise Unfit(f"it is missing; {kind.full_name} needs it", f"$.{missing[0]}")
    return _list(places) + bytes(made.SerializeToString(deterministic=True))


def names(schema: Schema) -> tuple[str, ...]:
    """Return the full names of a schema's messages, the nested ones after their outer ones."""
    return tuple(kind.full_name for kind, _ in _messages(protobuf.file(schema).message_types_by_name.values(), []))


def _messages(kinds: Any, above: list[int]) -> Any:
    for place, kind in enumerate(kinds):
        yield kind, [*above, place]
        yield from _messages(kind.nested_types, [*above, place])


def _chosen(schema: Schema, name: str) -> tuple[Any, list[int]]:
    for kind, places in _messages(protobuf.file(schema).message_types_by_name.values(), []):
        if name in ("", kind.full_name):
            return kind, places
    raise Unfit(f"its schema has no message {name[:100]}" if name else "its schema has no message")


def _list(places: list[int]) -> bytes:
    if places == [0]:
        return b"\x00"
    return b"".join(_varint(number << 1) for number in (len(places), *places))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _fill(made: Any, value: Any, path: Path) -> None:
    if not isinstance(value, dict):
        raise Unfit(f"{made.DESCRIPTOR.name} is written as an object with its fields", written(path))
    if len(path) > values.DEPTH:
        raise Unfit(f"it nests deeper than {values.DEPTH}", written(path))
    held: dict[str, str] = {}
    for name, inner in value.items():
        field = made.DESCRIPTOR.fields_by_name.get(name) or made.DESCRIPTOR.fields_by_camelcase_name.get(name)
        if field is None:
            raise Unfit(f"{made.DESCRIPTOR.full_name} has no such field", written((*path, name)))
        if inner is None:
            continue
        if field.containing_oneof is not None:
            if field.containing_oneof.name in held:
                raise Unfit(f"only one of {held[field.containing_oneof.name]} and {name} may be there", written((*path, name)))
            held[field.containing_oneof.name] = name
        _field(made, field, inner, (*path, name))


def _field(made: Any, field: Any, value: Any, path: Path) -> None:
    if not field.is_repeated:
        if field.message_type is not None:
            getattr(made, field.name).SetInParent()
            _fill(getattr(made, field.name), value, path)
        else:
            setattr(made, field.name, _scalar(field, value, path))
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        _map(getattr(made, field.name), field, value, path)
    else:
        if not isinstance(value, list):
            raise Unfit("it is repeated, and written as a list", written(path))
        into = getattr(made, field.name)
        for place, inner in enumerate(value):
            if field.message_type is not None:
                _fill(into.add(), inner, (*path, place))
            else:
                into.append(_scalar(field, inner, (*path, place)))


def _map(into: Any, field: Any, value: Any, path: Path) -> None:
    if not isinstance(value, dict):
        raise Unfit("it is a map, and written as an object", written(path))
    key_field, value_field = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
    for name, inner in value.items():
        key = _key(key_field, name, (*path, name))
        if value_field.message_type is not None:
            _fill(into[key], inner, (*path, name))
        else:
            into[key] = _scalar(value_field, inner, (*path, name))


def _key(field: Any, name: str, path: Path) -> Any:
    if field.type == STRING:
        return name
    if field.type == BOOL and name in ("true", "false"):
        return name == "true"
    try:
        return _scalar(field, int(name), path)
    except ValueError:
        raise Unfit(f"{name[:40]!r} is no key of this map", written(path)) from None


def _scalar(field: Any, value: Any, path: Path) -> Any:
    """Return a value as the runtime takes it; raises Unfit for what does not fit the field."""
    if field.enum_type is not None:
        return _enum(field, value, path)
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if field.type in (DOUBLE, FLOAT) and is_number:
        return float(value)
    if field.type == BOOL and isinstance(value, bool):
        return value
    if field.type == STRING and isinstance(value, str):
        _checked(value, "utf-8", "a lone surrogate stands in it: half a character", path)
        return value
    if field.type == BYTES and isinstance(value, str):
        return _checked(value, "latin-1", "bytes are written as \\u0000 to \\u00ff", path)
    if field.type not in (DOUBLE, FLOAT, BOOL, STRING, BYTES) and isinstance(value, int) and not isinstance(value, bool):
        low, high = RANGES[field.cpp_type]
        if not low <= value <= high:
            raise Unfit(f"{value} is no number from {low} to {high}", written(path))
        return value
    raise Unfit(f"this is no {WORDS.get(field.type, 'whole number')}", written(path))


RANGES = {1: (-(1 << 31), (1 << 31) - 1), 2: (-(1 << 63), (1 << 63) - 1), 3: (0, (1 << 32) - 1), 4: (0, (1 << 64) - 1)}
WORDS = {DOUBLE: "number", FLOAT: "number", BOOL: "true or false", STRING: "text", BYTES: "text that stands for bytes"}


def _checked(value: str, encoding: str, what: str, path: Path) -> Any:
    try:
        return value.encode(encoding)
    except UnicodeEncodeError:
        raise Unfit(what, written(path)) from None


def _enum(field: Any, value: Any, path: Path) -> int:
    known = field.enum_type.values_by_name
    if isinstance(value, str) and value in known:
        return int(known[value].number)
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and (not field.enum_type.is_closed or value in field.enum_type.values_by_number)
    ):
        return value
    raise Unfit(f"it is none of {', '.join(known)[:300]}", written(path))


def sample(schema: Schema, name: str = "") -> Any:
    """Return a value that fits a message."""
    return _sample(_chosen(schema, name)[0], 0)


def _sample(kind: Any, depth: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    held: set[str] = set()
    for field in kind.fields:
        oneof = field.containing_oneof.name if field.containing_oneof is not None else None
        is_deep = field.message_type is not None and depth >= 3
        if (is_deep and not field.is_required) or oneof in held:
            continue
        if oneof:
            held.add(oneof)
        told[field.name] = _example(field, depth)
    return told


def _example(field: Any, depth: int) -> Any:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, inner = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
        return {"key" if key.type == STRING else "true" if key.type == BOOL else "1": _one(inner, depth)}
    return [_one(field, depth)] if field.is_repeated else _one(field, depth)


def _one(field: Any, depth: int) -> Any:
    if field.message_type is not None:
        if depth > values.DEPTH // 2:
            raise Unfit(f"{field.message_type.full_name} holds itself without end")
        return _sample(field.message_type, depth + 1)
    if field.enum_type is not None:
        return field.enum_type.values[0].name
    return {DOUBLE: 0.0, FLOAT: 0.0, BOOL: False, STRING: "text", BYTES: ""}.get(field.type, 0)
