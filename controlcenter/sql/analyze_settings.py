"""What analysis asks besides the catalog: settings, functions, and what only the world outside knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.functions.registry import BUILTIN, Registry

Infer = Callable[[str, bool, Format], tuple[Column, ...] | None]  # (topic, is the key meant, format with schemaId) → columns


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a statement's meaning depends on that is not in its text or the catalog.

    properties   SET and server settings: `ksql.persistence.default.format.value` …
    functions    that may be called
    partitions   topic → how many partitions it has, None when unknown
    infer        columns from a schema registry, None when there is no schema; None altogether: there is no registry
    """

    properties: Mapping[str, str] = field(default_factory=dict)
    functions: Registry = BUILTIN
    partitions: Callable[[str], int | None] = lambda topic: None
    infer: Infer | None = None

    def get(self, name: str, default: str = "") -> str:
        """Return a setting as text; names with and without the prefix `ksql.streams.` are the same."""
        value = self.properties.get(name)
        return default if value is None else str(value)

    def is_on(self, name: str, default: bool = False) -> bool:
        return self.get(name, str(default)).lower() == "true"
