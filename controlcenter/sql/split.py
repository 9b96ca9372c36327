"""A plan → the parts that can run apart: records that change their key go through a topic of our own in between.

Law: the parts one after the other send what the whole plan sends, for records in one order.

Only a stream's GROUP BY is cut. A re-keyed stream writes straight to its sink, and the groups of a table need the old
row beside the new one: such a plan stays whole, in one task over all partitions.
"""

from collections.abc import Sequence
from dataclasses import replace

from controlcenter.sql import plan as plans
from controlcenter.sql import typed, types
from controlcenter.sql.catalog import Column, Format, Schema, Source
from controlcenter.sql.codegen.query import walk
from controlcenter.sql.plan import Plan, Step

PREFIX = "_cc-"  # of every topic of ours: rights and lists tell them by it
_BARE = (types.INTEGER, types.BIGINT, types.DOUBLE, types.STRING, types.BYTES)


def split(plan: Plan) -> tuple[Plan, ...]:
    """Return the plan alone, or the part that re-keys and the part that aggregates."""
    group = plans.find(plan, plans.GroupBy)
    if not isinstance(group, plans.GroupBy) or not group.repartitions or group.is_table or not group.parts:
        return (plan,)
    at = plan.steps.index(group)
    middle = _topic(plan, group, plan.steps[at + 1 :])
    return _before(plan, group, middle, plan.steps[:at]), _after(plan, group, middle, plan.steps[at + 1 :])


def _topic(plan: Plan, group: plans.GroupBy, behind: Sequence[Step]) -> Source:
    """Return the internal topic: the grouping expressions as its key, the columns that aggregates read as its value."""
    aggregate = next(step for step in behind if isinstance(step, plans.Aggregate))
    used = {e.name: e for call in aggregate.aggregates for e in walk(call.args) if isinstance(e, typed.ColumnRef) and e.name != "ROWTIME"}
    stem = "KSQL_KEY_"
    while any(name.startswith(stem) for name in used):
        stem += "_"
    key = tuple(Column(f"{stem}{i}", part.expression.type, "KEY") for i, part in enumerate(group.parts))
    form = Format("KAFKA") if len(key) == 1 and key[0].type in _BARE else Format("JSON")
    name = f"{PREFIX}{plan.query_id}-GroupBy-repartition"
    value = tuple(Column(e.name, e.type) for e in used.values())
    return Source(name, "STREAM", Schema(key + value), name, form, Format("JSON", wrap=True), is_derived=True)


def _before(plan: Plan, group: plans.GroupBy, middle: Source, steps: Sequence[Step]) -> Plan:
    """Return the part that drops what belongs to no group and writes the rest under its new key."""
    condition: typed.Expr | None = next((step.condition for step in steps if isinstance(step, plans.Filter)), None)
    for part in group.parts:
        present = typed.IsNull(part.expression, negated=True)
        condition = present if condition is None else typed.Logical("AND", condition, present)
    keys = [typed.Item(column.name, part.expression, "KEY", part.text) for column, part in zip(middle.schema.key, group.parts, strict=True)]
    columns = {column.name: column for column in (*plan.source.schema, *_PSEUDO)}
    values = [typed.Item(c.name, typed.ColumnRef(c.type, c.name, columns[c.name].place), "VALUE") for c in middle.schema.value]
    filtered = (plans.Filter(condition),) if condition is not None else ()
    select = plans.Select((*keys, *values), middle.schema)
    parts = tuple(replace(part, name=column.name) for part, column in zip(group.parts, middle.schema.key, strict=True))
    return Plan(plan.query_id, (steps[0], *filtered, plans.SelectKey(parts), select, plans.Sink(middle)))


_PSEUDO = (
    Column("ROWPARTITION", types.INTEGER, "PSEUDO"),
    Column("ROWOFFSET", types.BIGINT, "PSEUDO"),
    Column("WINDOWSTART", types.BIGINT, "PSEUDO"),
    Column("WINDOWEND", types.BIGINT, "PSEUDO"),
)


def _after(plan: Plan, group: plans.GroupBy, middle: Source, steps: Sequence[Step]) -> Plan:
    """Return the part that aggregates what arrives already in its partition."""
    parts = tuple(
        replace(part, expression=typed.ColumnRef(column.type, column.name, "KEY"))
        for part, column in zip(group.parts, middle.schema.key, strict=True)
    )
    return replace(plan, steps=(plans.FromSource(middle), plans.GroupBy(parts), *steps))
