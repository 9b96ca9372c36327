"""Plain values → Avro bytes by a schema, with the place of what does not fit; and a sample to begin with.

It takes what `avro` shows: bytes as one character a byte, decimals as numbers, the value of a union alone. Where several
branches could take it, the first does, unless it is written as Avro's JSON writes it: {"long": 1}.
"""

import struct
from decimal import Decimal, localcontext
from typing import Any

from controlcenter.schemas.model import Schema
from controlcenter.serde import avro_schema, values
from controlcenter.serde.avro_schema import ABSENT, Node
from controlcenter.serde.jsonschema import path as written
from controlcenter.serde.values import Unfit

Path = tuple[str | int, ...]
RANGES = {"int": 31, "long": 63}


def write(schema: Schema, value: Any) -> bytes:
    """Return the payload of a value; raises Unfit with its place, Wrong for the schema's own faults."""
    out = bytearray()
    _write(avro_schema.parse(schema), value, (), out)
    return bytes(out)


def _write(node: Node, value: Any, path: Path, out: bytearray) -> None:
    if len(path) > values.DEPTH:
        raise Unfit(f"it nests deeper than {values.DEPTH}", written(path))
    if node.kind == "union":
        _union(node, value, path, out)
    elif node.kind == "record":
        _record(node, value, path, out)
    elif node.kind in ("array", "map"):
        _many(node, value, path, out)
    elif node.scale is not None:
        _decimal(node, value, path, out)
    else:
        out += _scalar(node, value, path)


def _long(number: int) -> bytes:
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _fail(what: str, path: Path) -> Unfit:
    return Unfit(what, written(path))


def _scalar(node: Node, value: Any, path: Path) -> bytes:
    kind = node.kind
    if kind == "null" and value is None:
        return b""
    if kind == "boolean" and isinstance(value, bool):
        return bytes([value])
    if kind in RANGES and isinstance(value, int) and not isinstance(value, bool):
        most = 1 << RANGES[kind]
        if not -most <= value < most:
            raise _fail(f"{value} is no {kind}: it must be from {-most} to {most - 1}", path)
        return _long(value)
    if kind in ("float", "double") and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            return struct.pack("<f" if kind == "float" else "<d", float(value))
        except OverflowError:
            raise _fail(f"the number is too large for a {kind}", path) from None
    if kind == "string" and isinstance(value, str):
        data = _utf8(value, path)
        return _long(len(data)) + data
    if kind in ("bytes", "fixed") and isinstance(value, str):
        return _bytes(node, value, path)
    if kind == "enum" and isinstance(value, str):
        if value not in node.symbols:
            raise _fail(f"{value[:60]!r} is none of {', '.join(node.symbols)[:300]}", path)
        return _long(node.symbols.index(value))
    raise _fail(f"{_said(value)} is no {node.name or kind}", path)


def _bytes(node: Node, value: str, path: Path) -> bytes:
    try:
        data = value.encode("latin-1")
    except UnicodeEncodeError as fault:
        raise _fail(f"character {fault.start + 1:,} is no byte; bytes are written as \\u0000 to \\u00ff", path) from None
    if node.kind == "bytes":
        return _long(len(data)) + data
    if len(data) != node.size:
        raise _fail(f"{node.name} has {node.size:,} bytes; these are {len(data):,}", path)
    return data


def _utf8(value: str, path: Path) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise _fail("a lone surrogate stands in it: half a character", path) from None


def _decimal(node: Node, value: Any, path: Path, out: bytearray) -> None:
    """Write a number exactly, or not at all."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _fail(f"{_said(value)} is no number", path)
    with localcontext() as context:
        context.prec = 5000
        moved = Decimal(value).scaleb(node.scale or 0)
        whole = int(moved) if moved.is_finite() and moved.adjusted() < 4000 else None
        if whole is None or whole != moved:
            raise _fail(f"it has more than {node.scale} digits after the point", path)
    size = node.size if node.kind == "fixed" else max(1, (whole.bit_length() + 8) // 8)
    try:
        data = whole.to_bytes(size, "big", signed=True)
    except OverflowError:
        raise _fail(f"the number does not fit {size} bytes", path) from None
    out += (_long(size) if node.kind == "bytes" else b"") + data


def _record(node: Node, value: Any, path: Path, out: bytearray) -> None:
    if not isinstance(value, dict):
        raise _fail(f"{_said(value)} is no {node.name}: an object with its fields is", path)
    known = {name for name, _, _ in node.fields}
    if extra := next((name for name in value if name not in known), None):
        raise _fail(f"{node.name} has no such field", (*path, extra))
    for name, inner, default in node.fields:
        if name in value:
            _write(inner, value[name], (*path, name), out)
        elif default is not ABSENT:
            _write(inner, default, (*path, name), out)
        else:
            raise _fail(f"it is missing; {node.name} needs it", (*path, name))


def _many(node: Node, value: Any, path: Path, out: bytearray) -> None:
    if not isinstance(value, list if node.kind == "array" else dict):
        raise _fail(f"{_said(value)} is no {node.kind}", path)
    if value:
        out += _long(len(value))
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str):
                data = _utf8(name, path)
                out += _long(len(data)) + data
            _write(node.inner[0], inner, (*path, name), out)
    out += b"\x00"


def _union(node: Node, value: Any, path: Path, out: bytearray) -> None:
    faults = []
    for place, branch in enumerate(node.inner):
        scratch = bytearray()
        try:
            _write(branch, value, path, scratch)
        except Unfit as fault:
            faults.append((branch, fault))
            continue
        out += _long(place) + scratch
        return
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        for place, branch in enumerate(node.inner):
            if name in (branch.name, branch.kind):
                out += _long(place)
                _write(branch, inner, (*path, name), out)
                return
    nearest = [fault for branch, fault in faults if branch.kind != "null"]
    if len(nearest) == 1 or (nearest and any(fault.path != written(path) for fault in nearest)):
        raise max(nearest, key=lambda fault: len(fault.path))
    raise _fail(f"{_said(value)} is none of {', '.join(branch.name or branch.kind for branch in node.inner)[:300]}", path)


def _said(value: Any) -> str:
    kinds = ((bool, "true or false"), (int | float | Decimal, "a number"), (str, "a text"), (list, "a list"), (dict, "an object"))
    return "null" if value is None else next((word for kind, word in kinds if isinstance(value, kind)), "this")


def sample(schema: Schema, message: str = "") -> Any:
    """Return a value that fits a schema."""
    return _sample(avro_schema.parse(schema), 0)


EXAMPLES: dict[str, Any] = {"null": None, "boolean": False, "int": 0, "long": 0, "float": 0.0, "double": 0.0, "bytes": "", "string": "text"}


def _sample(node: Node, depth: int) -> Any:
    if node.scale is not None:
        return 0
    if node.kind == "union":
        wanted = [branch for branch in node.inner if branch.kind != "null"] if depth < 4 else node.inner
        if depth >= 4 and any(branch.kind == "null" for branch in node.inner):
            return None
        return _sample(wanted[0], depth + 1) if wanted else None
    if node.kind == "record":
        if depth > values.DEPTH // 2:
            raise Unfit(f"{node.name} holds itself without end")
        return {name: default if default is not ABSENT else _sample(inner, depth + 1) for name, inner, default in node.fields}
    if node.kind == "array":
        return [_sample(node.inner[0], depth + 1)] if depth < 4 else []
    if node.kind == "map":
        return {"key": _sample(node.inner[0], depth + 1)} if depth < 4 else {}
    if node.kind == "enum":
        return node.symbols[0] if node.symbols else ""
    if node.kind == "fixed":
        return "\x00" * node.size
    return "123e4567-e89b-12d3-a456-426614174000" if node.logical == "uuid" else EXAMPLES[node.kind]
