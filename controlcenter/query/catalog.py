"""The catalog of a cluster: definitions are rows, their meaning is a value made by replaying them.

Law: what was accepted once is accepted again: a definition is kept in the formatter's words with the settings it was
read under, so replaying gives the very sources it gave.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Max

from controlcenter.observe.snapshot import Snapshot
from controlcenter.query.models import Definition
from controlcenter.sql import analyze, parser, typed
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Catalog

Row = tuple[str, Mapping[str, str], int | None, bool]  # statement, the properties it was read under, its query's number, whether that ended
_known: dict[str, tuple[Any, Catalog]] = {}


def read(slug: str) -> Catalog:
    """Return a cluster's catalog; kept by this process until a definition changes."""
    rows = Definition.objects.filter(cluster=slug).exclude(kind=Definition.Kind.VARIABLE)
    version = (rows.count(), rows.aggregate(Max("id"))["id__max"], tuple(rows.values_list("id", "number", "statement", "is_ended")))
    kept = _known.get(slug)
    if kept is not None and kept[0] == version:
        return kept[1]
    found = replay(rows_of(slug))
    _known[slug] = (version, found)
    return found


def rows_of(slug: str, until: int | None = None) -> tuple[Row, ...]:
    """Return the definitions as they travel to a child, in order; those before the row `until`."""
    found = Definition.objects.filter(cluster=slug).exclude(kind=Definition.Kind.VARIABLE)
    found = found if until is None else found.filter(pk__lt=until)
    return tuple((row.statement, row.properties, row.number, row.is_ended) for row in found)


def replay(rows: Iterable[Row]) -> Catalog:
    """Return the catalog of definitions in their order."""
    catalog, highest = Catalog(), 0
    for statement, properties, number, is_ended in rows:
        if number is not None:
            catalog = replace(catalog, next_query=number)
        for node in parser.parse(statement):
            found = analyze.statement(node, catalog, Settings(properties=properties))
            catalog = analyze.apply(catalog, found)
            if is_ended and isinstance(found, typed.CreateAs):
                catalog = catalog.without_query(found.query_id)
        highest = max(highest, catalog.next_query)
    return replace(catalog, next_query=highest)


def variables(slug: str) -> dict[str, str]:
    """Return the variables of DEFINE."""
    return dict(Definition.objects.filter(cluster=slug, kind=Definition.Kind.VARIABLE).values_list("name", "statement"))


def settings(snapshot: Snapshot | None, properties: Mapping[str, str]) -> Settings:
    """Return what analysis asks besides the catalog; partitions as the last poll saw them."""

    def partitions(topic: str) -> int | None:
        row = snapshot.row("topics", topic) if snapshot is not None else None
        return row["partitions"] if row else None

    return Settings(properties=properties, partitions=partitions)


def keep(
    slug: str, kind: str, name: str, statement: str, by: str, properties: Mapping[str, str] | None = None, number: int | None = None
) -> None:
    """Write a definition; one of the same kind and name is replaced where it stands, so that what builds on it stays after it."""
    Definition.objects.update_or_create(
        cluster=slug, kind=kind, name=name,
        defaults={"statement": statement, "properties": dict(properties or {}), "number": number, "is_ended": False, "created_by": by},
    )  # fmt: skip


def end_query(slug: str, query_id: str) -> None:
    """Note that a persistent query was terminated; what it wrote, and its source, stay."""
    forget(slug, Definition.Kind.QUERY, query_id)
    number = int(query_id.rpartition("_")[2])
    Definition.objects.filter(cluster=slug, kind=Definition.Kind.SOURCE, number=number).update(is_ended=True)


def alter(slug: str, name: str, statement: str, by: str) -> None:
    """Write a change of a source: one of many."""
    Definition.objects.create(cluster=slug, kind=Definition.Kind.ALTER, name=name, statement=statement, created_by=by)


def forget(slug: str, kind: str, name: str) -> None:
    """Remove a definition, and the changes of it."""
    kinds = (kind, Definition.Kind.ALTER) if kind == Definition.Kind.SOURCE else (kind,)
    Definition.objects.filter(cluster=slug, kind__in=kinds, name=name).delete()
