"""One group of rows: its key, its states, and the row that tells of it.

Each group's state is a list: its timestamp (of a session its start and end), then one state per aggregate.
"""

import operator
from collections.abc import Callable
from typing import Any

from controlcenter.sql import typed, types
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.codegen.expressions import can_fail, is_nullable
from controlcenter.sql.codegen.query import walk
from controlcenter.sql.codegen.sending import Writer
from controlcenter.sql.codegen.source import Block, is_atom, sure
from controlcenter.sql.functions.base import Aggregator
from controlcenter.sql.java import integers
from controlcenter.sql.operators import keys
from controlcenter.sql.operators.sessions import Sessions
from controlcenter.sql.operators.tables import Table
from controlcenter.sql.operators.undo import UndoTable
from controlcenter.sql.operators.windows import Windows
from controlcenter.sql.wire import kafka

_BARE = (types.INTEGER, types.BIGINT, types.DOUBLE, types.STRING, types.BYTES)  # what KAFKA holds


class Groups:
    """Writes one query that keeps groups; `state` is what it keeps."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.calls, self.window = sure(writer.aggregate).aggregates, sure(writer.aggregate).window
        self.parts = sure(writer.group).parts
        self.work = [_create(call, writer.settings.properties) for call in self.calls]
        self.is_session = self.window is not None and self.window.kind == "SESSION"
        self.first = 2 if self.is_session else 1  # where the aggregates begin in a state
        self.growing = [i for i, call in enumerate(self.calls) if _grows(call)]
        self.state = self._state()
        self._choose_key()

    def _state(self) -> Any:
        if self.writer.is_table:
            return UndoTable(self.work, self.writer.sizes if self.growing else None)
        if self.window is None:
            return Table()
        if self.is_session:
            merges = [work.merge for work in self.work]
            return Sessions(self.window, [*merges, *([operator.add] if self.growing else ())], self.writer.is_final)
        return Windows(self.window, self.writer.is_final)

    # — the key of a group ————————————————————————————————————————————————————

    def _choose_key(self) -> None:
        """Decide the bytes under which groups are kept: those of the sink's key, where they can be read back."""
        writer = self.writer
        items = [item for _, item in writer.sides()[0]]
        order = [item.expression.index for item in items if isinstance(item.expression, typed.GroupRef)]
        self.order = order if writer.sink is not None and sorted(order) == list(range(len(self.parts))) else list(range(len(self.parts)))
        names = [item.name for item in items] if writer.sink is not None and order else [part.name for part in self.parts]
        self.columns = [Column(name, self.parts[i].expression.type, "KEY") for name, i in zip(names, self.order, strict=True)]
        bare = len(self.columns) == 1 and self.columns[0].type in _BARE
        options = writer.sink.key_format if writer.sink is not None else Format("KAFKA" if bare else "JSON")
        self.is_sink_key = writer.sink is not None and options.name in ("KAFKA", "JSON")
        if writer.sink is not None and not self.is_sink_key:
            options = Format("KAFKA" if bare else "JSON")
        wire = writer.settings.wire(options)
        self.encode, self.decode = wire.writer(self.columns, options, True), wire.reader(self.columns, options, True)
        self.is_plain = wire is kafka and bare

    def _reads_groups(self) -> bool:
        """Tell whether sending needs the values of the grouping, not just its bytes."""
        writer = self.writer
        if writer.sink is None or not self.is_sink_key:
            return True
        values = [item.expression for _, item in writer.sides()[1]]
        stamp = writer.sink.timestamp
        keyed = [item for _, item in writer.sides()[0] if stamp is not None and item.name == stamp.column]
        return any(isinstance(e, typed.GroupRef) for e in walk((*values, *(i.expression for i in keyed), writer.having)))

    def group(self, block: Block, leave: str) -> None:
        """Write the grouping: `g` holds its bytes. A null part, or one that fails, drops the row."""
        if not self.parts:
            block.line(f"g = {self.writer.constant(b'')}")
            return
        if self.writer.passes_group():
            block.line("g = kb")
            self._none(block, "g", 0, leave)
            return
        for i, part in enumerate(self.parts):
            self.writer.expressions.assign(f"g{i}", part.expression, block, part.text or part.name)
            self._none(block, f"g{i}", i, leave)
        codes = ", ".join(f"g{i}" for i in self.order)
        code = f"{self.writer.constant(self.encode)}([{codes}])"
        if self.is_plain and self.columns[0].type == types.STRING:
            code = f"{codes}.encode()"
        block.line("try:")
        block.line(f"    g = {code}")
        block.line("except Exception as error:")
        block.line(f"    fail({self.writer.constant('Error serializing key')}, error, m)")
        block.line(f"    {leave}")

    def _none(self, block: Block, name: str, index: int, leave: str) -> None:
        text = f"Group-by column with index {index} resolved to null. The source row will be excluded from the table."
        block.line(f"if {name} is None:")
        block.line(f"    fail({self.writer.constant(text)}, None, m)")
        block.line(f"    {leave}")

    # — the states ————————————————————————————————————————————————————————————

    def arguments(self, block: Block) -> list[list[str]]:
        """Write the arguments of each aggregate to locals; one that fails is null."""
        found = []
        for i, call in enumerate(self.calls):
            args = call.args[: len(call.args) - call.bound.constants]
            codes = []
            for j, arg in enumerate(args):
                if not can_fail(arg) and is_atom(code := self.writer.expressions.value(arg, block)):
                    codes.append(code)
                    continue
                name = f"e{i * 100 + j}"
                self.writer.expressions.assign(name, arg, block, call.text or call.bound.name)
                codes.append(name)
            found.append(codes)
        return found

    def add(self, block: Block, arguments: list[list[str]], failed: str) -> None:
        """Write the change of all states of `s`: all of them, or none when one fails."""
        inside = block.sub()
        for i, codes in enumerate(arguments):
            inside.line(f"n{i} = {self._added(i, codes)}")
        if self.growing:
            last = len(arguments)
            states = ", ".join(f"n{i}" for i in self.growing)
            added = "".join(f", {code}" for i in self.growing for code in arguments[i])
            inside.line(f"n{last} = {self.writer.constant(self.writer.sizes.grown)}(s[{self.first + last}], ({states},){added})")
            inside.line(f"s[{self.first + last}] = n{last}")
        for i in range(len(arguments)):
            inside.line(f"s[{self.first + i}] = n{i}")
        if all(self._inline(i) for i in range(len(self.calls))):
            for line in inside.lines:
                block.line(line.strip())
            return
        block.under("try:", inside)
        block.line("except Exception as error:")
        block.line(f"    fail({self.writer.constant('Error aggregating')}, error, m)")
        block.line(f"    {failed}")

    def _inline(self, i: int) -> Callable[[str, str], str] | None:
        """Return the state's change as code for the aggregates that are asked for most; None for a call."""
        call, work = self.calls[i], self.work[i]
        kind = call.args[0].type if call.args else None
        if call.bound.name == "COUNT" and work.initialize() == 0 and len(call.args) < 2:
            counts_all = not call.args or not is_nullable(call.args[0])  # COUNT(*) comes as COUNT(ROWTIME)
            return lambda s, x: f"{s} + 1" if counts_all else f"{s} + 1 if {x} is not None else {s}"
        if call.bound.name == "SUM" and kind == types.DOUBLE:
            return lambda s, x: f"{s} + {x} if {x} is not None else {s}"
        if call.bound.name in ("MIN", "MAX") and kind in (types.INTEGER, types.BIGINT):
            op = "<" if call.bound.name == "MIN" else ">"
            return lambda s, x: f"{x} if {s} is None or ({x} is not None and {x} {op} {s}) else {s}"
        if call.bound.name == "SUM" and kind in (types.INTEGER, types.BIGINT):
            low, high = integers.INT if kind == types.INTEGER else integers.LONG
            wrap = self.writer.constant(integers.wrap32 if kind == types.INTEGER else integers.wrap64)
            t = self.writer.names.temporary()
            return lambda s, x: f"{s} if {x} is None else {t} if {low} <= ({t} := {s} + {x}) <= {high} else {wrap}({t})"
        return None

    def _added(self, i: int, codes: list[str]) -> str:
        slot = f"s[{self.first + i}]"
        inline = self._inline(i)
        if inline is not None:
            return inline(slot, codes[0] if codes else "")
        return f"{self.writer.constant(self.work[i].add)}({', '.join([slot, *codes])})"

    def results(self, block: Block) -> None:
        """Write the results of the aggregates that are used to a0, a1 …"""
        writer = self.writer
        used = {e.index for e in walk((writer.having, writer.select.items)) if isinstance(e, typed.AggregateRef)}
        for i in sorted(used):
            slot = f"s[{self.first + i}]"
            if self._inline(i) is not None:
                block.line(f"a{i} = {slot}")
                continue
            block.line("try:")
            block.line(f"    a{i} = {writer.constant(self.work[i].result)}({slot})")
            block.line("except Exception as error:")
            block.line(f"    fail({writer.constant(self.calls[i].text or self.calls[i].bound.name)}, error, m)")
            block.line(f"    a{i} = None")

    def fresh(self) -> str:
        """Return code for the states of a new group; one that may grow has the bound of its bytes behind them."""
        return ", ".join([*(self._initial(work) for work in self.work), *(["0"] if self.growing else [])])

    def _initial(self, work: Aggregator) -> str:
        state = work.initialize()
        if state is None or type(state) in (int, bool, float):
            return self.writer.constant(state) if type(state) is not int else str(state)
        return f"{self.writer.constant(work.initialize)}()"

    # — sending ———————————————————————————————————————————————————————————————

    def _mark(self) -> str:
        """Return code for what HAVING remembers a row by."""
        return "g" if self.window is None else "(ws, we, g)" if self.is_session else "(ws, g)"

    def _sent_key(self) -> str:
        writer = self.writer
        if writer.sink is None:
            return "None"
        code = "g" if self.is_sink_key else writer.sink_key([f"g{i}" for i in self.order])
        if self.window is None:
            return code
        if self.is_session:
            return f"{code} + {writer.constant(keys.pack_span)}(we, ws)"
        return f"{code} + {writer.constant(keys.pack_start)}(ws)"

    def _read_groups(self, block: Block) -> None:
        if self._reads_groups() and self.parts:
            block.line(f"fields = {self.writer.constant(self.decode)}(g)")
            for at, i in enumerate(self.order):
                block.line(f"g{i} = fields[{at}]")

    def emission(self, block: Block, leave: str, *, decodes: bool = True) -> None:
        """Write a group's row, or with HAVING the tombstone of what was shown before."""
        writer = self.writer
        if decodes:
            self._read_groups(block)
        self.results(block)
        if writer.having is not None:
            test = writer.condition(block, writer.having, "Error evaluating predicate HAVING")
            refused = block.sub()
            self._hidden(refused)
            refused.line(leave)
            block.under(f"if not {test}:", refused)
            block.line(f"shown.add({self._mark()})")
        writer.send(block, self._sent_key(), leave, self._sent_time())

    def _sent_time(self) -> str:
        return "we" if self.is_session else "s[0]"

    def asks_end(self) -> bool:
        """Tell whether a window's end is a column of the result."""
        return any(isinstance(e, typed.WindowRef) for e in walk((self.writer.select.items, self.writer.having)))

    def _hidden(self, block: Block) -> None:
        inside = block.sub()
        inside.line(f"shown.discard({self._mark()})")
        self.writer.tombstone(inside, self._sent_key(), self._sent_time())
        block.under(f"if {self._mark()} in shown:", inside)

    def functions(self) -> Block:
        """Return `emit`, and `erase` for sessions, as functions of their own."""
        block = Block()
        body = Block(1)
        if self.writer.having is not None:
            body.line("shown = state.shown")
        self._headers(body)
        self.emission(body, "return")
        block.under("def emit(out, g, ws, we, s, m):", body)
        if self.is_session:
            body = Block(1)
            self._headers(body)
            self._read_groups(body)
            if self.writer.having is not None:
                body.line("shown = state.shown")
                self._hidden(body)
            else:
                self.writer.tombstone(body, self._sent_key(), "we")
            block.under("def erase(out, g, ws, we, m):", body)
        return block

    def _headers(self, body: Block) -> None:
        if self.writer.sends_headers:
            body.line("heads = m.headers()")


def _grows(call: typed.Aggregated) -> bool:
    """Tell whether the state of an aggregate may become large: it keeps many values, or one of any length."""
    state = call.bound.state
    if isinstance(state, types.Struct):
        return any(_is_long(arg.type) for arg in call.args)
    return _is_long(state)


def _is_long(kind: types.SqlType) -> bool:
    return isinstance(kind, types.Array | types.Map | types.Struct) or kind in (types.STRING, types.BYTES)


def _create(call: typed.Aggregated, properties: Any) -> Aggregator:
    constants = call.args[len(call.args) - call.bound.constants :] if call.bound.constants else ()
    made: Aggregator = call.bound.create(tuple(c.value for c in constants if isinstance(c, typed.Constant)), dict(properties))
    return made
