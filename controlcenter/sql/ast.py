"""The tree of a statement: one frozen dataclass a node, each with its span.

Law: spans do not take part in equality, so `parse(format(t)) == t` compares meanings, not places.
Names are as they count: folded to upper case unless they were quoted. Times are in the unit as written.
"""

from dataclasses import dataclass, field
from decimal import Decimal as Number
from typing import Literal


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands in the text: `text[start:end]`; line and column of its start, from 1."""

    start: int
    end: int
    line: int
    column: int


NOWHERE = Span(0, 0, 0, 0)  # of nodes that the engine made itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


# — expressions ———————————————————————————————————————————————————————————————


class Expression(Node):
    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Null(Expression):
    pass


@dataclass(frozen=True, slots=True)
class Boolean(Expression):
    value: bool


@dataclass(frozen=True, slots=True)
class Integer(Expression):
    """A whole number of 32 bits."""

    value: int


@dataclass(frozen=True, slots=True)
class Long(Expression):
    """A whole number of 64 bits: one that does not fit 32."""

    value: int


@dataclass(frozen=True, slots=True)
class Exact(Expression):
    """A DECIMAL literal of just its own digits: `1.50`."""

    value: Number

    def __eq__(self, other: object) -> bool:  # 1.5 and 1.50 are different types
        return isinstance(other, Exact) and self.value.as_tuple() == other.value.as_tuple()

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, slots=True)
class Double(Expression):
    """A number with an exponent: `1e3`."""

    value: float


@dataclass(frozen=True, slots=True)
class String(Expression):
    value: str


@dataclass(frozen=True, slots=True)
class Unit(Expression):
    """A unit of time as an argument: `DATEADD(DAYS, 1, d)`. `name` is plural and upper case."""

    name: str


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A column: `source.name`, or `name` alone when `source` is None. Inside a lambda it may be a parameter."""

    name: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Negative(Expression):
    value: Expression


@dataclass(frozen=True, slots=True)
class Positive(Expression):
    value: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    op: Literal["+", "-", "*", "/", "%"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """`op` is `=` `<>` `<` `<=` `>` `>=`, or `IS DISTINCT FROM`, `IS NOT DISTINCT FROM`. `!=` is read as `<>`."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    op: Literal["AND", "OR"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not(Expression):
    value: Expression


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    value: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between(Expression):
    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class In(Expression):
    value: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Like(Expression):
    value: Expression
    pattern: Expression
    escape: str | None = None


@dataclass(frozen=True, slots=True)
class AtTimeZone(Expression):
    value: Expression
    zone: Expression


@dataclass(frozen=True, slots=True)
class When(Node):
    condition: Expression
    result: Expression


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """`CASE [operand] WHEN … THEN … [ELSE …] END`. Without an operand the conditions are BOOLEAN."""

    operand: Expression | None
    whens: tuple[When, ...]
    otherwise: Expression | None


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    value: Expression
    type: "TypeName"


@dataclass(frozen=True, slots=True)
class Subscript(Expression):
    base: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class FieldOf(Expression):
    """`base->name`."""

    base: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`name(args)`. `name` is upper case unless quoted; `COUNT(*)` has no arguments, as `COUNT()`; `a || b` is CONCAT(a, b)."""

    name: str
    args: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class ArrayOf(Expression):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Expression):
    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class StructOf(Expression):
    fields: tuple[tuple[str, Expression], ...]


# — types as written ——————————————————————————————————————————————————————————


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type as written. Made by CREATE TYPE unless built in: `analyze` resolves it against the catalog.

    name   BOOLEAN … TIMESTAMP, DECIMAL, ARRAY, MAP, STRUCT, or the name of a type somebody made
    args   the types inside
    fields names beside `args` for STRUCT
    digits precision and scale of DECIMAL
    """

    name: str
    args: tuple["TypeName", ...] = ()
    fields: tuple[str, ...] = ()
    digits: tuple[int, ...] = ()


# — queries ———————————————————————————————————————————————————————————————————


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """`unit` is singular: DAY HOUR MINUTE SECOND MILLISECOND."""

    amount: int
    unit: str

    @property
    def ms(self) -> int:
        return self.amount * {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1_000, "MILLISECOND": 1}[self.unit]


@dataclass(frozen=True, slots=True)
class Item(Node):
    """`expression [AS alias]`; `expands`: `->*`, one column per field of the struct."""

    expression: Expression
    alias: str | None = None
    expands: bool = False


@dataclass(frozen=True, slots=True)
class Star(Node):
    """`*` or `source.*`."""

    source: str | None = None


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A source and the name it goes by; `alias` is the source's own name when none is written."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Within(Node):
    before: Duration
    after: Duration
    grace: Duration | None = None


@dataclass(frozen=True, slots=True)
class Join(Node):
    kind: Literal["INNER", "LEFT", "RIGHT", "FULL"]
    right: Relation
    within: Within | None
    on: Expression


@dataclass(frozen=True, slots=True)
class Window(Node):
    """`size` is the gap of a SESSION; only HOPPING has an `advance`."""

    kind: Literal["TUMBLING", "HOPPING", "SESSION"]
    size: Duration
    advance: Duration | None = None
    retention: Duration | None = None
    grace: Duration | None = None


@dataclass(frozen=True, slots=True)
class Query(Node):
    items: tuple[Item | Star, ...]
    source: Relation
    joins: tuple[Join, ...] = ()
    window: Window | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    partition_by: tuple[Expression, ...] = ()
    having: Expression | None = None
    emit: Literal["CHANGES", "FINAL"] | None = None
    limit: int | None = None


# — statements ————————————————————————————————————————————————————————————————


class Statement(Node):
    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Property(Node):
    """One of WITH: `name` in upper case, `value` a literal (an `Exact`, `Boolean`, `Integer`, `String` …)."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class ColumnDef(Node):
    """`place` is "" for a value, KEY, PRIMARY KEY or HEADERS; `header` names the one of HEADER('k')."""

    name: str
    type: TypeName
    place: Literal["", "KEY", "PRIMARY KEY", "HEADERS"] = ""
    header: str | None = None


@dataclass(frozen=True, slots=True)
class CreateSource(Statement):
    kind: Literal["STREAM", "TABLE"]
    name: str
    columns: tuple[ColumnDef, ...] = ()
    properties: tuple[Property, ...] = ()
    replace: bool = False
    is_source: bool = False  # CREATE SOURCE …
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateAs(Statement):
    kind: Literal["STREAM", "TABLE"]
    name: str
    query: Query
    properties: tuple[Property, ...] = ()
    replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class InsertInto(Statement):
    name: str
    query: Query
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class InsertValues(Statement):
    name: str
    columns: tuple[str, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Select(Statement):
    """A query on its own: a push query with EMIT, a pull query without."""

    query: Query


@dataclass(frozen=True, slots=True)
class DropSource(Statement):
    kind: Literal["STREAM", "TABLE"]
    name: str
    if_exists: bool = False
    delete_topic: bool = False


@dataclass(frozen=True, slots=True)
class AlterSource(Statement):
    kind: Literal["STREAM", "TABLE"]
    name: str
    columns: tuple[ColumnDef, ...]


@dataclass(frozen=True, slots=True)
class CreateType(Statement):
    name: str
    type: TypeName
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropType(Statement):
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Print(Statement):
    topic: str
    from_beginning: bool = False
    interval: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Show(Statement):
    """`what`: STREAMS TABLES TOPICS "ALL TOPICS" QUERIES FUNCTIONS PROPERTIES TYPES VARIABLES CONNECTORS
    "SOURCE CONNECTORS" "SINK CONNECTORS" "CONNECTOR PLUGINS"."""

    what: str
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Describe(Statement):
    """`what`: SOURCE (with `name`), STREAMS, TABLES, FUNCTION, CONNECTOR."""

    what: str
    name: str = ""
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Explain(Statement):
    """A running query by id, or a statement; one of both is None."""

    query_id: str | None = None
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Control(Statement):
    """TERMINATE, PAUSE, RESUME; `query_id` None means ALL."""

    action: Literal["TERMINATE", "PAUSE", "RESUME"]
    query_id: str | None


@dataclass(frozen=True, slots=True)
class SetProperty(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class UnsetProperty(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class AlterSystem(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Define(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Undefine(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class AssertTopic(Statement):
    topic: str
    exists: bool = True
    properties: tuple[Property, ...] = ()
    timeout: Duration | None = None


@dataclass(frozen=True, slots=True)
class AssertSchema(Statement):
    subject: str | None = None
    id: int | None = None
    exists: bool = True
    timeout: Duration | None = None


@dataclass(frozen=True, slots=True)
class CreateConnector(Statement):
    kind: Literal["SOURCE", "SINK"]
    name: str
    properties: tuple[Property, ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropConnector(Statement):
    name: str
    if_exists: bool = False


# — test scripts only: the parser reads these when asked to ——————————————————————


@dataclass(frozen=True, slots=True)
class AssertValues(Statement):
    """ASSERT VALUES, or ASSERT NULL VALUES … KEY (…) when `is_tombstone`."""

    name: str
    columns: tuple[str, ...]
    values: tuple[Expression, ...]
    is_tombstone: bool = False


@dataclass(frozen=True, slots=True)
class AssertSource(Statement):
    kind: Literal["STREAM", "TABLE"]
    name: str
    columns: tuple[ColumnDef, ...] = ()
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class RunScript(Statement):
    path: str
