"""CREATE STREAM and CREATE TABLE over a topic."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from controlcenter.sql import analyze_formats as formats
from controlcenter.sql import analyze_properties as properties
from controlcenter.sql import ast, format, names, typed, types
from controlcenter.sql.analyze_properties import Properties
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.analyze_typer import resolve
from controlcenter.sql.catalog import Catalog, Column, Format, Kind, Schema, Source, Timestamp
from controlcenter.sql.faults import invalid, placed
from controlcenter.sql.types import SqlType

DEFAULT_KEY = "ksql.persistence.default.format.key"
DEFAULT_VALUE = "ksql.persistence.default.format.value"


def create(node: ast.CreateSource, catalog: Catalog, settings: Settings) -> typed.CreateSource:
    """Return the source that a CREATE makes, or raise."""
    columns = columns_of(node, catalog.types)
    given = properties.read(node.properties, properties.CREATE)
    if given.get("KAFKA_TOPIC") is None:
        raise invalid('Failed to prepare statement: Missing required property "KAFKA_TOPIC" which has no default value.')
    window = given.window()
    key, value = _formats(given, settings)
    _check_schema_ids(given, columns)
    schema = Schema(_inferred(columns, given, key, value, settings))
    _check_table_key(node, schema)
    check_schema(schema)
    value = formats.wrapped(value, schema.value, given.flag("WRAP_SINGLE_VALUE"), settings)
    key = key if schema.key or "KEY_FORMAT" in given.values or "FORMAT" in given.values else replace(key, properties=())
    formats.check_keys(schema.key)
    formats.check(key, value, schema)
    stamp = given.timestamp()
    check_timestamp(stamp, schema)
    topic = given.get("KAFKA_TOPIC") or ""
    source = Source(
        name=node.name,
        kind=node.kind,
        schema=schema,
        topic=topic,
        key_format=key,
        value_format=value,
        window=window,
        timestamp=stamp,
        is_read_only=node.is_source,
        is_queryable=node.is_source and node.kind == "TABLE",
        partitions=given.whole("PARTITIONS") or settings.partitions(topic),
        replicas=given.whole("REPLICAS"),
        statement=format.statement(node),
    )
    return _placed_in(node, source, catalog)


def _placed_in(node: ast.CreateSource, source: Source, catalog: Catalog) -> typed.CreateSource:
    """Return the statement for a catalog: new, nothing to do, or a replacement."""
    word = node.kind.lower()
    old = catalog.source(node.name)
    if node.replace and (node.is_source or (old is not None and old.is_read_only)):
        raise invalid(f"Cannot add {word} '{node.name}': CREATE OR REPLACE is not supported on source {word}s.")
    query_id = f"CST_{node.name}_{catalog.next_query}" if source.is_queryable else ""
    if old is None:
        return typed.CreateSource(source, query_id=query_id)
    if node.if_not_exists:
        warning = f"Cannot add {word} {types.quoted(node.name)}: A {old.kind.lower()} with the same name already exists."
        return typed.CreateSource(old, exists=True, warning=warning)
    if not node.replace:
        raise already_exists(node.kind, old)
    check_upgrade(old, source)
    return typed.CreateSource(source, query_id=query_id)


def already_exists(kind: Kind, old: Source) -> Exception:
    """Return the Problem of a name that is taken."""
    return invalid(f"Cannot add {kind.lower()} '{old.name}': A {old.kind.lower()} with the same name already exists")


def check_upgrade(old: Source, new: Source) -> None:
    """Raise unless CREATE OR REPLACE only adds value columns at the end."""
    lead = f"Cannot upgrade data source: DataSource '{old.name}'"
    if old.kind != new.kind:
        raise invalid(
            f"{lead} has type {_kind(old)} while DataSource '{new.name}' has type {_kind(new)}".replace("data source: ", "data source: ")
        )
    reason = (
        _difference("topic", old.topic, new.topic)
        or _difference("key format", old.key_format.name, new.key_format.name)
        or _difference("value format", old.value_format.name, new.value_format.name)
        or _difference("timestamp column", old.timestamp, new.timestamp)
    )
    if reason:
        raise invalid(f"{lead} has a different {reason}")
    check_columns_kept(old.schema, new.schema, lead)


def _kind(source: Source) -> str:
    return f"K{source.kind}"


def _difference(what: str, old: object, new: object) -> str:
    return "" if old == new else f"{what}: {_shown(old)} vs. {_shown(new)}"


def _shown(value: object) -> object:
    return value.column if isinstance(value, Timestamp) else value


def check_columns_kept(old: Schema, new: Schema, lead: str) -> None:
    """Raise unless the new schema begins with the old one: same keys, and values only added at the end."""
    if old.key != new.key:
        lost = ", ".join(map(str, _lost(old.key, new.key)))
        reason = f"(Key columns must be identical. The following key columns are changed, missing or reordered: [{lost}])"
    elif old.value != new.value[: len(old.value)]:
        lost = ", ".join(map(str, _lost(old.value, new.value)))
        reason = f"(The following columns are changed, missing or reordered: [{lost}])"
    else:
        return
    raise invalid(f"{lead} has schema = {old} which is not upgradeable to {new}. {reason}")


def _lost(old: Sequence[Column], new: Sequence[Column]) -> list[Column]:
    return [column for at, column in enumerate(old) if at >= len(new) or new[at] != column] or list(new[len(old) :])


# — columns ——————————————————————————————————————————————————————————————————


def columns_of(node: ast.CreateSource | ast.AssertSource, made: Mapping[str, SqlType]) -> tuple[Column, ...]:
    """Return the declared columns, keys first, or raise for a name or a place that cannot be."""
    seen: dict[str, int] = {}
    for definition in node.columns:
        seen[definition.name] = seen.get(definition.name, 0) + 1
        check_place(definition, node.kind)
    twice = [types.quoted(name) for name, count in seen.items() if count > 1]
    if twice:
        raise invalid(f"Duplicate column names: {', '.join(twice)}")
    found = [column_of(definition, made) for definition in node.columns]
    return tuple(found)


def column_of(definition: ast.ColumnDef, made: Mapping[str, SqlType]) -> Column:
    kind = resolve(definition.type, made)
    if definition.place in ("KEY", "PRIMARY KEY"):
        return Column(definition.name, kind, "KEY")
    if definition.place == "HEADERS":
        _check_header(definition, kind)
        return Column(definition.name, kind, "HEADERS", definition.header)
    return Column(definition.name, kind)


def check_place(definition: ast.ColumnDef, kind: Kind) -> None:
    """Raise for KEY on a table and PRIMARY KEY on a stream."""
    wrong, right = ("KEY", "PRIMARY KEY") if kind == "TABLE" else ("PRIMARY KEY", "KEY")
    if definition.place == wrong:
        what = f"Column {types.quoted(definition.name)} is a '{wrong}' column: please use '{right}' for {kind.lower()}s."
        raise placed(what, definition.span)


def _check_header(definition: ast.ColumnDef, kind: SqlType) -> None:
    if definition.header is None and kind != types.HEADERS:
        raise invalid(f"Invalid type for HEADERS column: expected ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>>, got {kind}", definition.span)
    if definition.header is not None and kind != types.BYTES:
        raise invalid(f"Invalid type for HEADER('{definition.header}') column: expected BYTES, got {kind}", definition.span)


def check_schema(schema: Schema) -> None:
    """Raise for a schema without columns, with reserved names, or with two columns over the same headers."""
    if not schema.columns:
        raise invalid("No columns supplied.")
    for column in schema:
        if column.name in names.SYSTEM:
            raise invalid(f"'{column.name}' is a reserved column name. You cannot use it as a name for a column.")
    seen: list[str | None] = []
    for column in schema.headers:
        if None in seen or (seen and column.header is None):
            raise invalid("Schema already contains a HEADERS column.")
        if column.header in seen:
            raise invalid(f"Schema already contains a HEADER('{column.header}') column.")
        seen.append(column.header)


def _check_table_key(node: ast.CreateSource, schema: Schema) -> None:
    if node.kind == "TABLE" and not schema.key:
        raise invalid("Tables require a PRIMARY KEY. Please define the PRIMARY KEY.")


def check_timestamp(stamp: Timestamp | None, schema: Schema) -> None:
    """Raise unless the column of the event time exists and can be one."""
    if stamp is None:
        return
    column = schema.find(stamp.column)
    if column is None:
        raise invalid(f"The TIMESTAMP column set in the WITH clause does not exist in the schema: '{stamp.column}'")
    if column.type == types.STRING:
        if stamp.format is None:
            raise invalid("A String timestamp field has been specified without also specifying the timestamp_format")
        return
    if stamp.format is not None:
        raise invalid("'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.")
    if column.type not in (types.BIGINT, types.TIMESTAMP):
        name = types.quoted(stamp.column)
        raise invalid(f"Timestamp column, {name}, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified")


# — formats ——————————————————————————————————————————————————————————————————


def _formats(given: Properties, settings: Settings) -> tuple[Format, Format]:
    key = given.format("KEY") or settings.get(DEFAULT_KEY, "KAFKA")
    value = given.format("VALUE") or settings.get(DEFAULT_VALUE)
    if not value:
        raise invalid(
            "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. "
            f"Either provide one or set a default via the '{DEFAULT_VALUE}' config."
        )
    _check_schema_format(given, "KEY", key)
    _check_schema_format(given, "VALUE", value)
    return formats.make(key, given.format_settings("KEY")), formats.make(value, given.format_settings("VALUE"))


def _check_schema_ids(given: Properties, columns: Sequence[Column]) -> None:
    """Raise for a schema id beside columns of its own, or for a format that keeps no schemas (found before its settings are)."""
    for side in ("KEY", "VALUE"):
        if f"{side}_SCHEMA_ID" in given.values and any((c.place == "KEY") == (side == "KEY") for c in columns):
            raise invalid(f"Table elements and {side}_SCHEMA_ID cannot both exist for create statement.")


def _check_schema_format(given: Properties, side: Literal["KEY", "VALUE"], name: str) -> None:
    if f"{side}_SCHEMA_ID" in given.values and name.upper() not in formats.REGISTRY:
        words = f"{side}_FORMAT should support schema inference when {side}_SCHEMA_ID is provided."
        raise invalid(f"{words} Current format is {name.upper()}.")


def _inferred(columns: tuple[Column, ...], given: Properties, key: Format, value: Format, settings: Settings) -> tuple[Column, ...]:
    """Return the columns with those that only a registry's schema tells: a side that declares none, or has a schema id."""
    if settings.infer is None:
        return columns
    topic = given.get("KAFKA_TOPIC") or ""
    keys: tuple[Column, ...] = tuple(c for c in columns if c.place == "KEY")
    rest: tuple[Column, ...] = tuple(c for c in columns if c.place == "VALUE")
    found_key = found_value = None
    if key.name in formats.REGISTRY and not keys:
        found_key = settings.infer(topic, True, key)
    if value.name in formats.REGISTRY and not rest:
        found_value = settings.infer(topic, False, value)
    if found_key is None and found_value is None:
        return columns
    headers = tuple(c for c in columns if c.place == "HEADERS")
    return (*(found_key or keys), *(found_value or rest), *headers)
