"""DROP, ALTER and the names of types (spec/sql.md 18)."""

from dataclasses import replace

from controlcenter.sql import analyze_formats as formats
from controlcenter.sql import analyze_sources as sources
from controlcenter.sql import ast, names, typed, types
from controlcenter.sql.analyze_typer import resolve
from controlcenter.sql.catalog import Catalog, Column
from controlcenter.sql.faults import invalid


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
