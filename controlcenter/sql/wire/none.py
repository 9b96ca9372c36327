"""NONE: no columns; bytes are ignored on read, null on write."""

from collections.abc import Sequence

from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.wire.base import Reader, Writer


def reader(columns: Sequence[Column], options: Format, is_key: bool) -> Reader:
    return lambda data: []


def writer(columns: Sequence[Column], options: Format, is_key: bool) -> Writer:
    return lambda values: None
