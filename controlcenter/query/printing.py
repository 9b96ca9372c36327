"""PRINT: a topic's records as they are, decoded as the message browser does, as rows of a push query."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from controlcenter.serde import detect
from controlcenter.sql import ast, types
from controlcenter.sql.catalog import Column, Schema
from controlcenter.sql.codegen.build import Log
from controlcenter.sql.operators.sizes import Sizes

COLUMNS = (
    Column("ROWTIME", types.TIMESTAMP),
    Column("PARTITION", types.INTEGER),
    Column("OFFSET", types.BIGINT),
    Column("KEY", types.STRING),
    Column("VALUE", types.STRING),
)


@dataclass(slots=True)
class Printer:
    """Takes the place of a query's task: a record gives a row."""

    interval: int = 1
    log: Log = field(default_factory=Log)
    sizes: Sizes = field(default_factory=Sizes)
    seen: int = 0

    def run(self, batch: Iterable[Any], out: Callable[..., None]) -> None:
        for message in batch:
            self.seen += 1
            if (self.seen - 1) % self.interval:
                continue
            stamp = message.timestamp()[1]
            out((stamp, message.partition(), message.offset(), _text(message.key()), _text(message.value())), stamp, False)

    def flush(self, out: Callable[..., None]) -> None:
        """Nothing waits."""


def query_of(node: ast.Print) -> Any:
    """Return what stands for a typed query: its columns and its limit."""
    return SimpleNamespace(schema=Schema(COLUMNS), limit=node.limit, group_by=(), aggregates=(), kind="STREAM")


def _text(data: bytes | None) -> str | None:
    return None if data is None else detect.decode(data, 4096, 0).text
