"""A query as it travels to the process that runs it. Apart from `running`, so that whoever only hands it on needs no engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controlcenter.query import catalog


@dataclass(frozen=True, slots=True)
class Job:
    """What a child needs to run a query.

    definitions  in order: the catalog it is analysed against
    number       of a persistent query's id, None for a push query
    partitions   topic → how many partitions it has
    start        "latest", "earliest", an instant in ms, {"topic:partition": offset}, "offset:<n>" or "group:<name>"
    limits       rows, seconds, bytes after which a push query ends; those not named end where `limits` says
    skipped      (topic, partition, offset) of records that are not looked into: they ended a query's process each time
    """

    id: str
    slug: str
    statement: str
    definitions: "tuple[catalog.Row, ...]"
    properties: Mapping[str, str]
    partitions: Mapping[str, int]
    start: str | int | Mapping[str, int] = "latest"
    number: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    skipped: tuple[tuple[str, int, int], ...] = ()
