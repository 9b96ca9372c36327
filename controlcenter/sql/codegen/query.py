"""What the generators share: the parts of a plan, the names of locals, and conditions.

A column of the source is `v3` (value), `k0` (key) or `x0` (header); `n0` a part of a new key, `g0` of a grouping; `a0` an
aggregate, `f0` a row of a table function, `o0` a column of the result; `ts part off ws we` the pseudo columns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import plan as plans
from controlcenter.sql import typed, types
from controlcenter.sql.catalog import Format
from controlcenter.sql.codegen.expressions import Expressions, Leaf, can_fail
from controlcenter.sql.codegen.source import Block, Names, sure
from controlcenter.sql.operators.sizes import Sizes
from controlcenter.sql.plan import Plan
from controlcenter.sql.wire.base import Wire
from controlcenter.sql.wire.fast import RowReader

PSEUDO = {"ROWTIME": "ts", "ROWPARTITION": "part", "ROWOFFSET": "off", "WINDOWSTART": "ws", "WINDOWEND": "we"}
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


class Shape:
    """What all queries share: the parts of the plan, the names of locals, conditions."""

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
        self.sizes = Sizes()
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
