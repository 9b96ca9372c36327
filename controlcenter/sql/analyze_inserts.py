"""INSERT INTO … SELECT and INSERT INTO … VALUES (spec/sql.md 5, 18)."""

from collections.abc import Sequence
from dataclasses import replace

from controlcenter.errors import Problem
from controlcenter.sql import analyze_coercion as coercion
from controlcenter.sql import analyze_properties as properties
from controlcenter.sql import analyze_query as queries
from controlcenter.sql import ast, format, names, trees, typed, types
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.analyze_typer import CodeFault, TypeFault, Typer
from controlcenter.sql.catalog import Catalog, Column, Source
from controlcenter.sql.faults import invalid

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
