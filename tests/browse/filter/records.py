"""Records for the tests of filters, as plain values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def nothing() -> Any:
    raise ValueError("no decoder knows it")


@dataclass
class Given:
    value: bytes | None = None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int = 0
    offset: int = 0
    timestamp_ms: int = 0
    decoded_key: Callable[[], Any] = nothing
    decoded_value: Callable[[], Any] = nothing


class Message:
    """As the client gives it."""

    def __init__(self, record: Given) -> None:
        self.record = record

    def key(self) -> bytes | None:
        return self.record.key

    def value(self) -> bytes | None:
        return self.record.value

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return list(self.record.headers) or None
