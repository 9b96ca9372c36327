"""Statements that make, fill, change and drop streams and tables (spec/sql.md 18)."""

from collections.abc import Sequence
from dataclasses import replace

from controlcenter.errors import Problem
from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import analyze_formats as formats
from controlcenter.sql import analyze_properties as properties
from controlcenter.sql import analyze_query as queries
from controlcenter.sql import analyze_sources as sources
from controlcenter.sql import analyze_upgrades as upgrades
from controlcenter.sql import ast, format, names, trees, typed, types
from controlcenter.sql.analyze_properties import Properties
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.analyze_typer import CodeFault, TypeFault, Typer, resolve
from controlcenter.sql.catalog import Catalog, Column, Format, Source
from controlcenter.sql.faults import Fault, invalid

# — CREATE … AS ——————————————————————————————————————————————————————————————


def create_as(node: ast.CreateAs, catalog: Catalog, settings: Settings) -> typed.CreateAs:
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


# — INSERT INTO … SELECT —————————————————————————————————————————————————————


def insert_into(node: ast.InsertInto, catalog: Catalog, settings: Settings) -> typed.InsertInto:
    """Return a persistent query that writes an existing stream."""
    given = properties.read(node.properties, properties.INSERT)
    sink = names.existing(node.name, catalog)
    if sink.kind == "TABLE":
        raise invalid(f"INSERT INTO can only be used to insert into a stream. {node.name} is a table.", node.span)
    if sink.schema.headers:
        raise invalid(f"Cannot insert into {node.name} because it has header columns", node.span)
    if sink.is_read_only:
        raise invalid(f"Cannot insert into read-only stream: {node.name}", node.span)
    query, _ = queries.analyze(node.query, catalog, settings, sink=node.name)
    if query.kind == "TABLE":
        raise invalid("INSERT INTO can only be used with a SELECT that produces a stream; this one produces a TABLE.", node.span)
    items = _fitted(query, sink)
    query_id = (given.get("QUERY_ID") or f"INSERTQUERY_{catalog.next_query}").upper()
    return typed.InsertInto(query_id, replace(query, items=items, schema=sink.schema), sink)


def _fitted(query: typed.Query, sink: Source) -> tuple[typed.Item, ...]:
    """Return the items of a query as the sink's types, or raise when the schemas do not agree."""
    mine, its = query.schema.columns, tuple(column for column in sink.schema if column.place != "HEADERS")
    order = tuple(sorted(range(len(its)), key=lambda at: its[at].place != "KEY"))
    wanted = [its[at] for at in order]
    fits = len(mine) == len(wanted) and all(
        a.name == b.name and a.place == b.place and (types.can_widen(a.type, b.type) or _is_exact(item.expression, b))
        for a, b, item in zip(mine, wanted, query.items, strict=False)
    )
    if not fits:
        raise invalid(f"Incompatible schema between results and sink.\nResult schema is {query.schema}\nSink schema is {sink.schema}")
    return tuple(replace(item, expression=_as(item.expression, column)) for item, column in zip(query.items, wanted, strict=True))


def _is_exact(value: typed.Expr, column: Column) -> bool:
    """Tell whether a number literal takes the DECIMAL type of its column."""
    if not (isinstance(value, typed.Constant) and types.is_number(value.type) and isinstance(column.type, types.Decimal)):
        return False
    return value.type != types.DOUBLE and types.can_widen(coercion.decimal_type_of(value.value), column.type)


def _as(value: typed.Expr, column: Column) -> typed.Expr:
    return value if value.type == column.type else typed.Cast(column.type, value, is_implicit=True)


# — INSERT … VALUES ——————————————————————————————————————————————————————————


def insert_values(node: ast.InsertValues, catalog: Catalog, settings: Settings) -> typed.InsertValues:
    """Return one record for a source: values as the types of their columns."""
    source = catalog.source(node.name)
    if source is None:
        hint = names.other_case(node.name, catalog)
        raise invalid(f"Cannot insert values into an unknown stream/table: {types.quoted(node.name)}{hint}", node.span)
    if source.is_read_only:
        raise invalid(f"Cannot insert values into read-only {source.kind.lower()}: {node.name}", node.span)
    if source.window is not None:
        raise invalid("Cannot insert values into windowed stream/table!", node.span)
    columns = _named_columns(node, source) if node.columns else _all_columns(node, source)
    for name in trees.names(node):
        if name.source is not None:
            raise invalid(f"Failed to prepare statement: '{name.source}' is not a valid stream/table name or alias.", name.span)
    values = tuple(_value(value, column, catalog, settings, node) for value, column in zip(node.values, columns, strict=True))
    return _record(node, source, columns, values)


def _record(node: ast.InsertValues, source: Source, columns: Sequence[Column], values: Sequence[typed.Expr]) -> typed.InsertValues:
    given = {column.name: value for column, value in zip(columns, values, strict=True)}
    if source.kind == "TABLE":
        lacking = [c.name for c in source.schema.key if c.name not in given or given[c.name] == typed.Constant(c.type, None)]
        if lacking:
            raise invalid(
                f"Failed to insert values into '{node.name}'. Value for primary key column(s) {', '.join(lacking)} is required for tables"
            )
    rowtime = given.get("ROWTIME")
    kept = [(column, value) for column, value in zip(columns, values, strict=True) if column.place != "PSEUDO"]
    return typed.InsertValues(source, tuple(column for column, _ in kept), tuple(value for _, value in kept), rowtime)


def _named_columns(node: ast.InsertValues, source: Source) -> list[Column]:
    found: list[Column] = []
    headers = [name for name in node.columns if (column := source.schema.find(name)) is not None and column.place == "HEADERS"]
    if headers:
        raise invalid(f"Cannot insert into HEADER columns: {', '.join(headers)}", node.span)
    for name in node.columns:
        if name in ("ROWPARTITION", "ROWOFFSET"):
            raise invalid(f"Inserting into column {types.quoted(name)} is not allowed.", node.span)
        column = source.schema.find(name) or next((c for c in names.PSEUDO if c.name == name), None)
        if column is None:
            raise invalid(f"Column name {types.quoted(name)} does not exist.", node.span)
        found.append(column)
    if len(found) != len(node.values):
        raise _count(found, node)
    return found


def _all_columns(node: ast.InsertValues, source: Source) -> list[Column]:
    columns = [*source.schema.key, *source.schema.value]
    if source.schema.headers:
        columns += source.schema.headers
    if len(columns) != len(node.values):
        raise _count(columns, node)
    if source.schema.headers:
        raise invalid(f"Cannot insert into HEADER columns: {', '.join(c.name for c in source.schema.headers)}", node.span)
    return columns


def _count(columns: Sequence[Column], node: ast.InsertValues) -> Problem:
    expected = ", ".join(types.quoted(column.name) for column in columns)
    got = ", ".join(map(format.expression, node.values))
    return invalid(f"Expected a value for each column. Expected Columns: [{expected}]. Got [{got}]", node.span)


def _value(node: ast.Expression, column: Column, catalog: Catalog, settings: Settings, whole: ast.InsertValues) -> typed.Expr:
    try:
        value = Typer({}, settings.functions, types=catalog.types).type(node)
        return coercion.assign(value, column.type, node)
    except Problem as problem:
        raise invalid(f"Failed to insert values into '{whole.name}'. {problem.what}", node.span) from None
    except (TypeFault, CodeFault) as fault:
        raise invalid(f"Failed to insert values into '{whole.name}'. {fault}", node.span) from None


# — DROP, ALTER, types ———————————————————————————————————————————————————————


def drop(node: ast.DropSource, catalog: Catalog) -> typed.DropSource:
    """Return what goes with a source; refused while queries read it or write it."""
    source = catalog.source(node.name)
    if source is None:
        if node.if_exists:
            return typed.DropSource(None)
        raise invalid(f"Source {node.name} does not exist.{names.other_case(node.name, catalog)}", node.span)
    if source.kind != node.kind:
        raise invalid(f"Incompatible data source type is {source.kind}, but statement was DROP {node.kind}", node.span)
    if source.is_read_only and node.delete_topic:
        raise invalid(f"Cannot delete topic for read-only source: {node.name}", node.span)
    readers = [query for query in catalog.queries.values() if node.name in query.sources and query.sink != node.name]
    derived = [query.sink for query in readers if not query.is_insert]
    if derived:
        raise invalid(
            f"Cannot drop {node.name}.\nThe following streams and/or tables read from this source: [{', '.join(derived)}]."
            f"\nYou need to drop them before dropping {node.name}."
        )
    inserts = [query for query in catalog.queries.values() if query.is_insert and node.name in (*query.sources, query.sink)]
    if inserts:
        reading = ", ".join(query.id for query in inserts if node.name in query.sources)
        writing = ", ".join(query.id for query in inserts if query.sink == node.name)
        raise invalid(
            f"Cannot drop {node.name}.\nThe following queries read from this source: [{reading}]."
            f"\nThe following queries write into this source: [{writing}]."
            f"\nYou need to terminate them before dropping {node.name}."
        )
    ends = tuple(query.id for query in catalog.queries.values() if query.sink == node.name)
    return typed.DropSource(source, node.delete_topic, ends)


def alter(node: ast.AlterSource, catalog: Catalog) -> typed.AlterSource:
    """Return a source with value columns added at the end."""
    source = catalog.source(node.name)
    if source is None:
        raise invalid(f"Source {node.name} does not exist.", node.span)
    word = node.kind.lower()
    if source.kind != node.kind:
        raise invalid(f"Incompatible data source type is {source.kind}, but statement was ALTER {node.kind}", node.span)
    if source.is_read_only:
        raise invalid(f"Cannot alter {word} '{node.name}': ALTER operations are not supported on source {word}s.", node.span)
    if source.is_derived:
        raise invalid("ALTER command is not supported for CREATE ... AS statements.", node.span)
    columns = list(source.schema.columns)
    for definition in node.columns:
        if any(column.name == definition.name for column in columns):
            quoted = types.quoted(definition.name)
            raise invalid(f"Cannot add column {quoted} to schema. A column with the same name already exists.", definition.span)
        columns.append(Column(definition.name, resolve(definition.type, catalog.types)))
    schema = replace(source.schema, columns=tuple(columns))
    sources.check_schema(schema)
    formats.check(source.key_format, source.value_format, schema)
    return typed.AlterSource(replace(source, schema=schema))


def create_type(node: ast.CreateType, catalog: Catalog) -> typed.CreateType:
    """Return a name for a type."""
    kind = resolve(node.type, catalog.types)
    known = catalog.types.get(node.name)
    if known is not None and not node.if_not_exists:
        raise invalid(f"Cannot register custom type '{node.name}' since it is already registered with type: {known}", node.span)
    if node.name in types.PRIMITIVES:
        raise invalid(f"'{node.name}' is the name of a built-in type.", node.span)
    return typed.CreateType(node.name, kind, exists=known is not None)


def drop_type(node: ast.DropType, catalog: Catalog) -> typed.DropType:
    """Return the name that goes."""
    if node.name not in catalog.types and not node.if_exists:
        raise invalid(f"Type {node.name} does not exist.", node.span)
    return typed.DropType(node.name, exists=node.name in catalog.types)
