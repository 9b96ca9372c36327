"""Formats: which there are, what each can hold, and what WRAP_SINGLE_VALUE does to it (spec/sql.md 10, 11)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from controlcenter.sql import types
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Column, Format, Schema
from controlcenter.sql.faults import invalid
from controlcenter.sql.types import SqlType

Side = Literal["KEY", "VALUE"]
REGISTRY = frozenset(("AVRO", "JSON_SR", "PROTOBUF"))  # these keep their schemas in a registry
NAMES = REGISTRY | {"JSON", "DELIMITED", "KAFKA", "NONE", "PROTOBUF_NOSR"}
_SETTINGS: dict[str, frozenset[str]] = {
    "DELIMITED": frozenset(("delimiter",)),
    "AVRO": frozenset(("fullSchemaName", "schemaId")),
    "JSON_SR": frozenset(("fullSchemaName", "schemaId")),
    "PROTOBUF": frozenset(("fullSchemaName", "schemaId", "nullableRepresentation")),
    "PROTOBUF_NOSR": frozenset(("nullableRepresentation",)),
}
_WRAPS = frozenset(("JSON", "AVRO", "JSON_SR", "PROTOBUF", "PROTOBUF_NOSR"))  # can put a single column into an object
_UNWRAPS = frozenset(("JSON", "AVRO", "JSON_SR", "PROTOBUF_NOSR", "KAFKA", "DELIMITED"))  # can write it bare
_ODD_MAPS = {
    "AVRO": "Avro only supports MAPs with STRING keys",
    "JSON": "JSON only supports MAP types with STRING keys",
    "JSON_SR": "JSON only supports MAP types with STRING keys",
    "PROTOBUF": "PROTOBUF format only supports MAP types with STRING keys",
    "PROTOBUF_NOSR": "PROTOBUF format only supports MAP types with STRING keys",
}
_KAFKA_TYPES = frozenset((types.INTEGER, types.BIGINT, types.DOUBLE, types.STRING, types.BYTES))


def make(name: str, settings: Iterable[tuple[str, str]] = ()) -> Format:
    """Return a format, or raise for an unknown name or a setting that it does not know."""
    upper = name.upper()
    if upper not in NAMES:
        raise invalid(f"Unknown format: {upper}")
    given = tuple(settings)
    refused = [key for key, _ in given if key not in _SETTINGS.get(upper, frozenset())]
    if refused:
        raise invalid(f"{upper} does not support the following configs: [{', '.join(refused)}]")
    return Format(upper, given)


def wrapped(form: Format, columns: Sequence[Column], wanted: bool | None, settings: Settings) -> Format:
    """Return the value format with its way of writing a single column; `wanted` is WRAP_SINGLE_VALUE."""
    if wanted is not None:
        if len(columns) != 1:
            raise invalid("'WRAP_SINGLE_VALUE' is only valid for single-field value schemas")
        if form.name not in (_WRAPS if wanted else _UNWRAPS):
            raise invalid(f"Format '{form.name}' does not support 'WRAP_SINGLE_VALUE' set to '{str(wanted).lower()}'.")
        return replace(form, wrap=wanted)
    default = settings.get("ksql.persistence.wrap.single.values").lower()
    if default in ("true", "false") and len(columns) == 1 and form.name in _WRAPS & _UNWRAPS:
        return replace(form, wrap=default == "true")
    return form


def is_wrapped(form: Format, side: Side, count: int) -> bool:
    """Tell whether the columns of one side stand in an object: always when they are several."""
    if count != 1 or form.name == "PROTOBUF":
        return True
    if form.wrap is not None:
        return form.wrap
    return side == "VALUE" and form.name in _WRAPS


def check(key: Format, value: Format, schema: Schema) -> None:
    """Raise unless both formats can hold their side of a schema."""
    check_side("Key", key, schema.key)
    check_side("Value", value, schema.value)


def check_side(side: Literal["Key", "Value"], form: Format, columns: Sequence[Column]) -> None:
    """Raise ksqlDB's "Key format does not support schema." with the reason, unless the format can hold these columns."""
    reason = _reason(form, columns)
    if reason:
        texts = ", ".join(map(str, columns))
        features = "[UNWRAP_SINGLES]" if form.wrap is False else "[WRAP_SINGLES]" if form.wrap else "[]"
        raise invalid(
            f"{side} format does not support schema.\nformat: {form.name}"
            f"\nschema: Persistence{{columns=[{texts}], features={features}}}\nreason: {reason}"
        )


def _reason(form: Format, columns: Sequence[Column]) -> str:
    """Return why a format cannot hold these columns, "" when it can."""
    if form.name == "NONE" and columns:
        return f"The 'NONE' format can only be used when no columns are defined. Got: [{', '.join(map(str, columns))}]"
    if form.name == "KAFKA":
        return _kafka_reason(columns)
    for column in columns:
        reason = _column_reason(form, column)
        if reason:
            return reason
    return ""


def _kafka_reason(columns: Sequence[Column]) -> str:
    if len(columns) > 1:
        return f"The 'KAFKA' format only supports a single field. Got: [{', '.join(map(str, columns))}]"
    if columns and columns[0].type not in _KAFKA_TYPES:
        return f"The 'KAFKA' format does not support type '{types.base(columns[0].type)}'"
    return ""


def _column_reason(form: Format, column: Column) -> str:
    if form.name == "DELIMITED" and isinstance(column.type, types.Array | types.Map | types.Struct):
        return f"The 'DELIMITED' format does not support type '{types.base(column.type)}', column: {types.quoted(column.name)}"
    if has_odd_map(column.type):
        return _ODD_MAPS.get(form.name, "")
    if form.name == "AVRO":
        return _avro_reason((column.name, *field_names(column.type)))
    return ""


def _avro_reason(given: Iterable[str]) -> str:
    """Return why Avro cannot carry these names, "" when it can: letters, digits and `_`, no digit first."""
    for name in given:
        if not re.match(r"[^\W\d]", name):
            return f"Schema is not compatible with Avro: Illegal initial character: {name}"
        if not re.fullmatch(r"\w*", name):
            return f"Schema is not compatible with Avro: Illegal character in: {name}"
    return ""


def field_names(kind: SqlType) -> tuple[str, ...]:
    """Return the names of all fields inside a type."""
    mine = tuple(name for name, _ in kind.fields) if isinstance(kind, types.Struct) else ()
    return (*mine, *(name for inner in types.inner(kind) for name in field_names(inner)))


def has_odd_map(kind: SqlType) -> bool:
    """Tell whether a MAP with keys other than STRING occurs in a type."""
    return (isinstance(kind, types.Map) and kind.key != types.STRING) or any(map(has_odd_map, types.inner(kind)))


def check_keys(columns: Iterable[Column]) -> None:
    """Raise for a key column that holds a MAP: its bytes would not be the same for the same key."""
    for column in columns:
        if types.contains_map(column.type):
            raise invalid(
                "Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to "
                f"inconsistent serialization. Key column name: {types.quoted(column.name)}. Column type: {column.type}. "
                "See https://github.com/confluentinc/ksql/issues/6621 for more."
            )
