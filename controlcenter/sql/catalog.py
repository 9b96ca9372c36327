"""Streams, tables and named types, as immutable values: what a statement is analysed against.

Law: nothing here changes in place. `with_source` and its siblings return a new catalog, so a whole script is analysed
against a copy first and one bad statement changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from controlcenter.sql import types
from controlcenter.sql.types import SqlType

Kind = Literal["STREAM", "TABLE"]
Place = Literal["KEY", "VALUE", "HEADERS", "PSEUDO"]  # PSEUDO: ROWTIME, ROWPARTITION, ROWOFFSET, WINDOWSTART, WINDOWEND


@dataclass(frozen=True, slots=True)
class Column:
    """A column and where it lives in the record.

    header   of a HEADERS column: the one header it shows (`HEADER('k')`), None for all of them
    """

    name: str
    type: SqlType
    place: Place = "VALUE"
    header: str | None = None

    def __str__(self) -> str:
        place = {"KEY": " KEY", "HEADERS": f" HEADER('{self.header}')" if self.header is not None else " HEADERS"}.get(self.place, "")
        return f"{types.quoted(self.name)} {self.type}{place}"


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a source or a result in their order: keys, values and headers by their `place`."""

    columns: tuple[Column, ...] = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self.columns))

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def key(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.place == "KEY")

    @property
    def value(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.place == "VALUE")

    @property
    def headers(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.place == "HEADERS")

    def find(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Format:
    """How bytes are read and written on one side of a record.

    name        JSON DELIMITED KAFKA NONE AVRO JSON_SR PROTOBUF PROTOBUF_NOSR
    properties  delimiter, fullSchemaName, schemaId, nullableRepresentation: what was given, ksqlDB's property names
    wrap        True: a single column stands in an object; False: bare; None: the format's own way (see `is_wrapped`)
    """

    name: str
    properties: tuple[tuple[str, str], ...] = ()
    wrap: bool | None = None

    def setting(self, name: str) -> str | None:
        """Return one of the properties, None when it was not given."""
        return dict(self.properties).get(name)

    @property
    def delimiter(self) -> str:
        """Return the character between fields of DELIMITED."""
        given = self.setting("delimiter") or ","
        return {"TAB": "\t", "SPACE": " "}.get(given.upper(), given)


@dataclass(frozen=True, slots=True)
class KeyWindow:
    """The window that a topic's key carries. TUMBLING and HOPPING know their size; SESSION has None."""

    kind: Literal["TUMBLING", "HOPPING", "SESSION"]
    size_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The column that gives the event time, and the pattern when it is a STRING."""

    column: str
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A stream or a table over a topic.

    window          None unless the key carries a window
    timestamp       None: the record's own time
    is_read_only    made by CREATE SOURCE …
    is_derived      made by CREATE … AS (a query writes it)
    is_queryable    a table whose state can be read by a pull query
    partitions      of its topic; None while unknown
    query           of a derived source: the analysed query that writes it (a `typed.Query`), for CREATE OR REPLACE
    statement       the text that made it
    """

    name: str
    kind: Kind
    schema: Schema
    topic: str
    key_format: Format
    value_format: Format
    window: KeyWindow | None = None
    timestamp: Timestamp | None = None
    is_read_only: bool = False
    is_derived: bool = False
    is_queryable: bool = False
    partitions: int | None = None
    replicas: int | None = None
    statement: str = ""
    query: object = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A persistent query as far as DROP must know it: what it reads and writes."""

    id: str
    sources: frozenset[str]
    sink: str
    is_insert: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that names in a statement may mean."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    types: Mapping[str, SqlType] = field(default_factory=dict)
    queries: Mapping[str, Query] = field(default_factory=dict)
    next_query: int = 0  # the number in the next query's id: CSAS_OUT_0

    def source(self, name: str) -> Source | None:
        return self.sources.get(name)

    def with_source(self, source: Source) -> "Catalog":
        return replace(self, sources={**self.sources, source.name: source})

    def without_source(self, name: str) -> "Catalog":
        return replace(self, sources={known: source for known, source in self.sources.items() if known != name})

    def with_type(self, name: str, kind: SqlType) -> "Catalog":
        return replace(self, types={**self.types, name: kind})

    def without_type(self, name: str) -> "Catalog":
        return replace(self, types={known: kind for known, kind in self.types.items() if known != name})

    def with_query(self, query: Query) -> "Catalog":
        return replace(self, queries={**self.queries, query.id: query}, next_query=self.next_query + 1)

    def without_query(self, query_id: str) -> "Catalog":
        return replace(self, queries={known: query for known, query in self.queries.items() if known != query_id})
