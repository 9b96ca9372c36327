"""A plan → a task that runs: source is generated, walked, compiled with almost no builtins, and bound to fresh state.

Law: two tasks of one plan share nothing; source that fails the walk never runs.
"""

import ast
import base64
import linecache
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from controlcenter.sql.codegen import check, rows, windows
from controlcenter.sql.codegen.query import Settings
from controlcenter.sql.codegen.sending import Writer
from controlcenter.sql.operators.sizes import Sizes, TooLarge
from controlcenter.sql.operators.tables import Entry, Table
from controlcenter.sql.plan import Plan

BUILTINS = MappingProxyType(
    {"Exception": Exception, "float": float, "int": int, "len": len, "max": max, "min": min, "range": range, "type": type}
)
KEPT = 1_000  # the newest entries of a processing log; the rest is counted


class Message(Protocol):
    """A record as Kafka clients give it."""

    def key(self) -> bytes | None: ...
    def value(self) -> bytes | None: ...
    def timestamp(self) -> tuple[int, int]: ...
    def partition(self) -> int: ...
    def offset(self) -> int: ...
    def headers(self) -> Sequence[tuple[str, bytes | None]] | None: ...


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the processing log. `partition` and `offset` are None where no single record is at fault."""

    kind: str
    text: str
    cause: str
    partition: int | None
    offset: int | None


@dataclass(slots=True)
class Log:
    """What went wrong in one task: the newest entries, and how many of each kind there were."""

    entries: "deque[LogEntry]" = field(default_factory=lambda: deque(maxlen=KEPT))
    counts: "Counter[str]" = field(default_factory=Counter)

    def drop(self, is_key: bool, error: Exception, m: Message) -> None:
        """Note a record that could not be read."""
        self._note("deserialization", "key" if is_key else "value", error, m)

    def fail(self, text: str | None, error: Exception | None, m: Message | None) -> None:
        """Note an expression or a result that failed."""
        self._note("state too large" if isinstance(error, TooLarge) else "processing", text or "", error, m)

    def oversized(self, size_bytes: int, most: int, m: Message) -> None:
        """Note a record that was not even looked into."""
        self._note("record too large", f"It has {size_bytes:,} bytes; {most:,} is the most.", None, m)

    def late(self, start: int, m: Message) -> None:
        """Note a record whose window is closed."""
        self._note("late", "Skipping record for expired window.", None, m)

    def _note(self, kind: str, text: str, error: Exception | None, m: Message | None) -> None:
        self.counts[kind] += 1
        partition, offset = (m.partition(), m.offset()) if m is not None else (None, None)
        self.entries.append(LogEntry(kind, text, "" if error is None else f"{type(error).__name__}: {error}", partition, offset))


@dataclass(slots=True)
class Task:
    """One running instance of a query: records in, changes out; everything it remembers is in `state`.

    run    (batch, out): `out(topic, value, key, timestamp=ms[, headers=…])` for each change of a persistent query, in order;
           `out(row, timestamp, is_tombstone)` for each row of a push query
    flush  (out): with a cache, the changes kept since the last call leave; else it does nothing
    sizes  guards what it remembers of one key
    """

    plan: Plan
    code: str
    run: Callable[[Iterable[Message], Callable[..., Any]], None]
    flush: Callable[[Callable[..., Any]], None]
    state: Any
    log: Log
    sizes: Sizes

    def save(self) -> list[Entry]:
        """Return the state as (key, value) pairs; nothing of it is shared with the task."""
        return [(key, _copied(value)) for key, value in self.state.save()]

    def load(self, entries: Iterable[Entry]) -> None:
        """Take a saved state into a fresh task."""
        self.state.load((key, _copied(value)) for key, value in entries)


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value


def task(plan: Plan, settings: Settings, name: str = "0/0") -> Task:
    """Return a fresh task of a plan. `name` is made of our own ids: it is shown as the file `<query name>` in tracebacks."""
    writer = Writer(plan, settings)
    if writer.aggregate is not None:
        block, state = windows.write(writer)
    else:
        block, state = rows.write(writer), Table()
    code = "\n".join(block.lines) + "\n"
    log = Log()
    module = _executed(code, name, writer, state, log)
    return Task(plan, code, module["run"], module.get("flush", _nothing), state, log, writer.sizes)


def _nothing(out: Callable[..., Any]) -> None:
    pass


def _executed(code: str, name: str, writer: Writer, state: Any, log: Log) -> dict[str, Any]:
    """Return the names that the source defines, once the walk has passed it."""
    file = f"<query {name}>"
    tree = ast.parse(code, file)
    check.check(tree)
    module: dict[str, Any] = {"__builtins__": dict(BUILTINS), **writer.names.constants}
    module |= {"state": state, "reader": writer.reader, "fail": log.fail, "drop": log.drop, "late": log.late}
    exec(compile(tree, file, "exec"), module)  # noqa: S102  # walked above: nothing of a statement's text is in it
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    return module


def explained(task: Task) -> str:
    """Return what EXPLAIN CODE shows: the source, then what each constant is."""
    used = sorted((name for name in _constants(task) if name[0] == "K"), key=lambda name: int(name[1:]))
    return task.code + "\n" + "\n".join(f"# {name} = {_shown(_constants(task)[name])}" for name in used)


def _constants(task: Task) -> Mapping[str, Any]:
    found: Mapping[str, Any] = task.run.__globals__
    return found


def _shown(value: Any) -> str:
    """Return a constant on one line; what a user wrote is shown as base64 when it is not plain."""
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    text = repr(value)
    return text if text.isprintable() else base64.b64encode(text.encode("utf-8", "replace")).decode()
