"""DELIMITED: one line of CSV a record, fields in column order, quoted as RFC 4180 (and commons-csv) has it.

Law: an empty field is null, quoted or not; the number of fields must be the number of columns.
"""

import base64
import binascii
import csv
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.java import doubles
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire.base import Malformed, Reader, Values, Writer
from controlcenter.sql.wire.plain import fit, parse_double, plain_decimal, time_of_day

csv.field_size_limit(1 << 24)


def reader(columns: Sequence[Column], options: Format, is_key: bool) -> Reader:
    """Return bytes → values in the order of `columns`."""
    delimiter, count = options.delimiter, len(columns)
    parsers = [parser(c.type) for c in columns]
    plain_delimiter = delimiter.encode()

    def read(data: bytes) -> Values | None:
        cells = cells_of(data, delimiter, plain_delimiter)
        if len(cells) != count:
            raise Malformed(f"Column count mismatch on deserialization. topic-side: {len(cells)}, expected: {count}")
        return [None if cell == "" else parse(cell) for parse, cell in zip(parsers, cells, strict=True)]

    return read


def cells_of(data: bytes, delimiter: str, plain_delimiter: bytes) -> list[str]:
    """Return the fields of the first line. Raises `Malformed` when there is none, or its quotes do not close."""
    try:
        text = data.decode()
        if b'"' not in data and b"\n" not in data and b"\r" not in data and data:
            return text.split(delimiter)
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if cells:
                return cells
    except (csv.Error, UnicodeDecodeError) as error:
        raise Malformed(f"invalid DELIMITED record: {error}") from None
    raise Malformed("No fields in record")


def parser(kind: SqlType) -> Callable[[str], Any]:
    """Return text → value for one type; blanks are not forgiven, as Java's own parsers do not."""
    if isinstance(kind, types.Decimal):
        return lambda text: fit(plain_decimal(text), kind.precision, kind.scale)
    return _PARSERS[kind]


def _whole(bits: int) -> Callable[[str], int]:
    half = 1 << (bits - 1)

    def parse(text: str) -> int:
        if (text[1:] if text[:1] in ("+", "-") else text).isdecimal() and -half <= (number := int(text)) < half:
            return number
        raise Malformed(f'For input string: "{text}"')

    return parse


def _double(text: str) -> float:
    try:
        return parse_double(text)
    except ValueError:
        raise Malformed(f'For input string: "{text}"') from None


def _time(text: str) -> int:
    return time_of_day(_whole(64)(text))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("BYTES must be base64") from None


_PARSERS: dict[SqlType, Callable[[str], Any]] = {
    types.BOOLEAN: lambda text: text.lower() == "true",
    types.INTEGER: _whole(32),
    types.BIGINT: _whole(64),
    types.DOUBLE: _double,
    types.STRING: lambda text: text,
    types.BYTES: _bytes,
    types.DATE: _whole(32),
    types.TIME: _time,
    types.TIMESTAMP: _whole(64),
}


def writer(columns: Sequence[Column], options: Format, is_key: bool) -> Writer:
    """Return values → one line without its end. A key whose only value is null has null bytes."""
    delimiter = options.delimiter
    bare_key = is_key and len(columns) == 1

    def write(values: Sequence[Any]) -> bytes | None:
        if bare_key and values[0] is None:
            return None
        return delimiter.join([field(value, delimiter, i == 0) for i, value in enumerate(values)]).encode("utf-8", "replace")

    return write


def field(value: Any, delimiter: str, is_first: bool) -> str:
    """Return one field as commons-csv prints it in its MINIMAL way: the first one is quoted unless it begins as a word or number."""
    if value is None:
        return ""
    text = _text(value)
    if not text:
        return '""' if is_first else ""
    begins_oddly = not (text[0].isascii() and text[0].isalnum()) if is_first else text[0] <= "#"
    if begins_oddly or text[-1] <= " " or any(c in text for c in (delimiter, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return doubles.text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
