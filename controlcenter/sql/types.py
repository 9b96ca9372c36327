"""What a column may hold: the SQL types, their text, and which one becomes which.

Law: `str(t)` is the text that ksqlDB prints, and the parser reads it back to `t`.

The Python value of each type, at run time (None is NULL everywhere):

    BOOLEAN bool · INTEGER, BIGINT int · DOUBLE float · DECIMAL decimal.Decimal · STRING str · BYTES bytes
    DATE int, days since 1970 · TIME int, ms of the day · TIMESTAMP int, ms since 1970 UTC
    ARRAY list · MAP dict · STRUCT dict by field name
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SqlType:
    """One type. Compare with `==`; print with `str`."""


@dataclass(frozen=True, slots=True)
class Primitive(SqlType):
    """A type without parameters, known by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Decimal(SqlType):
    """An exact number: `precision` digits, `scale` of them after the point."""

    precision: int
    scale: int

    def __str__(self) -> str:
        return f"DECIMAL({self.precision}, {self.scale})"


@dataclass(frozen=True, slots=True)
class Array(SqlType):
    item: SqlType

    def __str__(self) -> str:
        return f"ARRAY<{self.item}>"


@dataclass(frozen=True, slots=True)
class Map(SqlType):
    key: SqlType
    value: SqlType

    def __str__(self) -> str:
        return f"MAP<{self.key}, {self.value}>"


@dataclass(frozen=True, slots=True)
class Struct(SqlType):
    """Named fields in their order; may be empty."""

    fields: tuple[tuple[str, SqlType], ...] = ()

    def __str__(self) -> str:
        return "STRUCT<" + ", ".join(f"{quoted(name)} {kind}" for name, kind in self.fields) + ">"

    def field(self, name: str) -> SqlType | None:
        """Return the type of a field, None when there is no such field."""
        return next((kind for known, kind in self.fields if known == name), None)


@dataclass(frozen=True, slots=True)
class Lambda(SqlType):
    """The type of `(x, y) => e` as an argument. `returns` is None while its body is not yet typed."""

    parameters: tuple[SqlType, ...]
    returns: SqlType | None = None

    def __str__(self) -> str:
        return f"LAMBDA ({', '.join(map(str, self.parameters))}) => {self.returns or 'null'}"


BOOLEAN = Primitive("BOOLEAN")
INTEGER = Primitive("INTEGER")
BIGINT = Primitive("BIGINT")
DOUBLE = Primitive("DOUBLE")
STRING = Primitive("STRING")
BYTES = Primitive("BYTES")
DATE = Primitive("DATE")
TIME = Primitive("TIME")
TIMESTAMP = Primitive("TIMESTAMP")
NULL = Primitive("null")  # the literal NULL, which fits every type and is none
UNIT = Primitive("INTERVALUNIT")  # DAYS, HOURS … as an argument

PRIMITIVES: dict[str, Primitive] = {t.name: t for t in (BOOLEAN, INTEGER, BIGINT, DOUBLE, STRING, BYTES, DATE, TIME, TIMESTAMP)}
PRIMITIVES |= {"INT": INTEGER, "VARCHAR": STRING}
TEMPORAL = frozenset((DATE, TIME, TIMESTAMP))
HEADERS = Array(Struct((("KEY", STRING), ("VALUE", BYTES))))  # the one type that a HEADERS column may have

INT_DIGITS = 10  # ksqlDB's widths of integers that meet a DECIMAL
LONG_DIGITS = 19


def quoted(name: str) -> str:
    """Return a name in back quotes, those inside doubled."""
    return "`" + name.replace("`", "``") + "`"


def base(kind: SqlType) -> str:
    """Return the word of a type without its parameters: DECIMAL, ARRAY, MAP, STRUCT, INTEGER …"""
    return kind.name if isinstance(kind, Primitive) else type(kind).__name__.upper()


def is_number(kind: SqlType) -> bool:
    return kind in (INTEGER, BIGINT, DOUBLE) or isinstance(kind, Decimal)


def as_decimal(kind: SqlType) -> Decimal | None:
    """Return the DECIMAL that holds every INTEGER, BIGINT or DECIMAL of `kind`; None for the others."""
    if isinstance(kind, Decimal):
        return kind
    return {INTEGER: Decimal(INT_DIGITS, 0), BIGINT: Decimal(LONG_DIGITS, 0)}.get(kind)  # type: ignore[call-overload, no-any-return]


def wider_decimal(one: Decimal, other: Decimal) -> Decimal:
    """Return the DECIMAL with the integer digits and the scale of the larger of each."""
    scale = max(one.scale, other.scale)
    return Decimal(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)


def wider_number(one: SqlType, other: SqlType) -> SqlType | None:
    """Return the number type that holds both, by INTEGER → BIGINT → DECIMAL → DOUBLE; None unless both are numbers."""
    if not (is_number(one) and is_number(other)):
        return None
    if one == other:
        return one
    if DOUBLE in (one, other):
        return DOUBLE
    left, right = as_decimal(one), as_decimal(other)
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        return wider_decimal(left, right) if left and right else None
    return BIGINT


def can_widen(given: SqlType, wanted: SqlType) -> bool:
    """Tell whether every value of `given` is taken for `wanted` without a CAST: the rule of INSERT … SELECT and of arguments."""
    if given in (wanted, NULL):
        return True
    if isinstance(wanted, Decimal):
        held = as_decimal(given)
        return held is not None and wider_decimal(held, wanted) == wanted
    match given, wanted:
        case (Primitive("INTEGER"), Primitive("BIGINT" | "DOUBLE")) | (Primitive("BIGINT"), Primitive("DOUBLE")):
            return True
        case Decimal(), Primitive("DOUBLE"):
            return True
        case Array(one), Array(other):
            return can_widen(one, other)
        case Map(key, value), Map(key2, value2):
            return can_widen(key, key2) and can_widen(value, value2)
        case Struct(fields), Struct(fields2):
            return len(fields) == len(fields2) and all(a[0] == b[0] and can_widen(a[1], b[1]) for a, b in zip(fields, fields2, strict=True))
    return False


_CASTS: dict[str, frozenset[str]] = {
    "BOOLEAN": frozenset(("STRING",)),
    "INTEGER": frozenset(("BIGINT", "DOUBLE", "DECIMAL", "STRING")),
    "BIGINT": frozenset(("INTEGER", "DOUBLE", "DECIMAL", "STRING")),
    "DOUBLE": frozenset(("INTEGER", "BIGINT", "DECIMAL", "STRING")),
    "DECIMAL": frozenset(("INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "STRING")),
    "STRING": frozenset(("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIMESTAMP", "BYTES")),
    "TIMESTAMP": frozenset(("DATE", "TIME", "STRING")),
    "DATE": frozenset(("TIMESTAMP", "STRING")),
    "TIME": frozenset(("STRING",)),
    "ARRAY": frozenset(("STRING",)),
    "MAP": frozenset(("STRING",)),
    "STRUCT": frozenset(("STRING",)),
}


def can_cast(given: SqlType, wanted: SqlType) -> bool:
    """Tell whether CAST knows a way from one type to the other (section 7 of the language)."""
    if given in (wanted, NULL):
        return True
    match given, wanted:
        case Array(one), Array(other):
            return can_cast(one, other)
        case Map(key, value), Map(key2, value2):
            return can_cast(key, key2) and can_cast(value, value2)
        case Struct(), Struct(fields):
            return all(had is None or can_cast(had, kind) for had, kind in ((given.field(name), kind) for name, kind in fields))
    return base(wanted) in _CASTS.get(base(given), frozenset())


def contains_map(kind: SqlType) -> bool:
    """Tell whether a MAP occurs anywhere inside: such types cannot be keys."""
    return isinstance(kind, Map) or any(map(contains_map, inner(kind)))


def inner(kind: SqlType) -> Iterable[SqlType]:
    """Return the types directly inside a type."""
    match kind:
        case Array(item):
            return (item,)
        case Map(key, value):
            return (key, value)
        case Struct(fields):
            return tuple(field for _, field in fields)
    return ()
