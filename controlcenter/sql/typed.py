"""What analysis makes of a statement: every name resolved, every expression with its type. The planner reads this.

Law: a typed tree needs no catalog and no text any more. Columns are named as in the input of the step that evaluates
them; what a grouping, an aggregate or a table function gives is a numbered reference, never looked up by name.

Implicit conversion is already in the tree: as a `Cast` with `is_implicit`, or as a `Constant` of the target type.
What is left to the evaluator: the operands of arithmetic and of comparison may be numbers of two types.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from controlcenter.sql import types
from controlcenter.sql.catalog import Column, KeyWindow, Place, Schema, Source
from controlcenter.sql.types import SqlType

# — expressions ———————————————————————————————————————————————————————————————


@dataclass(frozen=True, slots=True)
class Constant:
    """A value in the Python form of its type. NULL has the type `types.NULL`; a unit of time is its name, `types.UNIT`."""

    type: SqlType
    value: Any


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column of the input; `place` says in which part of the record.

    source   the alias, in the key of a join only; "" elsewhere. After a join `name` is ALIAS_COL
    """

    type: SqlType
    name: str
    place: Place
    source: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the lambda around."""

    type: SqlType
    name: str


@dataclass(frozen=True, slots=True)
class GroupRef:
    """The value of `Query.group_by[index]`."""

    type: SqlType
    index: int


@dataclass(frozen=True, slots=True)
class AggregateRef:
    """The result of `Query.aggregates[index]`."""

    type: SqlType
    index: int


@dataclass(frozen=True, slots=True)
class TableRef:
    """This row's value of `Query.table_functions[index]`; null when that one has fewer rows."""

    type: SqlType
    index: int


@dataclass(frozen=True, slots=True)
class WindowRef:
    """A bound of the window that the aggregation made."""

    name: Literal["WINDOWSTART", "WINDOWEND"]
    type: SqlType = types.BIGINT


@dataclass(frozen=True, slots=True)
class Negative:
    type: SqlType
    value: "Expr"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers, each of its own type, or two STRINGs with `+`. `type` is the type of the result."""

    type: SqlType
    op: Literal["+", "-", "*", "/", "%"]
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two numbers, each of its own type, or two values of one type. A null operand gives false, except for IS DISTINCT FROM."""

    op: Literal["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]
    left: "Expr"
    right: "Expr"
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class Logical:
    op: Literal["AND", "OR"]
    left: "Expr"
    right: "Expr"
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    value: "Expr"
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class IsNull:
    value: "Expr"
    negated: bool = False
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends belong to it; operands as those of a Comparison."""

    value: "Expr"
    low: "Expr"
    high: "Expr"
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class In:
    """`value` and `items` have one type (numbers may differ); a null is equal to nothing."""

    value: "Expr"
    items: tuple["Expr", ...]
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class Like:
    value: "Expr"
    pattern: "Expr"
    escape: str | None = None
    type: SqlType = types.BOOLEAN


@dataclass(frozen=True, slots=True)
class Case:
    """Pairs of a BOOLEAN condition and its result (`CASE e WHEN v` is already `e = v`); evaluated in order, only as needed."""

    type: SqlType
    whens: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr | None"


@dataclass(frozen=True, slots=True)
class Cast:
    type: SqlType
    value: "Expr"
    is_implicit: bool = False


@dataclass(frozen=True, slots=True)
class Subscript:
    type: SqlType
    base: "Expr"
    index: "Expr"


@dataclass(frozen=True, slots=True)
class FieldOf:
    type: SqlType
    base: "Expr"
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A scalar function, already chosen among its overloads: `bound` is what `functions.registry.scalar` gave."""

    type: SqlType
    bound: Any
    args: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Lambda:
    type: types.Lambda
    parameters: tuple[str, ...]
    body: "Expr"


@dataclass(frozen=True, slots=True)
class ArrayOf:
    type: types.Array
    items: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    type: types.Map
    entries: tuple[tuple["Expr", "Expr"], ...]


@dataclass(frozen=True, slots=True)
class StructOf:
    type: types.Struct
    fields: tuple[tuple[str, "Expr"], ...]


Expr = (
    Constant
    | ColumnRef
    | Parameter
    | GroupRef
    | AggregateRef
    | TableRef
    | WindowRef
    | Negative
    | Arithmetic
    | Comparison
    | Logical
    | Not
    | IsNull
    | Between
    | In
    | Like
    | Case
    | Cast
    | Subscript
    | FieldOf
    | Call
    | Lambda
    | ArrayOf
    | MapOf
    | StructOf
)

# — queries ———————————————————————————————————————————————————————————————————


@dataclass(frozen=True, slots=True)
class Input:
    """A source and the name the query calls it by."""

    source: Source
    alias: str


@dataclass(frozen=True, slots=True)
class Join:
    """Two inputs that meet where `left_key = right_key`; its columns are called ALIAS_COL.

    style      by what is joined; FOREIGN_KEY keeps the left table's key
    left_key   over the columns of the left input (of one source of it), right_key over the right's
    key        the columns of the joined record's key, under the names that later steps use
    within     (before, after, grace) in ms; grace None when not written (24 h, and outer nulls leave at once)
    """

    left: "Input | Join"
    right: Input
    kind: Literal["INNER", "LEFT", "RIGHT", "FULL"]
    style: Literal["STREAM_STREAM", "STREAM_TABLE", "TABLE_TABLE", "FOREIGN_KEY"]
    left_key: Expr
    right_key: Expr
    key: tuple[Column, ...]
    within: tuple[int, int, int | None] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The window of an aggregation, its defaults filled in. `size_ms` is the gap of a SESSION."""

    kind: Literal["TUMBLING", "HOPPING", "SESSION"]
    size_ms: int
    advance_ms: int
    retention_ms: int
    grace_ms: int


@dataclass(frozen=True, slots=True)
class Part:
    """One expression of GROUP BY or PARTITION BY and the name its key column gets. `text` is as ksqlDB prints it."""

    name: str
    expression: Expr
    text: str = ""


@dataclass(frozen=True, slots=True)
class Aggregated:
    """An aggregate: `bound` is what `functions.registry.aggregate` gave. Literal arguments (k of TOPK) are Constants among
    `args`; COUNT(*) is given ROWTIME."""

    bound: Any
    args: tuple[Expr, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class TableCall:
    """A table function: `bound` is what `functions.registry.table` gave."""

    bound: Any
    args: tuple[Expr, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One column of the result: where it goes and what fills it. `text` names it in the processing log."""

    name: str
    expression: Expr
    place: Literal["KEY", "VALUE"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT, analysed. Order of evaluation: source, where, partition_by, table functions or aggregation, having, items.

    partition_by   None: there is none; (): PARTITION BY NULL
    group_by       empty: no aggregation, unless there are `aggregates` (then all rows are one group: push queries only)
    items          in the order of `schema`, which is keys first (a push query: all VALUE, in the order of SELECT)
    schema         the columns of the result
    kind           what the result is; `key_window` the window that its keys carry
    key_format     of the result before a sink says otherwise; `repartitions`: keys change, so an internal topic is needed
    """

    source: Input | Join
    items: tuple[Item, ...]
    schema: Schema
    kind: Literal["STREAM", "TABLE"]
    where: Expr | None = None
    partition_by: tuple[Part, ...] | None = None
    table_functions: tuple[TableCall, ...] = ()
    group_by: tuple[Part, ...] = ()
    aggregates: tuple[Aggregated, ...] = ()
    window: Window | None = None
    having: Expr | None = None
    key_window: KeyWindow | None = None
    repartitions: bool = False
    emit: Literal["CHANGES", "FINAL"] | None = None
    limit: int | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Return the sources in the order of FROM and its joins."""
        return _inputs(self.source)


def _inputs(source: Input | Join) -> tuple[Input, ...]:
    return (source,) if isinstance(source, Input) else (*_inputs(source.left), source.right)


# — statements ————————————————————————————————————————————————————————————————


@dataclass(frozen=True, slots=True)
class CreateSource:
    """`exists`: IF NOT EXISTS met the name, nothing is to be done. `query`: SOURCE TABLE, the query that materialises it."""

    source: Source
    exists: bool = False
    query_id: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class CreateAs:
    """`replaced`: the source that CREATE OR REPLACE changes; its query keeps id, offsets and state."""

    query_id: str
    query: Query
    sink: Source
    exists: bool = False
    replaced: Source | None = None
    retention_ms: int | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class InsertInto:
    query_id: str
    query: Query
    sink: Source


@dataclass(frozen=True, slots=True)
class Select:
    """`is_push`: endless (EMIT CHANGES or FINAL); else the state or topic is read once."""

    query: Query
    is_push: bool


@dataclass(frozen=True, slots=True)
class InsertValues:
    """One record: `columns[i]` gets `values[i]`; the others are null. `rowtime` None means the clock."""

    source: Source
    columns: tuple[Column, ...]
    values: tuple[Expr, ...]
    rowtime: Expr | None = None


@dataclass(frozen=True, slots=True)
class DropSource:
    """`source` None: IF EXISTS met nothing. `ends`: the queries that end with it."""

    source: Source | None
    delete_topic: bool = False
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterSource:
    """`source` is the new one."""

    source: Source


@dataclass(frozen=True, slots=True)
class CreateType:
    name: str
    type: SqlType
    exists: bool = False


@dataclass(frozen=True, slots=True)
class DropType:
    name: str
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Describe:
    source: Source
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Explain:
    """A running query by id, or a statement analysed."""

    query_id: str | None = None
    statement: "Statement | None" = None


@dataclass(frozen=True, slots=True)
class Plain:
    """A statement that names no column: SHOW, SET, DEFINE, PRINT, TERMINATE … as it was read."""

    node: Any


Statement = (
    CreateSource
    | CreateAs
    | InsertInto
    | Select
    | InsertValues
    | DropSource
    | AlterSource
    | CreateType
    | DropType
    | Describe
    | Explain
    | Plain
)

NODES = get_args(Expr)  # the classes of typed expressions
