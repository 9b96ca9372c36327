"""One query made ready from its text: the plan, the task, its columns, and the values it gives as text.

Texts travel, never plans: a child replays the definitions it is given and analyses the one statement again, in milliseconds.
"""

import base64
import datetime
import decimal
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import orjson

from controlcenter.errors import Kind, Problem
from controlcenter.query import catalog, limits, printing, wires
from controlcenter.query.job import Job
from controlcenter.query.limits import CELL_CHARS
from controlcenter.query.looking import Looking
from controlcenter.serde.values import Schemas
from controlcenter.sql import analyze, ast, parser, plan, typed, types
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Column, Source
from controlcenter.sql.codegen import build
from controlcenter.sql.codegen.query import Settings as TaskSettings
from controlcenter.sql.java import doubles
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire.base import Halted

EPOCH = datetime.date(1970, 1, 1)
EXACT = 1 << 53  # beyond it a number of JSON is not read exactly by a browser


class Full(Problem):
    """The state takes nothing more: trying again would change nothing."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A query that can run. sink None: its rows go to whoever asked. is_endless: it has no end of its own."""

    query: Any  # typed.Query, or what stands for it
    plan: Any
    task: Any
    sink: Source | None
    is_endless: bool
    skipped: frozenset[tuple[str, int, int]] = frozenset()

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.plan.topics)

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(self.query.schema.columns)

    def run(self, batch: list[Any], out: Callable[..., Any], looking: Looking | None = None) -> None:
        """Let the task take records; those that are too large are dropped and logged. Raises Full when its state takes nothing more."""
        if self.skipped:
            batch = [message for message in batch if (message.topic(), message.partition(), message.offset()) not in self.skipped]
        if max(map(len, batch), default=0) > limits.RECORD_BYTES:
            batch = self._without_large(batch)
        if batch:
            try:
                self.task.run(batch if looking is None else looking.into(batch), out)
            except Halted as halted:
                raise halted.cause from None
        if looking is not None:
            looking.done()
        if self.task.sizes.refused >= limits.STATE_REFUSED:
            raise Full(
                Kind.CONFLICT,
                f"{limits.STATE_REFUSED:,} records in a row found no room: what is kept of one key may have 1 MiB.",
                "Keep less of each key, or group by a finer one.",
            )

    def _without_large(self, batch: list[Any]) -> list[Any]:
        for message in batch:
            if len(message) > limits.RECORD_BYTES:
                self.task.log.oversized(len(message), limits.RECORD_BYTES, message)
        return [message for message in batch if len(message) <= limits.RECORD_BYTES]

    @property
    def has_state(self) -> bool:
        """Whether what it gives depends on records it has read before."""
        return bool(self.query.group_by or self.query.aggregates) or self.query.kind == "TABLE"


def make(job: Job, *, is_cached: bool = False, schemas: Schemas | None = None) -> Ready:
    """Return the query of a job; raises Problem when its text means nothing any more.

    schemas  whoever knows the registry's schemas; None when the cluster has no registry
    """
    (node,) = parser.parse(job.statement)
    if isinstance(node, ast.Print):
        return Ready(printing.query_of(node), SimpleNamespace(topics=(node.topic,)), printing.Printer(node.interval or 1), None, True)
    known = catalog.replay(job.definitions)
    known = known if job.number is None else replace(known, next_query=job.number)
    settings = Settings(properties=dict(job.properties), partitions=job.partitions.get)
    found = analyze.statement(node, known, settings)
    match found:
        case typed.Select(query, is_push=is_endless):
            sink = None
        case typed.CreateAs(query=query, sink=sink):
            is_endless = True
        case typed.InsertInto(query=query, sink=sink):
            sink, is_endless = replace(sink, timestamp=None), True  # the target's TIMESTAMP column is for its readers
        case _:
            raise Problem(Kind.INVALID, "This statement is no query.")
    steps = plan.of(job.id, query, sink)
    task = build.task(steps, TaskSettings(wires.formats(schemas), {**limits.COLLECTED, **job.properties}, is_cached), "query/0")
    return Ready(query, steps, task, sink, is_endless, frozenset(job.skipped))


def cells(row: Sequence[Any], kinds: Sequence[SqlType]) -> list[str | None]:
    """Return a row as texts; None is null."""
    return [text(value, kind) for value, kind in zip(row, kinds, strict=True)]


def text(value: Any, kind: SqlType) -> str | None:
    """Return a value as somebody would write it, exactly; what is longer than 4,096 letters is cut, with an ellipsis."""
    if value is None:
        return None
    found = str(_plain(value, kind)) if not isinstance(kind, types.Array | types.Map | types.Struct) else _json(_plain(value, kind))
    return found if len(found) <= CELL_CHARS else f"{found[:CELL_CHARS]}…"


def _plain(value: Any, kind: SqlType) -> Any:
    """Return a value of plain Python whose str or JSON is what is shown."""
    if value is None:
        return None
    if isinstance(kind, types.Array):
        return [_inner(item, kind.item) for item in value]
    if isinstance(kind, types.Map):
        return {str(name): _inner(item, kind.value) for name, item in value.items()}
    if isinstance(kind, types.Struct):
        return {name: _inner(value.get(name), inner) for name, inner in kind.fields}
    plain = _PLAIN.get(kind)
    return plain(value) if plain else value


def _inner(value: Any, kind: SqlType) -> Any:
    """Return a value within another, as JSON has it."""
    return value if kind in (types.BOOLEAN, types.DOUBLE) else _plain(value, kind)


def _timestamp(ms: int) -> str:
    try:
        at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)  # noqa: DTZ001  shown without a zone, as ksqlDB does
    except OverflowError:
        return str(ms)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}"


def _time(ms: int) -> str:
    seconds, left = divmod(ms, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}.{left:03}" if left else clock


def _date(days: int) -> str:
    try:
        return (EPOCH + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return str(days)


_PLAIN: dict[Any, Any] = {
    types.BOOLEAN: lambda value: "true" if value else "false",
    types.DOUBLE: doubles.text,
    types.BYTES: lambda value: base64.b64encode(value).decode(),
    types.DATE: _date,
    types.TIME: _time,
    types.TIMESTAMP: _timestamp,
}


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_odd, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")


def _odd(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return str(value)
    return str(value) if not isinstance(value, float) or math.isfinite(value) else None
