"""A script before anything of it runs: what somebody wishes, its statements analysed, and the hands that change things outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from controlcenter.access.principals import Principal
from controlcenter.observe import store
from controlcenter.observe.snapshot import Snapshot
from controlcenter.query import catalog, limits, rights
from controlcenter.sql import analyze, ast, format, parser, typed
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Catalog, Source
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
    settings = catalog.settings(snapshot(wish.slug), wish.properties)
    text = parser.substitute(wish.text, {**catalog.variables(wish.slug), **wish.variables})
    steps = []
    for node in parser.parse(text):
        found = analyze.statement(node, known, settings)
        made = _made(found)
        if made is not None and made.name in hidden:
            raise invalid(f"The name {made.name} cannot be used.", node.span, "Choose another.")
        steps.append(Step(node, found, settings))
        known, settings = analyze.apply(known, found), _set(node, settings)
    return text, steps, known


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
