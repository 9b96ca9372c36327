"""Small readers around a record: windowed keys, headers, event times."""

import struct
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.sql import types
from controlcenter.sql.catalog import Column, KeyWindow, Timestamp
from controlcenter.sql.java import dates

_TIME, _SESSION = struct.Struct(">q"), struct.Struct(">qq")
pack_start = _TIME.pack  # what follows the key of a TUMBLING or HOPPING window
pack_span = _SESSION.pack  # (end, start): what follows the key of a SESSION


def splitter(window: KeyWindow) -> Callable[[bytes | None], tuple[bytes | None, int | None, int | None, bytes]]:
    """Return key bytes → (bytes of the key itself, start, end, bytes of the window). A null key has no window."""
    size = window.size_ms

    def split_time(key: bytes | None) -> tuple[bytes | None, int | None, int | None, bytes]:
        if key is None or len(key) < 8:
            return None, None, None, b""
        start: int = _TIME.unpack_from(key, len(key) - 8)[0]
        return key[:-8], start, start + (size or 0), key[-8:]

    def split_session(key: bytes | None) -> tuple[bytes | None, int | None, int | None, bytes]:
        if key is None or len(key) < 16:
            return None, None, None, b""
        end, start = _SESSION.unpack_from(key, len(key) - 16)
        return key[:-16], start, end, key[-16:]

    return split_session if window.kind == "SESSION" else split_time


def header_reader(column: Column) -> Callable[[Sequence[tuple[str, bytes | None]] | None], Any]:
    """Return the record's headers → the value of a HEADERS or HEADER('k') column: of several of one name the last."""
    name = column.header
    if name is None:
        return lambda headers: [{"KEY": key, "VALUE": value} for key, value in headers or ()]
    return lambda headers: next((value for key, value in reversed(headers or ()) if key == name), None)


def timestamp_reader(column: Column | None, stamp: Timestamp, is_fatal: bool = False) -> Callable[[Any], int]:
    """Return column value → event time in ms; ValueError when there is none, or one before 1970.

    is_fatal  a Problem instead, which ends the query: the setting `ksql.timestamp.throw.on.invalid`
    """
    pattern = stamp.format if column is not None and column.type == types.STRING else None

    def read(value: Any) -> int:
        ts = int(value) if pattern is None else dates.parse_timestamp(pattern, value, "UTC")
        if ts < 0:
            raise ValueError(f"negative timestamp {ts}")
        return ts

    def read_or_end(value: Any) -> int:
        try:
            return read(value)
        except (ValueError, TypeError, LookupError) as error:
            what = f"Fatal user code error in TimestampExtractor callback for record: {stamp.column} holds {value!r}."
            raise Problem(Kind.INVALID, what, "Unset ksql.timestamp.throw.on.invalid to drop such records.") from error

    return read_or_end if is_fatal else read


def padded(limit: int, lists: Sequence[Sequence[Any] | None]) -> list[tuple[Any, ...]]:
    """Return the rows of several table functions side by side, the shorter ones padded with null."""
    held = [one or () for one in lists]
    if max(map(len, held)) > limit:
        raise ValueError(f"more than {limit} rows from one record")
    return list(zip_longest(*held))
