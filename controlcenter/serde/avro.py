"""Avro records framed by a schema id: read by their own schema, with nothing left over.

The reader walks the schema itself, with a depth and a count (see `avro_schema`). Every fault is told with its place. Values
come out as Avro's JSON has them: bytes as one character a byte, timestamps as their numbers; decimals as exact numbers, and
unions as the value alone.
"""

import struct
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from controlcenter.schemas.model import Schema
from controlcenter.serde import avro_schema, floats, framed, render, values
from controlcenter.serde.avro_schema import Node
from controlcenter.serde.json import DOUBLED
from controlcenter.serde.values import Asked, Decoded, Wrong

NAME = "avro"
FLOAT, DOUBLE = struct.Struct("<f"), struct.Struct("<d")
DECIMAL_BYTES = 1500  # a number of more digits is no number any program holds; its bytes are shown


class Cursor:
    """Where reading stands. left: how many more values may come; depth: how deep it is now."""

    __slots__ = ("at", "data", "depth", "is_doubled", "left")

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.depth, self.left, self.is_doubled = data, 0, 0, values.VALUES, False


Read = Callable[[Cursor], Any]


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the record as JSON; raises Declined or Unreadable."""
    schema, payload = framed.open(data, asked, "AVRO")
    try:
        value, odd = read(schema, payload)
        found = render.document(NAME, value, len(data or b""), asked.shown, (*framed.notes(schema, asked), *odd))
    except (Wrong, values.Unreadable) as fault:
        raise framed.broken(schema, asked, str(fault)) from None
    return render.found(found, framed.why(schema, asked), schema.id)


def read(schema: Schema, payload: bytes) -> tuple[Any, tuple[str, ...]]:
    """Return the value of a payload without frame, and what is odd; raises Wrong."""
    cursor = Cursor(payload)
    try:
        value = _reader(schema)(cursor)
    except (IndexError, struct.error):
        raise Wrong(f"the bytes end within a value, after {len(payload):,}") from None
    except UnicodeDecodeError:
        raise Wrong(f"a string before byte {cursor.at:,} is no UTF-8") from None
    except RecursionError:
        raise Wrong("it nests too deep") from None
    if (left := len(payload) - cursor.at) > 0:
        raise Wrong(f"{left:,} bytes are left over")
    return value, (DOUBLED,) if cursor.is_doubled else ()


@lru_cache(maxsize=128)
def _reader(schema: Schema) -> Read:
    return _compile(avro_schema.parse(schema), {})


def _compile(node: Node, made: dict[int, Read]) -> Read:
    """Return the function that reads a type. made: node → its reader, which recursive types meet again."""
    if (found := made.get(id(node))) is not None:
        return found
    if node.kind == "record":
        return _record(node, made)
    if node.scale is not None:
        return _decimal(node)
    if node.kind in SIMPLE:
        return SIMPLE[node.kind]
    return {"enum": _enum, "fixed": _fixed, "array": _array, "map": _map, "union": _union}[node.kind](node, made)


def long(c: Cursor) -> int:
    """Read a zigzag number of at most 64 bits."""
    data, at = c.data, c.at
    byte = data[at]
    number, shift = byte & 0x7F, 7
    while byte & 0x80:
        at += 1
        byte = data[at]
        number |= (byte & 0x7F) << shift
        shift += 7
        if shift > 70:
            raise Wrong(f"a number at byte {c.at:,} has more than 64 bits")
    if number >= 1 << 64:
        raise Wrong(f"a number at byte {c.at:,} has more than 64 bits")
    c.at = at + 1
    return (number >> 1) ^ -(number & 1)


def _int(c: Cursor) -> int:
    at = c.at
    number = long(c)
    if not -0x80000000 <= number <= 0x7FFFFFFF:
        raise Wrong(f"an int at byte {at:,} has more than 32 bits")
    return number


def _boolean(c: Cursor) -> bool:
    byte = c.data[c.at]
    if byte > 1:
        raise Wrong(f"a boolean at byte {c.at:,} is {byte}")
    c.at += 1
    return byte == 1


def _float(c: Cursor) -> float:
    (number,) = FLOAT.unpack_from(c.data, c.at)
    c.at += 4
    return floats.short(number)


def _double(c: Cursor) -> float:
    (number,) = DOUBLE.unpack_from(c.data, c.at)
    c.at += 8
    return float(number)


def _bytes(c: Cursor) -> bytes:
    start = c.at
    size = long(c)
    return _take(c, size, start)


def _take(c: Cursor, size: int, start: int) -> bytes:
    at = c.at
    if size < 0 or size > len(c.data) - at:
        raise Wrong(f"a length at byte {start:,} says {size:,}; {len(c.data) - at:,} bytes are there")
    c.at = at + size
    return c.data[at : at + size]


def _string(c: Cursor) -> str:
    return _bytes(c).decode("utf-8")


SIMPLE: dict[str, Read] = {
    "null": lambda c: None, "boolean": _boolean, "int": _int, "long": long, "float": _float, "double": _double, "bytes": _bytes,
    "string": _string,
}  # fmt: skip


def _decimal(node: Node) -> Read:
    scale, size = node.scale or 0, node.size

    def read(c: Cursor) -> Any:
        data = _bytes(c) if node.kind == "bytes" else _take(c, size, c.at)
        if not data or len(data) > DECIMAL_BYTES:
            return data
        return decimal(int.from_bytes(data, "big", signed=True), scale)

    return read


def decimal(unscaled: int, scale: int) -> Decimal:
    """Return unscaled / 10^scale exactly, whatever the context's precision is."""
    return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


def _record(node: Node, made: dict[int, Read]) -> Read:
    fields: list[tuple[str, Read]] = []

    def read(c: Cursor) -> dict[str, Any]:
        _enter(c)
        found = {name: inner(c) for name, inner in fields}
        c.depth -= 1
        return found

    made[id(node)] = read  # before its fields: they may mean the record itself
    fields.extend((name, _compile(inner, made)) for name, inner, _ in node.fields)
    return read


def _enter(c: Cursor) -> None:
    c.depth += 1
    c.left -= 1
    if c.depth > values.DEPTH:
        raise Wrong(f"its data nest deeper than {values.DEPTH}")
    if c.left < 0:
        raise Wrong(f"it holds more than {values.VALUES:,} values")


def _enum(node: Node, made: dict[int, Read]) -> Read:
    symbols = node.symbols

    def read(c: Cursor) -> str:
        at, place = c.at, long(c)
        if not 0 <= place < len(symbols):
            raise Wrong(f"the enum {node.name} at byte {at:,} says {place}; it has {len(symbols)} symbols")
        return symbols[place]

    return read


def _fixed(node: Node, made: dict[int, Read]) -> Read:
    return lambda c: _take(c, node.size, c.at)


def _union(node: Node, made: dict[int, Read]) -> Read:
    branches = [_compile(inner, made) for inner in node.inner]

    def read(c: Cursor) -> Any:
        at, place = c.at, long(c)
        if not 0 <= place < len(branches):
            raise Wrong(f"a union at byte {at:,} says {place}; it has {len(branches)} branches")
        return branches[place](c)

    return read


def _blocks(c: Cursor) -> Any:
    """Yield how many items each block says it has, until the block of none."""
    while count := long(c):
        if count < 0:
            count = -count
            long(c)  # the block's size in bytes, for those who skip it
        c.left -= count
        if c.left < 0:
            raise Wrong(f"it holds more than {values.VALUES:,} values")
        yield count


def _array(node: Node, made: dict[int, Read]) -> Read:
    item = _compile(node.inner[0], made)

    def read(c: Cursor) -> list[Any]:
        _enter(c)
        found: list[Any] = []
        for count in _blocks(c):
            found.extend([item(c) for _ in range(count)])
        c.depth -= 1
        return found

    return read


def _map(node: Node, made: dict[int, Read]) -> Read:
    inner = _compile(node.inner[0], made)

    def read(c: Cursor) -> dict[str, Any]:
        _enter(c)
        found: dict[str, Any] = {}
        for count in _blocks(c):
            before = len(found)
            for _ in range(count):
                name = _string(c)
                found[name] = inner(c)
            c.is_doubled = c.is_doubled or len(found) < before + count
        c.depth -= 1
        return found

    return read
