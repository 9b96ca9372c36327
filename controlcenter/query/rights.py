"""What a statement needs, derived from its meaning; and what its writer may know of at all.

Law: a source whose topic somebody may not read does not exist for them: not in a completion, a list, a description, an
explanation or an error. The right to a topic is asked of the topic, never of the stream's name.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from controlcenter import access
from controlcenter.access import decisions
from controlcenter.access.principals import Principal
from controlcenter.sql import typed
from controlcenter.sql.catalog import Catalog, Source

READ, CREATE, PRODUCE = "message.read", "topic.create", "message.produce"
RUN, PERSIST, TERMINATE, VIEW = "query.run", "query.persist", "query.terminate", "query.view"


def visible(principal: Principal, slug: str, catalog: Catalog) -> Catalog:
    """Return the part of a catalog that somebody may know of."""
    topics = {source.topic for source in catalog.sources.values()}
    readable = set(decisions.visible(principal, READ, slug, topics))
    sources = {name: source for name, source in catalog.sources.items() if source.topic in readable}
    queries = {id_: query for id_, query in catalog.queries.items() if query.sources <= set(sources) and query.sink in sources}
    return replace(catalog, sources=sources, queries=queries)


def check(principal: Principal, slug: str, statement: typed.Statement) -> None:
    """Raise Problem(DENIED) when a right that the statement needs is missing."""
    for operation, name in needed(statement):
        access.check(principal, operation, slug, name)


def needed(statement: typed.Statement) -> Iterator[tuple[str, str]]:
    """Yield (operation, name) of every right a statement needs."""
    match statement:
        case typed.CreateSource(source=source, exists=False):
            yield PERSIST, source.name
            yield READ, source.topic
        case typed.CreateAs(query=query, sink=sink, exists=False):
            yield PERSIST, sink.name
            yield CREATE, sink.topic
            yield from of_query(query, sink)
        case typed.InsertInto(query=query, sink=sink):
            yield PERSIST, sink.name
            yield from of_query(query, sink)
        case typed.InsertValues(source=source):
            yield PRODUCE, source.topic
        case typed.Select(query=query):
            yield RUN, ""
            yield from of_query(query, None)
        case typed.DropSource(source=Source() as source, delete_topic=delete_topic):
            yield PERSIST, source.name
            if delete_topic:
                yield "topic.delete", source.topic
        case typed.AlterSource(source=source):
            yield PERSIST, source.name
        case typed.CreateType(name=name) | typed.DropType(name=name):
            yield PERSIST, name


def of_query(query: typed.Query, sink: Source | None) -> Iterator[tuple[str, str]]:
    """Yield the rights of the topics a query reads and writes: asked at its start, and again while it runs."""
    for one in query.inputs:
        yield READ, one.source.topic
    if sink is not None:
        yield PRODUCE, sink.topic


def lost(principal: Principal, slug: str, topics: list[str], sink_topic: str) -> str:
    """Return the sentence that names a right a running query's owner has lost; "" while all are there."""
    wanted: list[tuple[str, str]] = [(READ, topic) for topic in topics] + [(PRODUCE, sink_topic)] * bool(sink_topic)
    for operation, name in wanted:
        if not decisions.decide(principal, operation, slug, name).is_allowed:
            return f"Its owner may not {'read' if operation == READ else 'write'} topic {name} any more."
    return ""


def check_topic(principal: Principal, slug: str, topic: str) -> None:
    """Raise Problem when somebody may not run a query over a topic."""
    access.check(principal, RUN, slug, "")
    access.check(principal, READ, slug, topic)


def check_query(principal: Principal, slug: str, row: Any) -> None:
    """Raise Problem when somebody may not end, pause or resume a query; its owner may, with the right to persist."""
    if row.owner_id == str(principal.id) and decisions.decide(principal, PERSIST, slug, row.sink).is_allowed:
        return
    access.check(principal, TERMINATE, slug, row.query_id)
