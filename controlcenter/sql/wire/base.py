"""What a format offers: readers and writers for the columns of one side of a record.

Law: `reader(writer(values)) == values` for every value that the columns' types can hold.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from controlcenter.sql.catalog import Column, Format

Values = list[Any]
Reader = Callable[[bytes], "Values | None"]  # None: the bytes say null as a whole
Writer = Callable[[Sequence[Any]], "bytes | None"]


class Malformed(Exception):
    """Bytes that are not what the columns promise, or a value that the format cannot hold. The record is dropped and logged."""


class Halted(BaseException):
    """What a format needs is out of reach, so that nobody can say what the bytes are: the task stops and the record is not
    passed over. No Exception, because a task drops the record that one of those names.

    cause  the Problem for whoever runs the task
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Wire(Protocol):
    """One format. Adding one means writing these two and naming it in `formats.FORMATS`."""

    def reader(self, columns: Sequence[Column], options: Format, is_key: bool) -> Reader:
        """Return bytes → values in the order of `columns`; it raises `Malformed`."""

    def writer(self, columns: Sequence[Column], options: Format, is_key: bool) -> Writer:
        """Return values → bytes, None for null bytes; it raises `Malformed`."""


def is_wrapped(columns: Sequence[Column], options: Format, is_key: bool) -> bool:
    """Tell whether the columns stand in an object: always when there are several, a single one unless it is a key or told otherwise."""
    if len(columns) != 1:
        return True
    return not is_key if options.wrap is None else options.wrap
