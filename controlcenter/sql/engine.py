"""Statements → a catalog and running queries, in one process and without I/O: for tests, for trying, and to build on.

Law: one bad statement of a script changes nothing of the catalog: the script is analysed against a copy first.

    engine = Engine()
    engine.execute("CREATE STREAM …; CREATE TABLE … AS SELECT …;")
    changes = engine.run([Record("rides", b"1", b"{…}", 1700000000000)])
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import analyze, ast, parser, typed
from controlcenter.sql import plan as plans
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Catalog, Source
from controlcenter.sql.codegen import build, insert
from controlcenter.sql.codegen.build import Task
from controlcenter.sql.codegen.query import Settings as TaskSettings
from controlcenter.sql.plan import Plan
from controlcenter.sql.records import Record
from controlcenter.sql.wire.base import Wire
from controlcenter.sql.wire.formats import FORMATS

Clock = Callable[[], int]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Running:
    """A query that the engine runs: its plan, where it writes, and the one task that does the work.

    sink  None for a push query, whose rows collect in `rows`: (values, timestamp, is_tombstone)
    """

    id: str
    plan: Plan
    sink: Source | None
    query: typed.Query
    settings: TaskSettings
    task: Task
    rows: list[tuple[tuple[Any, ...], int, bool]]

    @property
    def topics(self) -> tuple[str, ...]:
        return self.plan.topics

    def fresh(self) -> Task:
        """Return another task of the same plan, with no state."""
        return build.task(self.plan, self.settings, f"{self.id}/0")


class Engine:
    """A catalog, its queries, and the topics they wrote to.

    properties  settings of the server, SET changes them
    formats     wire formats by name: AVRO, PROTOBUF and JSON_SR enter here
    is_cached   changes are kept per key until `flush`
    """

    def __init__(
        self,
        properties: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        formats: Mapping[str, Wire] = FORMATS,
        is_cached: bool = False,
        clock: Clock = now_ms,
    ) -> None:
        self.settings = replace(settings or Settings(), properties=dict(properties or {}))
        self.catalog = Catalog()
        self.formats, self.is_cached, self.clock = formats, is_cached, clock
        self.queries: dict[str, Running] = {}
        self.topics: dict[str, list[Record]] = defaultdict(list)
        self.inserted: list[Record] = []  # by INSERT VALUES, in order

    # — statements ————————————————————————————————————————————————————————————

    def execute(self, text: str) -> list[typed.Statement]:
        """Run a script and return its statements as analysed. Raises a Problem, and then nothing has changed."""
        return self.apply(parser.parse(text))

    def apply(self, nodes: Iterable[ast.Statement]) -> list[typed.Statement]:
        """Run statements that are already parsed, as `execute` does."""
        catalog, settings, done = self.catalog, self.settings, []
        for node in nodes:
            statement = analyze.statement(node, catalog, settings)
            catalog, settings = analyze.apply(catalog, statement), _set(node, settings)
            done.append((statement, settings))
        started = [running for statement, used in done for running in self._start(statement, used)]
        self.catalog, self.settings = catalog, settings
        for running in started:
            old = self.queries.get(running.id)
            if old is not None:  # CREATE OR REPLACE: only what reads the state may change, so it goes on
                running.task.load(old.task.save())
            self.queries[running.id] = running
        for statement, _ in done:
            self._insert(statement)
        self.queries = {name: running for name, running in self.queries.items() if running.sink is None or name in catalog.queries}
        return [statement for statement, _ in done]

    def _start(self, statement: typed.Statement, settings: Settings) -> list[Running]:
        match statement:
            case typed.CreateAs(query_id, query, sink, exists=False):
                return [self._running(query_id, query, sink, settings)]
            case typed.InsertInto(query_id, query, sink):  # the target's TIMESTAMP is for reading it
                return [self._running(query_id, query, replace(sink, timestamp=None), settings)]
            case typed.Select(query, is_push=True):
                return [self._running(f"push_{len(self.queries)}", query, None, settings)]
            case typed.Select():
                raise Problem(Kind.UNSUPPORTED, "Pull queries cannot be run yet.", "Add EMIT CHANGES for a push query.")
        return []

    def _running(self, query_id: str, query: typed.Query, sink: Source | None, settings: Settings) -> Running:
        plan = plans.of(query_id, query, sink)
        used = TaskSettings(self.formats, settings.properties, self.is_cached)
        return Running(query_id, plan, sink, query, used, build.task(plan, used, f"{query_id}/0"), [])

    def _insert(self, statement: typed.Statement) -> None:
        if isinstance(statement, typed.InsertValues):
            key, value, timestamp = insert.record(statement, self.formats, self.clock())
            record = Record(statement.source.topic, key, value, timestamp)
            self.inserted.append(record)
            self.run([record])

    def _append(self, record: Record) -> Record:
        log = self.topics[record.topic_]
        kept = replace(record, offset_=len(log))
        log.append(kept)
        return kept

    # — records ———————————————————————————————————————————————————————————————

    def run(self, batch: Iterable[Record]) -> list[Record]:
        """Feed records to every query that reads their topics, and what those write to the queries behind them.

        Returns every record written, in order. Rows of push queries are in their `rows`.
        """
        written: list[Record] = []
        waiting = [self._append(record) for record in batch]
        while waiting:
            produced: list[Record] = []
            for running in self.queries.values():
                mine = [record for record in waiting if record.topic_ in running.topics]
                running.task.run(mine, self._out(running, produced))
            waiting = [self._append(record) for record in produced]
            written += waiting
        return written

    def flush(self) -> list[Record]:
        """With a cache: let the changes kept so far leave."""
        produced: list[Record] = []
        for running in self.queries.values():
            running.task.flush(self._out(running, produced))
        return produced + self.run(produced)

    def _out(self, running: Running, produced: list[Record]) -> Callable[..., None]:
        if running.sink is None:
            return lambda row, timestamp, is_tombstone: running.rows.append((row, timestamp, is_tombstone))
        return collector(produced)


def collector(produced: list[Record]) -> Callable[..., None]:
    """Return the `out` of a persistent query that collects what it sends."""

    def out(topic: str, value: bytes | None, key: bytes | None, *, timestamp: int, headers: Any = None) -> None:
        produced.append(Record(topic, key, value, timestamp, headers_=headers))

    return out


def _set(node: ast.Statement, settings: Settings) -> Settings:
    match node:
        case ast.SetProperty(name, value):
            return replace(settings, properties={**settings.properties, name: value})
        case ast.UnsetProperty(name):
            return replace(settings, properties={known: value for known, value in settings.properties.items() if known != name})
    return settings
