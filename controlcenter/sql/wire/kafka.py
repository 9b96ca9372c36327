"""KAFKA: one bare value in the bytes of Kafka's own serializers; numbers big-endian.

Law: a number of the wrong length is `Malformed`, never padded or cut.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire.base import Malformed, Reader, Writer

_NUMBERS: dict[SqlType, struct.Struct] = {
    types.INTEGER: struct.Struct(">i"),
    types.BIGINT: struct.Struct(">q"),
    types.DOUBLE: struct.Struct(">d"),
}


def reader(columns: Sequence[Column], options: Format, is_key: bool) -> Reader:
    """Return bytes → the one value; without columns the bytes do not matter."""
    if not columns:
        return lambda data: []
    decode = _decoder(columns[0].type)
    return lambda data: [decode(data)]


def _decoder(kind: SqlType) -> Callable[[bytes], Any]:
    if kind == types.STRING:
        return lambda data: data.decode("utf-8", "replace")
    if kind == types.BYTES:
        return lambda data: data
    number = _NUMBERS[kind]

    def decode(data: bytes) -> Any:
        if len(data) != number.size:
            raise Malformed(f"Size of data received by the deserializer is not {number.size}")
        return number.unpack(data)[0]

    return decode


def writer(columns: Sequence[Column], options: Format, is_key: bool) -> Writer:
    """Return the one value → bytes; null is null bytes."""
    if not columns:
        return lambda values: None
    encode = _encoder(columns[0].type)
    return lambda values: None if values[0] is None else encode(values[0])


def _encoder(kind: SqlType) -> Callable[[Any], bytes]:
    if kind == types.STRING:
        return lambda text: text.encode("utf-8", "replace")
    if kind == types.BYTES:
        return bytes
    return _NUMBERS[kind].pack
