"""From locals to the sink, or to whoever asked: the columns of the result, its bytes, its time.

Law: a column that fails is null; a row that cannot be written is in the log and nothing else; what `out` raises goes through.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from controlcenter.sql import typed, types
from controlcenter.sql.codegen.expressions import can_fail
from controlcenter.sql.codegen.reading import Reading
from controlcenter.sql.codegen.source import Block, is_atom, sure
from controlcenter.sql.operators import keys
from controlcenter.sql.wire import encode, json
from controlcenter.sql.wire.base import is_wrapped

_NULL, _DIGITS = b"null", b"%d"
_WHOLE = (types.INTEGER, types.BIGINT, types.DATE, types.TIME, types.TIMESTAMP)


class Writer(Reading):
    """Writes the last part of the loop; with `Reading` before it, all that queries share."""

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
        inside = block
        if self._has_text(value_items):
            block.line("try:")
            block.line(f"    raw = {self._encoded(value_items, codes, encode.quick_text)}")
            block.line("except Exception:")
            inside = block.sub()
        inside.line("try:")
        inside.line(f"    raw = {self._encoded(value_items, codes)}")
        inside.line("except Exception as error:")
        inside.line(f"    fail({self.constant('Error serializing message to topic: ' + self.sink.topic)}, error, m)")
        inside.line(f"    {leave}")
        if inside is not block:
            block.add(inside)
        self.produce(block, "raw", key, ts)

    def _is_framed(self) -> bool:
        """Tell whether a value is written as a JSON object, by a frame with a place for each column."""
        sink = sure(self.sink)
        options, columns = sink.value_format, sink.schema.value
        return self.settings.wire(options) is json and is_wrapped(columns, options, False) and bool(columns)

    def _has_text(self, items: Sequence[tuple[int, typed.Item]]) -> bool:
        """Tell whether a text is among the columns, and so the quick encoder worth a try."""
        return self._is_framed() and any(item.expression.type == types.STRING for _, item in items)

    def _encoded(self, items: Sequence[tuple[int, typed.Item]], codes: Sequence[str], text: Any = encode.encode_text) -> str:
        sink = sure(self.sink)
        options, columns = sink.value_format, sink.schema.value
        if not self._is_framed():
            return f"{self.constant(self.settings.wire(options).writer(columns, options, False))}([{', '.join(codes)}])"
        frame = self.constant(self.frame)
        encoded = (self._json(column.type, code, text) for column, code in zip(columns, codes, strict=True))
        return f"{frame} % ({', '.join(encoded)},)"

    @cached_property
    def frame(self) -> bytes:
        return encode.template(sure(self.sink).schema.value)

    def _json(self, kind: types.SqlType, code: str, text: Any) -> str:
        """Return code for one value as JSON; numbers and text without a call in between where they can."""
        if is_atom(code) and code not in ("None", "True", "False"):
            if kind in _WHOLE:
                return f"({self.constant(_NULL)} if {code} is None else {self.constant(_DIGITS)} % {code})"
            if kind in (types.STRING, types.DOUBLE):
                work = text if kind == types.STRING else encode.encode_double
                return f"({self.constant(_NULL)} if {code} is None else {self.constant(work)}({code}))"
        return f"{self.constant(encode.encoder(kind))}({code})"

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


def _is_key(e: typed.Expr) -> bool:
    """Tell whether a column of the source stands in its key, or in the window of its key."""
    return isinstance(e, typed.ColumnRef) and (e.place == "KEY" or e.name in ("WINDOWSTART", "WINDOWEND"))
