"""Values → JSON, one function a type: fields in column order, nulls written, doubles as Java prints them, decimals digit by digit."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from controlcenter.sql import types
from controlcenter.sql.catalog import Column
from controlcenter.sql.java import doubles
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire.base import Malformed

_encode = quick_text = msgspec.json.Encoder().encode  # quick_text: raises for a lone half of a surrogate pair


def template(columns: Sequence[Column]) -> bytes:
    """Return the object of these columns with `%b` where each value goes."""
    return b"{" + b",".join(encode_text(c.name).replace(b"%", b"%%") + b":%b" for c in columns) + b"}"


def encode_text(text: str) -> bytes:
    """Return a text as JSON; a lone half of a surrogate pair becomes `?`, as Java writes it."""
    try:
        return _encode(text)
    except UnicodeEncodeError:
        return _encode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\ufffd", "?"))


def encode_double(x: float) -> bytes:
    """Return a DOUBLE as Java prints it; what JSON has no number for becomes a string."""
    if 1e-3 <= x < 1e7 or -1e7 < x <= -1e-3:
        return _encode(x)  # there both write the shortest digits that read back as the number, without an exponent
    text = doubles.text(x)
    return b'"%b"' % text.encode() if text[-1] in "Ny" else text.encode()


def encoder(kind: SqlType) -> Callable[[Any], bytes]:
    """Return value → JSON for one type."""
    match kind:
        case types.Decimal():
            return lambda x: b"null" if x is None else format(x, "f").encode()
        case types.Array(item):
            inner = encoder(item)
            return lambda x: b"null" if x is None else b"[" + b",".join([inner(y) for y in x]) + b"]"
        case types.Map(key, value):
            return _map_encoder(key, encoder(value))
        case types.Struct(fields):
            parts = [(name, encoder(inner)) for name, inner in fields]
            frame = template([Column(name, inner) for name, inner in fields])
            return lambda x: b"null" if x is None else frame % tuple([encode(x.get(name)) for name, encode in parts])
    return _ENCODERS[kind]


def _map_encoder(key: SqlType, value: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    if key not in (types.STRING, types.NULL):
        raise Malformed("JSON only supports MAP types with STRING keys")

    def encode(x: Any) -> bytes:
        if x is None:
            return b"null"
        return b"{" + b",".join([encode_text("null" if name is None else name) + b":" + value(y) for name, y in x.items()]) + b"}"

    return encode


def _or_null(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    return lambda x: b"null" if x is None else encode(x)


def _encode_int(x: Any) -> bytes:
    return b"null" if x is None else b"%d" % x


_ENCODERS: dict[SqlType, Callable[[Any], bytes]] = {
    types.BOOLEAN: lambda x: b"null" if x is None else b"true" if x else b"false",
    types.INTEGER: _encode_int,
    types.BIGINT: _encode_int,
    types.DATE: _encode_int,
    types.TIME: _encode_int,
    types.TIMESTAMP: _encode_int,
    types.DOUBLE: _or_null(encode_double),
    types.STRING: _or_null(encode_text),
    types.BYTES: _or_null(lambda x: b'"%b"' % base64.b64encode(x)),
    types.NULL: lambda _: b"null",
}
