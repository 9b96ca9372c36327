"""What a query does, step by step, under ksqlDB's own names for the steps.

Law: a plan is a value that can be printed, compared and shown; it holds typed expressions and no text of the user's
statement. Records pass the steps from the first to the last.

    streamSource streamFilter streamSelectKey streamFlatMap streamGroupBy streamGroupByKey streamAggregate
    streamWindowedAggregate tableSuppress streamSelect streamSink, and the same of tables
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from controlcenter.errors import Kind, Problem
from controlcenter.sql import catalog, typed
from controlcenter.sql.catalog import Column, Schema, Source

VERSION = 1


@dataclass(frozen=True, slots=True)
class FromSource:
    """Records of a topic as rows of a stream, or changes of a table."""

    source: Source

    @property
    def word(self) -> str:
        kind = "table" if self.source.kind == "TABLE" else "stream"
        return f"windowed{kind.title()}Source" if self.source.window else f"{kind}Source"


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows for which the condition is true. Over a table the others become tombstones of what was shown before."""

    condition: typed.Expr
    is_table: bool = False

    @property
    def word(self) -> str:
        return "tableFilter" if self.is_table else "streamFilter"


@dataclass(frozen=True, slots=True)
class SelectKey:
    """New keys; no parts at all make a stream without key."""

    parts: tuple[typed.Part, ...]
    word: ClassVar[str] = "streamSelectKey"


@dataclass(frozen=True, slots=True)
class FlatMap:
    """As many rows as the longest list of the table functions."""

    calls: tuple[typed.TableCall, ...]
    word: ClassVar[str] = "streamFlatMap"


@dataclass(frozen=True, slots=True)
class GroupBy:
    """Rows that belong together. `repartitions`: not by the very key of the source."""

    parts: tuple[typed.Part, ...]
    repartitions: bool = False
    is_table: bool = False

    @property
    def word(self) -> str:
        if self.is_table:
            return "tableGroupBy"
        return "streamGroupBy" if self.repartitions else "streamGroupByKey"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The state of each group, or of each window of a group."""

    aggregates: tuple[typed.Aggregated, ...]
    window: typed.Window | None = None
    is_table: bool = False

    @property
    def word(self) -> str:
        if self.is_table:
            return "tableAggregate"
        return "streamWindowedAggregate" if self.window else "streamAggregate"


@dataclass(frozen=True, slots=True)
class Suppress:
    """EMIT FINAL: nothing until a window closes, then its last state once."""

    word: ClassVar[str] = "tableSuppress"


@dataclass(frozen=True, slots=True)
class Select:
    """The columns of the result, keys first."""

    items: tuple[typed.Item, ...]
    schema: Schema
    is_table: bool = False

    @property
    def word(self) -> str:
        return "tableSelect" if self.is_table else "streamSelect"


@dataclass(frozen=True, slots=True)
class Sink:
    """Where the result goes: a topic as `target` describes it."""

    target: Source

    @property
    def word(self) -> str:
        return "tableSink" if self.target.kind == "TABLE" else "streamSink"


Step = FromSource | Filter | SelectKey | FlatMap | GroupBy | Aggregate | Suppress | Select | Sink


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one query. Without a sink (a push query) rows go to whoever asked."""

    query_id: str
    steps: tuple[Step, ...]
    limit: int | None = None

    @property
    def source(self) -> Source:
        return cast(FromSource, self.steps[0]).source

    @property
    def sink(self) -> Source | None:
        last = self.steps[-1]
        return last.target if isinstance(last, Sink) else None

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics it reads."""
        return (self.source.topic,)


def of(query_id: str, query: typed.Query, sink: Source | None = None) -> Plan:
    """Return the plan of an analysed query; `sink` is None for a push query. Raises UNSUPPORTED for joins."""
    if isinstance(query.source, typed.Join):
        raise Problem(Kind.UNSUPPORTED, "Joins cannot be run yet.", "Ask one stream or table at a time.")
    source = query.source.source
    is_table = source.kind == "TABLE"
    steps: list[Step] = [FromSource(source)]
    if query.where is not None:
        steps.append(Filter(query.where, is_table))
    if query.partition_by is not None:
        steps.append(SelectKey(query.partition_by))
    if query.table_functions:
        steps.append(FlatMap(query.table_functions))
    if query.aggregates or query.group_by:
        steps += _aggregation(query, source)
    steps.append(Select(query.items, query.schema, query.kind == "TABLE"))
    if sink is not None:
        steps.append(Sink(sink))
    return Plan(query_id, tuple(steps), query.limit)


def _aggregation(query: typed.Query, source: Source) -> list[Step]:
    is_table = source.kind == "TABLE"
    steps: list[Step] = [
        GroupBy(query.group_by, not _is_key(query.group_by, source.schema.key), is_table),
        Aggregate(query.aggregates, query.window, is_table),
    ]
    if query.emit == "FINAL":
        steps.append(Suppress())
    if query.having is not None:
        steps.append(Filter(query.having, True))
    return steps


def _is_key(parts: Sequence[typed.Part], key: Sequence[Column]) -> bool:
    """Tell whether the grouping is by exactly the key columns in their order, so that no record changes its partition."""
    columns = [part.expression for part in parts]
    return len(columns) == len(key) and all(
        isinstance(e, typed.ColumnRef) and e.place == "KEY" and e.name == k.name for e, k in zip(columns, key, strict=True)
    )


def find(plan: Plan, kind: type[Step]) -> Step | None:
    """Return the first step of a kind, None when there is none."""
    return next((step for step in plan.steps if isinstance(step, kind)), None)


def described(plan: Plan) -> list[dict[str, object]]:
    """Return the plan as plain data for EXPLAIN and for a graph: one object a step, from the source to the sink."""
    return [{"step": step.word, **_properties(step)} for step in plan.steps]


def _properties(step: Step) -> dict[str, object]:
    match step:
        case FromSource(source):
            return {"source": source.name, "topic": source.topic, **_formats(source)}
        case SelectKey(parts) | GroupBy(parts):
            return {"expressions": [part.text or part.name for part in parts]}
        case FlatMap(calls):
            return {"functions": [call.text or call.bound.name for call in calls]}
        case Aggregate(aggregates, window):
            found: dict[str, object] = {"functions": [one.text or one.bound.name for one in aggregates]}
            return found if window is None else found | {"window": f"{window.kind} {window.size_ms} ms, grace {window.grace_ms} ms"}
        case Select(items, schema):
            return {"schema": str(schema), "expressions": [item.text or item.name for item in items]}
        case Sink(target):
            return {"sink": target.name, "topic": target.topic, **_formats(target)}
    return {}


def _formats(source: catalog.Source) -> dict[str, object]:
    return {"keyFormat": source.key_format.name, "valueFormat": source.value_format.name, "schema": str(source.schema)}


def text(plan: Plan) -> str:
    """Return the plan as EXPLAIN prints it: the last step first, each one deeper than what reads it."""
    lines = []
    for depth, step in enumerate(reversed(described(plan))):
        rest = " | ".join(f"{name}: {value}" for name, value in step.items() if name != "step")
        lines.append("  " * depth + f"> [ {step['step']} ]" + (f" | {rest}" if rest else ""))
    return "\n".join(lines)
