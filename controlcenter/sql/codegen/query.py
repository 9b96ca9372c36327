"""The loop of one query: a record is decoded, filtered, re-keyed, multiplied, projected and encoded in one pass.

Law: of a record that cannot be used nothing leaves, and the next one is read as if it had not been there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import plan as plans
from controlcenter.sql import typed, types
from controlcenter.sql.catalog import Format
from controlcenter.sql.codegen.expressions import Expressions, Leaf, can_fail
from controlcenter.sql.codegen.source import Block, Names, is_atom, sure
from controlcenter.sql.operators import keys
from controlcenter.sql.plan import Plan
from controlcenter.sql.wire import json
from controlcenter.sql.wire.base import Wire, is_wrapped
from controlcenter.sql.wire.fast import RowReader

PSEUDO = {"ROWTIME": "ts", "ROWPARTITION": "part", "ROWOFFSET": "off", "WINDOWSTART": "ws", "WINDOWEND": "we"}
_NULL, _DIGITS = b"null", b"%d"
_WHOLE = (types.INTEGER, types.BIGINT, types.DATE, types.TIME, types.TIMESTAMP)
ROW_LIMIT = 100_000  # rows that table functions may make of one record


@dataclass(frozen=True, slots=True)
class Settings:
    """What generation depends on beside the plan.

    formats     the wire formats by name
    properties  the query's settings, given to aggregates
    is_cached   changes are kept per key and leave at `flush`
    """

    formats: Mapping[str, Wire]
    properties: Mapping[str, Any]
    is_cached: bool = False

    def wire(self, options: Format) -> Wire:
        found = self.formats.get(options.name)
        if found is None:
            raise Problem(Kind.UNSUPPORTED, f"Unknown format: {options.name}", "Use one of " + ", ".join(sorted(self.formats)) + ".")
        return found


def walk(e: Any) -> Iterator[Any]:
    """Give every node of a typed expression, or of a tuple of them."""
    if isinstance(e, tuple):
        for part in e:
            yield from walk(part)
    elif is_dataclass(e) and type(e).__module__ == typed.__name__:
        yield e
        for part in fields(e):
            if part.name not in ("type", "bound"):
                yield from walk(getattr(e, part.name))


class Writer:
    """What all queries share: names of locals, reading the source, and sending a row."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self.plan, self.settings = plan, settings
        self.source, self.sink = plan.source, plan.sink
        self.names = Names()
        self.expressions = Expressions(self.names, self.leaf)
        self.select = _one(plan, plans.Select)
        self.rekey: plans.SelectKey | None = plans.find(plan, plans.SelectKey)  # type: ignore[assignment]
        self.flat: plans.FlatMap | None = plans.find(plan, plans.FlatMap)  # type: ignore[assignment]
        self.aggregate: plans.Aggregate | None = plans.find(plan, plans.Aggregate)  # type: ignore[assignment]
        self.group: plans.GroupBy | None = plans.find(plan, plans.GroupBy)  # type: ignore[assignment]
        filters = [(i, step) for i, step in enumerate(plan.steps) if isinstance(step, plans.Filter)]
        at = plan.steps.index(self.aggregate) if self.aggregate else len(plan.steps)
        self.where = next((step.condition for i, step in filters if i < at), None)
        self.having = next((step.condition for i, step in filters if i > at), None)
        self.is_final = plans.find(plan, plans.Suppress) is not None
        self.is_table = self.source.kind == "TABLE"
        self.reader: RowReader | None = None
        self.used = self._used()
        # headers stay on what a record gives; what leaves at `flush` has no one record
        self.sends_headers = self.sink is not None and not (self.aggregate is not None and settings.is_cached)

    def constant(self, value: Any) -> str:
        return self.names.constant(value)

    # — names —————————————————————————————————————————————————————————————————

    def _used(self) -> set[str]:
        """Return the locals that expressions over the source read."""
        passed = self.passes_key()
        parts: list[Any] = [self.where, self.rekey and self.rekey.parts, self.flat and self.flat.calls]
        parts += [None if self.passes_group() else self.group and self.group.parts, self.aggregate and self.aggregate.aggregates]
        parts += [self.having, tuple(item for item in self.select.items if not (passed and item.place == "KEY"))]
        used = {self.leaf(e) for part in parts for e in walk(part) if isinstance(e, typed.ColumnRef)}
        if self.source.timestamp is not None:
            used.add(self._column(self.source.timestamp.column))
        return used

    def leaf(self, e: Leaf) -> str:
        """Return the local that holds a column, a group, an aggregate or a row of a table function."""
        match e:
            case typed.GroupRef(_, index):
                return f"g{index}"
            case typed.AggregateRef(_, index):
                return f"a{index}"
            case typed.TableRef(_, index):
                return f"f{index}"
            case typed.WindowRef(name):
                return PSEUDO[name]
            case typed.ColumnRef(_, name):
                return self._column(name)

    def _column(self, name: str) -> str:
        schema = self.source.schema
        for letter, columns in (("v", schema.value), ("k", schema.key), ("x", schema.headers)):
            for i, column in enumerate(columns):
                if column.name == name:
                    return f"{letter}{i}"
        if name in PSEUDO:
            return PSEUDO[name]
        raise Problem(Kind.BROKEN, f"Column {name} is not in {self.source.name}.", "Report this query.")

    def passes_key(self) -> bool:
        """Tell whether the key's bytes leave as they came: text or bytes in KAFKA's format on both sides."""
        sink, columns = self.sink, self.source.schema.key
        keyed = [item.expression for item in self.select.items if item.place == "KEY"]
        return (
            sink is not None
            and self.rekey is None
            and self.aggregate is None
            and sink.key_format.name == self.source.key_format.name == "KAFKA"
            and len(columns) == len(keyed) == 1
            and columns[0].type in (types.STRING, types.BYTES)
            and isinstance(keyed[0], typed.ColumnRef)
        )

    def passes_group(self) -> bool:
        """Tell whether the key's bytes are the group's: one column of text or bytes, in KAFKA's format on both sides."""
        parts = self.group.parts if self.group is not None else ()
        only = parts[0].expression if len(parts) == 1 else None
        return (
            isinstance(only, typed.ColumnRef)
            and only.place == "KEY"
            and only.type in (types.STRING, types.BYTES)
            and self.source.window is None
            and self.source.key_format.name == "KAFKA"
            and len(self.source.schema.key) == 1
            and (self.sink is None or self.sink.key_format.name != "JSON")
        )

    # — reading a record ——————————————————————————————————————————————————————

    def prelude(self, block: Block) -> None:
        """Write what is looked up once a batch."""
        if self._is_quick():
            self.reader = RowReader([c for i, c in enumerate(self.source.schema.value) if f"v{i}" in self.used])
            block.line("quick = reader.quick")

    def _is_quick(self) -> bool:
        options, columns = self.source.value_format, self.source.schema.value
        return self.settings.wire(options) is json and is_wrapped(columns, options, False)

    def read(self, block: Block) -> None:
        """Write the steps from a message to locals. Afterwards `r` is None where the value is null."""
        self._read_key(block)
        self._read_value(block)
        block.line("ts = m.timestamp()[1]")
        if "part" in self.used:
            block.line("part = m.partition()")
        if "off" in self.used:
            block.line("off = m.offset()")
        self._read_headers(block)

    def _read_key(self, block: Block) -> None:
        columns, window = self.source.schema.key, self.source.window
        block.line("kb = m.key()")
        if self.is_table:
            block.line("if kb is None:")
            block.line("    continue")
        if window is not None:
            split = keys.splitter(window)
            block.line(f"raw, ws, we, suffix = {self.constant(split)}(kb)")
        wanted = [i for i in range(len(columns)) if f"k{i}" in self.used]
        if not self._must_read_key(wanted):
            return
        options = self.source.key_format
        read = self.settings.wire(options).reader(columns, options, True)
        code = "raw" if window is not None else "kb"
        block.line("try:")
        block.line(f"    fields = None if {code} is None else {self.constant(read)}({code})")
        block.line("except Exception as error:")
        block.line("    drop(True, error, m)")
        block.line("    continue")
        self._unpack(block, "k", wanted, "fields")

    def _must_read_key(self, wanted: Sequence[int]) -> bool:
        """Tell whether the key must be decoded: it is used, or its bytes may be wrong."""
        columns, options = self.source.schema.key, self.source.key_format
        anything_goes = options.name in ("KAFKA", "NONE") and all(c.type in (types.STRING, types.BYTES) for c in columns)
        return bool(columns) and (bool(wanted) or not anything_goes)

    def _unpack(self, block: Block, letter: str, wanted: Sequence[int], held: str) -> None:
        if not wanted:
            return
        names = ", ".join(f"{letter}{i}" for i in wanted)
        block.line(f"if {held} is None:")
        block.line("    " + " = ".join(f"{letter}{i}" for i in wanted) + " = None")
        block.line("else:")
        block.line(f"    {names} = " + ", ".join(f"{held}[{i}]" for i in wanted))

    def _read_value(self, block: Block) -> None:
        wanted = [i for i in range(len(self.source.schema.value)) if f"v{i}" in self.used]
        block.line("raw = m.value()")
        block.line("if raw is None:")
        block.line("    r = None")
        block.line("else:")
        inner = block.sub()
        inner.line("try:")
        if self._is_quick():
            inner.line("    r = quick(raw)")
            inner.line("except Exception:")
            inner.line("    try:")
            inner.line("        r = reader.exact(raw)")
            inner.line("        quick = reader.quick")
            inner.line("    except Exception as error:")
            inner.line("        drop(False, error, m)")
            inner.line("        continue")
        else:
            options = self.source.value_format
            read = self.settings.wire(options).reader(self.source.schema.value, options, False)
            inner.line(f"    r = {self.constant(read)}(raw)")
            inner.line("except Exception as error:")
            inner.line("    drop(False, error, m)")
            inner.line("    continue")
        block.add(inner)
        self._wanted_values = wanted

    def values(self, block: Block, is_null: bool = False) -> None:
        """Write the value columns in use to their locals, from `r` or as nulls."""
        for at, i in enumerate(self._wanted_values):
            held = "None" if is_null else f"r.c{at}" if self._is_quick() else f"r[{i}]"
            block.line(f"v{i} = {held}")

    def event_time(self, block: Block, is_null: bool = False) -> None:
        """Write the event time when a column gives it. A record without a value keeps its own."""
        stamp = self.source.timestamp
        if stamp is None:
            return
        column = self._column(stamp.column)
        if is_null and not column.startswith("k"):
            return
        is_fatal = str(self.settings.properties.get("ksql.timestamp.throw.on.invalid", "")).lower() == "true"
        read = keys.timestamp_reader(self.source.schema.find(stamp.column), stamp, is_fatal)
        if is_fatal:
            block.line(f"ts = {self.constant(read)}({column})")
            return
        block.line("try:")
        block.line(f"    ts = {self.constant(read)}({column})")
        block.line("except Exception as error:")
        block.line(f"    fail({self.constant('Failed to extract timestamp from row')}, error, m)")
        block.line("    continue")

    def _read_headers(self, block: Block) -> None:
        wanted = [(i, c) for i, c in enumerate(self.source.schema.headers) if f"x{i}" in self.used]
        if wanted or self.sends_headers:
            block.line("heads = m.headers()")
        for i, column in wanted:
            block.line(f"x{i} = {self.constant(keys.header_reader(column))}(heads)")

    # — sending a row —————————————————————————————————————————————————————————

    def outputs(self, block: Block, items: Sequence[tuple[int, typed.Item]]) -> None:
        """Write each column of the result to its local, unless an expression can stand where it is used."""
        for i, item in items:
            self.expressions.assign(f"o{i}", item.expression, block, item.text or item.name)

    def code_of(self, i: int, item: typed.Item) -> str:
        return f"o{i}" if can_fail(item.expression) else self.expressions.value(item.expression, Block())

    def sides(self) -> tuple[list[tuple[int, typed.Item]], list[tuple[int, typed.Item]]]:
        """Return the items of the key and those of the value, each with its place."""
        numbered = list(enumerate(self.select.items))
        return [n for n in numbered if n[1].place == "KEY"], [n for n in numbered if n[1].place == "VALUE"]

    def send(self, block: Block, key: str, leave: str, ts: str = "ts") -> None:
        """Write a row to the sink, or to whoever asked. `leave` is how a row that cannot be written ends."""
        key_items, value_items = self.sides()
        self.outputs(block, [n for n in (*(() if self.sink else key_items), *value_items) if can_fail(n[1].expression)])
        codes = [self.code_of(i, item) for i, item in value_items]
        if self.sink is None:
            codes = [self.code_of(i, item) for i, item in enumerate(self.select.items)]
            block.line(f"out(({', '.join(codes)}{',' if codes else ''}), {ts}, False)")
            return
        ts = self._sink_time(block, value_items, leave, ts)
        block.line("try:")
        block.line(f"    raw = {self._encoded(value_items, codes)}")
        block.line("except Exception as error:")
        block.line(f"    fail({self.constant('Error serializing message to topic: ' + self.sink.topic)}, error, m)")
        block.line(f"    {leave}")
        self.produce(block, "raw", key, ts)

    def _encoded(self, items: Sequence[tuple[int, typed.Item]], codes: Sequence[str]) -> str:
        sink = sure(self.sink)
        options, columns = sink.value_format, sink.schema.value
        wire = self.settings.wire(options)
        if wire is not json or not is_wrapped(columns, options, False) or not columns:
            return f"{self.constant(wire.writer(columns, options, False))}([{', '.join(codes)}])"
        frame = self.constant(json.template(columns))
        encoded = (self._json(column.type, code) for column, code in zip(columns, codes, strict=True))
        return f"{frame} % ({', '.join(encoded)},)"

    def _json(self, kind: types.SqlType, code: str) -> str:
        """Return code for one value as JSON; numbers and text without a call in between where they can."""
        if is_atom(code) and code not in ("None", "True", "False"):
            if kind in _WHOLE:
                return f"({self.constant(_NULL)} if {code} is None else {self.constant(_DIGITS)} % {code})"
            if kind in (types.STRING, types.DOUBLE):
                encode = json.encode_text if kind == types.STRING else json.encode_double
                return f"({self.constant(_NULL)} if {code} is None else {self.constant(encode)}({code}))"
        return f"{self.constant(json.encoder(kind))}({code})"

    def produce(self, block: Block, value: str, key: str, ts: str) -> None:
        head = f"out({self.constant(sure(self.sink).topic)}, {value}, {key}, timestamp={ts}"
        if self.sends_headers:
            block.line("if heads:")
            block.line(f"    {head}, headers=heads)")
            block.line("else:")
            block.line(f"    {head})")
        else:
            block.line(f"{head})")

    def _sink_time(self, block: Block, items: Sequence[tuple[int, typed.Item]], leave: str, ts: str) -> str:
        """Write the time of an output row when WITH (TIMESTAMP) names one of its columns; return the local that has it."""
        stamp = self.sink.timestamp if self.sink else None
        if stamp is None or self.sink is None:
            return ts
        i, item = next(n for n in (*self.sides()[0], *items) if n[1].name == stamp.column)
        read = keys.timestamp_reader(self.sink.schema.find(stamp.column), stamp)
        target = self.names.temporary()
        block.line("try:")
        block.line(f"    {target} = {self.constant(read)}({self.code_of(i, item)})")
        block.line("except Exception as error:")
        block.line(f"    fail({self.constant('Failed to extract timestamp from row')}, error, m)")
        block.line(f"    {leave}")
        return target

    def tombstone(self, block: Block, key: str, ts: str = "ts") -> None:
        """Write that the row of a key is gone."""
        if self.sink is not None:
            self.produce(block, "None", key, "state.stream_time" if self.sink.timestamp else ts)
            return
        codes = [
            self.code_of(i, item) if isinstance(item.expression, typed.GroupRef | typed.WindowRef) or _is_key(item.expression) else "None"
            for i, item in enumerate(self.select.items)
        ]
        block.line(f"out(({', '.join(codes)},), {ts}, True)")

    def sink_key(self, codes: Sequence[str]) -> str:
        """Return code for the key's bytes from the codes of its columns."""
        sink = sure(self.sink)
        options, columns = sink.key_format, sink.schema.key
        if not columns:
            return "None"
        return f"{self.constant(self.settings.wire(options).writer(columns, options, True))}([{', '.join(codes)}])"

    # — conditions ————————————————————————————————————————————————————————————

    def condition(self, block: Block, e: typed.Expr, text: str) -> str:
        """Write a predicate and return code for its truth; one that fails is false."""
        if not can_fail(e):
            return self.expressions.value(e, block)
        target, inside = self.names.temporary(), block.sub()
        inside.line(f"{target} = {self.expressions.value(e, inside)}")
        block.under("try:", inside)
        block.line("except Exception as error:")
        block.line(f"    fail({self.constant(text)}, error, m)")
        block.line(f"    {target} = False")
        return target


def _one(plan: Plan, kind: type[plans.Select]) -> plans.Select:
    found = plans.find(plan, kind)
    return sure(found)  # type: ignore[return-value]


def _is_key(e: typed.Expr) -> bool:
    return isinstance(e, typed.ColumnRef) and e.place == "KEY"
