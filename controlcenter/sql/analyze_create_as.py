"""CREATE STREAM and CREATE TABLE … AS SELECT: the query and the source it writes (spec/sql.md 10, 18)."""

from dataclasses import replace

from controlcenter.sql import analyze_formats as formats
from controlcenter.sql import analyze_properties as properties
from controlcenter.sql import analyze_query as queries
from controlcenter.sql import analyze_sources as sources
from controlcenter.sql import analyze_upgrades as upgrades
from controlcenter.sql import ast, format, typed, types
from controlcenter.sql.analyze_properties import Properties
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Catalog, Format, Source
from controlcenter.sql.faults import Fault, invalid


def create(node: ast.CreateAs, catalog: Catalog, settings: Settings) -> typed.CreateAs:
    """Return a persistent query and the source it writes."""
    given = properties.read(node.properties, properties.CREATE_AS)
    old = catalog.source(node.name)
    _check_target(node, old)
    query, qualified = queries.analyze(node.query, catalog, settings, sink=node.name)
    written = format.statement(replace(node, query=replace(qualified, emit=qualified.emit or "CHANGES")))
    try:
        sink = _sink(node, query, given, catalog, settings, written)
        query_id = (given.get("QUERY_ID") or f"C{node.kind[0]}AS_{node.name}_{catalog.next_query}").upper()
        if old is not None and node.replace:
            upgrades.check(old, sink, query)
            query_id = next((one.id for one in catalog.queries.values() if one.sink == old.name and not one.is_insert), query_id)
    except Fault as fault:
        fault.statement = fault.statement or written
        raise
    exists = old is not None and node.if_not_exists and not node.replace
    return typed.CreateAs(
        query_id=query_id,
        query=query,
        sink=old if exists and old is not None else replace(sink, query=query),
        exists=exists,
        replaced=old if node.replace else None,
        retention_ms=given.whole("RETENTION_MS"),
        warning=_warning(node, old) if exists and old is not None else "",
    )


def _check_target(node: ast.CreateAs, old: Source | None) -> None:
    word = node.kind.lower()
    if node.query.limit is not None:
        raise invalid(f"CREATE {node.kind} AS SELECT statements don't support LIMIT clause.", node.span)
    if old is None or node.if_not_exists:
        return
    if node.replace and old.is_read_only:
        raise invalid(f"Cannot add {word} '{node.name}': CREATE OR REPLACE is not supported on source {word}s.")
    if not node.replace:
        raise sources.already_exists(node.kind, old)


def _warning(node: ast.CreateAs, old: Source) -> str:
    return f"Cannot add {node.kind.lower()} {types.quoted(node.name)}: A {old.kind.lower()} with the same name already exists."


def _sink(node: ast.CreateAs, query: typed.Query, given: Properties, catalog: Catalog, settings: Settings, written: str) -> Source:
    if query.kind != node.kind:
        raise invalid(
            f"Invalid result type. Your SELECT query produces a {query.kind}. Please use CREATE {query.kind} AS SELECT statement instead."
        )
    left = query.inputs[0].source
    formats.check_keys(query.schema.key)
    key = _key_format(query, given, left, settings)
    value = _inherited("VALUE", given, left.value_format)
    value = formats.wrapped(value, query.schema.value, given.flag("WRAP_SINGLE_VALUE"), settings)
    formats.check(key, value, query.schema)
    stamp = given.timestamp()
    sources.check_timestamp(stamp, query.schema)
    return Source(
        name=node.name,
        kind=query.kind,
        schema=query.schema,
        topic=given.get("KAFKA_TOPIC") or settings.get("ksql.output.topic.name.prefix") + node.name,
        key_format=key,
        value_format=value,
        window=query.key_window,
        timestamp=stamp,
        is_derived=True,
        is_queryable=query.kind == "TABLE",
        partitions=given.whole("PARTITIONS") or left.partitions,
        replicas=given.whole("REPLICAS") or left.replicas,
        statement=written,
    )


def _key_format(query: typed.Query, given: Properties, left: Source, settings: Settings) -> Format:
    """Return the key format of a result: as given, else as inherited, unless there is no key now or was none before."""
    if given.format("KEY") is not None:
        formats.make(given.format("KEY") or "")
    if query.partition_by == ():
        if given.format("KEY") not in (None, "NONE"):
            raise invalid("Key format specified for stream without key columns.")
        return formats.make("NONE")
    inherited = _inherited_key(query, left)
    if given.format("KEY") is None and inherited.name == "NONE" and query.schema.key:
        return formats.make(settings.get(sources.DEFAULT_KEY, "KAFKA"), given.format_settings("KEY"))
    return _inherited("KEY", given, inherited)


def _inherited_key(query: typed.Query, left: Source) -> Format:
    """Return the format of the key that flows: a join's is its left side's, unless only that one is repartitioned."""
    join = query.source
    if isinstance(join, typed.Join) and join.style == "STREAM_STREAM" and isinstance(join.left, typed.Input):
        stay = (_is_key(join.left, join.left_key), _is_key(join.right, join.right_key))
        return join.right.source.key_format if stay == (False, True) else left.key_format
    return left.key_format


def _is_key(one: typed.Input, key: typed.Expr) -> bool:
    columns = one.source.schema.key
    return isinstance(key, typed.ColumnRef) and [column.name for column in columns] == [key.name]


def _inherited(side: formats.Side, given: Properties, source: Format) -> Format:
    name = given.format(side) or source.name
    stated = dict(given.format_settings(side))
    if name == source.name and source.setting("delimiter") is not None:
        stated.setdefault("delimiter", source.setting("delimiter") or ",")
    return formats.make(name, stated.items())
