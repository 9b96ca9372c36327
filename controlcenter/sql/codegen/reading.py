"""From a message to locals: key, value, time, headers, only what the query reads.

Law: afterwards `r` is None where the value is null; a message that cannot be read is in the log and nothing else.
"""

from collections.abc import Sequence

from controlcenter.sql import types
from controlcenter.sql.catalog import Column
from controlcenter.sql.codegen.query import Shape
from controlcenter.sql.codegen.source import Block
from controlcenter.sql.operators import keys
from controlcenter.sql.wire import json
from controlcenter.sql.wire.base import is_wrapped
from controlcenter.sql.wire.fast import RowReader


class Reading(Shape):
    """Writes the first part of the loop."""

    def prelude(self, block: Block) -> None:
        """Write what is looked up once a batch."""
        if self._is_quick():
            self.reader = RowReader([c for i, c in enumerate(self.source.schema.value) if f"v{i}" in self.used])
            block.line("quick = reader.quick")

    def _is_quick(self) -> bool:
        options, columns = self.source.value_format, self.source.schema.value
        return self.settings.wire(options) is json and is_wrapped(columns, options, False)

    def read(self, block: Block, *, is_filter: bool = False) -> None:
        """Write the steps from a message to locals. Afterwards `r` is None where the value is null.

        is_filter  most records may go no further than this: what `rest` writes comes later
        """
        self._read_key(block)
        self._read_value(block)
        if not is_filter:
            self.rest(block)
        if "part" in self.used:
            block.line("part = m.partition()")
        if "off" in self.used:
            block.line("off = m.offset()")
        self._read_headers(block)

    def rest(self, block: Block) -> None:
        """Write what is asked of a message only to send it on."""
        block.line("ts = m.timestamp()[1]")
        if self.sends_headers and not self._header_columns():
            block.line("heads = m.headers()")

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

    def _header_columns(self) -> list[tuple[int, Column]]:
        return [(i, c) for i, c in enumerate(self.source.schema.headers) if f"x{i}" in self.used]

    def _read_headers(self, block: Block) -> None:
        wanted = self._header_columns()
        if wanted:
            block.line("heads = m.headers()")
        for i, column in wanted:
            block.line(f"x{i} = {self.constant(keys.header_reader(column))}(heads)")
