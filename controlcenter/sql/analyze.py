"""Syntax tree + catalog → a statement whose every name and type is known.

Law: nothing here asks Kafka or changes anything. `statement` gives a value; `apply` gives the catalog after it. Faults
carry ksqlDB's sentence (spec/sql.md 19), so every refusal reads as it does there.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import analyze_changes as changes
from controlcenter.sql import analyze_create_as as create_as
from controlcenter.sql import analyze_inserts as inserts
from controlcenter.sql import analyze_pull as pull
from controlcenter.sql import analyze_query as queries
from controlcenter.sql import analyze_sources as sources
from controlcenter.sql import ast, format, names, typed
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Catalog, Query
from controlcenter.sql.faults import Fault, invalid

__all__ = ["Settings", "apply", "statement"]

Analyze = Callable[[Any, Catalog, Settings], typed.Statement]
_DEFAULT = Settings()


def statement(node: ast.Statement, catalog: Catalog, settings: Settings = _DEFAULT) -> typed.Statement:
    """Return a statement analysed against a catalog, or raise a `Fault` that says what is wrong and where."""
    try:
        return _STATEMENTS.get(type(node), _plain)(node, catalog, settings)
    except Fault as fault:
        fault.statement = fault.statement or format.statement(node)
        raise
    except Problem as problem:
        raise Fault(problem.kind, problem.what, problem.hint, statement=format.statement(node)) from problem


def apply(catalog: Catalog, done: typed.Statement) -> Catalog:
    """Return the catalog as a statement leaves it."""
    match done:
        case typed.CreateSource(exists=True) | typed.CreateAs(exists=True) | typed.CreateType(exists=True):
            return catalog
        case typed.CreateSource(source=source, query_id=query_id):
            after = catalog.with_source(source)
            return after.with_query(Query(query_id, frozenset((source.name,)), source.name)) if query_id else after
        case typed.CreateAs(query_id=query_id, query=query, sink=sink):
            return catalog.with_source(sink).with_query(Query(query_id, _names(query), sink.name))
        case typed.InsertInto(query_id=query_id, query=query, sink=sink):
            return catalog.with_query(Query(query_id, _names(query), sink.name, is_insert=True))
        case typed.DropSource(source=source, ends=ends) if source is not None:
            after = catalog.without_source(source.name)
            for query_id in ends:
                after = after.without_query(query_id)
            return after
        case typed.AlterSource(source=source):
            return catalog.with_source(source)
        case typed.CreateType(name=name, type=kind):
            return catalog.with_type(name, kind)
        case typed.DropType(name=name):
            return catalog.without_type(name)
        case typed.Plain(node=ast.Control(action="TERMINATE", query_id=query_id)):
            return catalog.without_query(query_id) if query_id is not None else replace(catalog, queries={})
    return catalog


def _names(query: typed.Query) -> frozenset[str]:
    return frozenset(one.source.name for one in query.inputs)


def _select(node: ast.Select, catalog: Catalog, settings: Settings) -> typed.Statement:
    if node.query.emit is None:
        pull.check(node.query, catalog, settings)
    query, _ = queries.analyze(node.query, catalog, settings)
    return typed.Select(query, is_push=node.query.emit is not None)


def _describe(node: ast.Describe, catalog: Catalog, settings: Settings) -> typed.Statement:
    if node.what == "FUNCTION":
        settings.functions.find(node.name)
    if node.what != "SOURCE":
        return typed.Plain(node)
    source = catalog.source(node.name)
    if source is None:
        hint = names.other_case(node.name, catalog)
        raise Fault(Kind.ABSENT, f"Could not find STREAM/TABLE '{node.name}' in the Metastore{hint}", span=node.span)
    return typed.Describe(source, node.extended)


def _explain(node: ast.Explain, catalog: Catalog, settings: Settings) -> typed.Statement:
    if node.statement is not None:
        if not isinstance(node.statement, ast.Select | ast.CreateAs | ast.InsertInto):
            raise invalid("The provided statement does not run a ksql query", node.span)
        return typed.Explain(statement=statement(node.statement, catalog, settings))
    if node.query_id not in catalog.queries:
        raise Fault(Kind.ABSENT, f"Query with id:{node.query_id} does not exist, use SHOW QUERIES to view the full set of queries.")
    return typed.Explain(query_id=node.query_id)


def _control(node: ast.Control, catalog: Catalog, settings: Settings) -> typed.Statement:
    if node.query_id is not None and node.query_id not in catalog.queries:
        raise Fault(Kind.ABSENT, f"Unknown queryId: {node.query_id}", span=node.span)
    return typed.Plain(node)


def _plain(node: ast.Statement, catalog: Catalog, settings: Settings) -> typed.Statement:
    return typed.Plain(node)


_STATEMENTS: dict[type, Analyze] = {
    ast.AlterSource: lambda node, catalog, settings: changes.alter(node, catalog),
    ast.Control: _control,
    ast.CreateAs: create_as.create,
    ast.CreateSource: sources.create,
    ast.CreateType: lambda node, catalog, settings: changes.create_type(node, catalog),
    ast.Describe: _describe,
    ast.DropSource: lambda node, catalog, settings: changes.drop(node, catalog),
    ast.DropType: lambda node, catalog, settings: changes.drop_type(node, catalog),
    ast.Explain: _explain,
    ast.InsertInto: inserts.insert_into,
    ast.InsertValues: inserts.insert_values,
    ast.Select: _select,
}
