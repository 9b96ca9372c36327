"""A script before anything of it runs: what somebody wishes, its statements analysed, and the hands that change things outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from controlcenter.access import decisions
from controlcenter.access.principals import Principal
from controlcenter.fleet import clusters
from controlcenter.observe import store
from controlcenter.observe.snapshot import Snapshot
from controlcenter.query import catalog, inferring, limits, rights, wires
from controlcenter.sql import analyze, ast, format, parser, typed, types
from controlcenter.sql.analyze_formats import REGISTRY
from controlcenter.sql.analyze_settings import Infer, Settings
from controlcenter.sql.catalog import Catalog, Column, Format, Source
from controlcenter.sql.faults import invalid


class Hands(Protocol):
    """What a statement changes outside this package; each raises Problem."""

    def create_topic(self, topic: str, partitions: int | None, replicas: int | None, configs: Mapping[str, str]) -> None: ...
    def delete_topic(self, topic: str) -> None: ...
    def write(self, topic: str, key: bytes | None, value: bytes | None, timestamp_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """A script and how it is to run. start, limits: as `Job` has them."""

    principal: Principal
    slug: str
    text: str
    start: Any = "latest"
    properties: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    via: str = "page"
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, analysed, and the settings it was read under."""

    node: ast.Statement
    found: typed.Statement
    settings: Settings

    @property
    def text(self) -> str:
        return format.statement(self.node)

    @property
    def span(self) -> tuple[int, int]:
        return self.node.span.start, self.node.span.end


def analyzed(wish: Wish) -> tuple[str, list[Step], Catalog]:
    """Return the text with its variables, its statements analysed, and the catalog after them; raises Problem."""
    if len(wish.text) > limits.STATEMENT_CHARS:
        raise invalid(f"The script has {len(wish.text):,} letters; {limits.STATEMENT_CHARS:,} is the most.")
    whole = catalog.read(wish.slug)
    known = rights.visible(wish.principal, wish.slug, whole)
    hidden = set(whole.sources) - set(known.sources)
    settings = replace(catalog.settings(snapshot(wish.slug), wish.properties), infer=_infer(wish))
    text = parser.substitute(wish.text, {**catalog.variables(wish.slug), **wish.variables})
    steps = []
    for written in parser.parse(text):
        node, found = written, analyze.statement(written, known, settings)
        if isinstance(node, ast.CreateSource) and isinstance(found, typed.CreateSource) and not found.exists:
            node = stated(node, found.source)
        _check_writable(found)
        made = _made(found)
        if made is not None and made.name in hidden:
            raise invalid(f"The name {made.name} cannot be used.", node.span, "Choose another.")
        steps.append(Step(node, found, settings))
        known, settings = analyze.apply(known, found), _set(node, settings)
    return text, steps, known


def _check_writable(found: typed.Statement) -> None:
    """Raise for records in a format that is only read here, before anything is made for them."""
    match found:
        case typed.CreateAs(sink=sink, exists=False) | typed.InsertInto(sink=sink) | typed.InsertValues(source=sink):
            for form in (sink.key_format.name, sink.value_format.name):
                if form in REGISTRY:
                    raise wires.unwritten(form)


def _infer(wish: Wish) -> Infer:
    """Return how columns come from the registry: asked only for topics that the user may read."""

    def columns(topic: str, is_key: bool, form: Format) -> tuple[Column, ...] | None:
        if not list(decisions.visible(wish.principal, rights.READ, wish.slug, {topic})):
            return None
        return inferring.columns(clusters.registry(clusters.get(wish.slug)), topic, is_key, form)

    return columns


def stated(node: ast.CreateSource, source: Source) -> ast.CreateSource:
    """Return a statement with the columns that its registry told: what it means stays, whatever the registry says later.

    A schema id goes, for a statement names columns or an id.
    """
    written = sum(column.place != "HEADERS" for column in node.columns)
    if written == sum(column.place in ("KEY", "VALUE") for column in source.schema):
        return node
    primary = " PRIMARY KEY" if source.kind == "TABLE" else " KEY"
    texts = [f"{types.quoted(c.name)} {c.type}{primary}" if c.place == "KEY" else str(c) for c in source.schema]
    (told,) = parser.parse(f"CREATE {source.kind} x ({', '.join(texts)}) WITH (KAFKA_TOPIC='x');")
    kept = tuple(each for each in node.properties if not each.name.upper().endswith("_SCHEMA_ID"))
    return replace(node, columns=told.columns if isinstance(told, ast.CreateSource) else node.columns, properties=kept)


def snapshot(slug: str) -> Snapshot | None:
    return store.default().read(slug)


def _made(found: typed.Statement) -> Source | None:
    match found:
        case typed.CreateSource(source=source, exists=False):
            return source
        case typed.CreateAs(sink=sink, exists=False):
            return sink
    return None


def _set(node: ast.Statement, settings: Settings) -> Settings:
    match node:
        case ast.SetProperty(name, value):
            return replace(settings, properties={**settings.properties, name: value})
        case ast.UnsetProperty(name):
            return replace(settings, properties={known: value for known, value in settings.properties.items() if known != name})
    return settings
