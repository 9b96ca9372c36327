"""A record as filters take it, and what a filter has seen of it: decoded at most once, and only when asked."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from controlcenter.browse.filter import prefilter, values

EXACT = msgspec.json.Decoder(float_hook=values.number).decode
DEEPEST = 32  # loops in loops: the parser allows no more
HEADER_TEXTS = 10_000  # of one record


class Record(Protocol):
    """timestamp_ms  negative when there is none
    decoded_key, decoded_value  what the serde makes of the bytes; called only for what is neither JSON nor text. May fail with
    anything: the field then counts as its bytes.
    """

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp_ms(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...

    def decoded_key(self) -> Any: ...
    def decoded_value(self) -> Any: ...


class Seen:
    """One record while it is looked at. items: what the loops stand at, the outermost first."""

    __slots__ = ("_headers", "_json", "_key", "failed", "items", "record")

    record: Record

    def __init__(self, json: Sequence[str]) -> None:
        self._json = json
        self.items: list[Any] = [None] * DEEPEST

    def start(self, record: Record) -> "Seen":
        """Forget the last record and look at this one; one Seen serves a filter for all of them."""
        self.record = record
        self.failed = False
        self._key: Any = self
        self._headers: dict[str, Any] | None = None
        return self

    @property
    def key(self) -> Any:
        if self._key is self:
            self._key = self.decode(self.record.key, self.record.decoded_key, "key" in self._json)
        return self._key

    def value(self) -> Any:
        return self.decode(self.record.value, self.record.decoded_value, "value" in self._json)

    def decode(self, data: bytes | None, otherwise: Callable[[], Any], may_be_json: bool) -> Any:
        """Return a field as data: null, JSON, text, and else what the serde says; its bytes when nothing can read it."""
        if data is None:
            return None
        if may_be_json:
            if is_json(data):
                try:
                    return EXACT(data)
                except (ValueError, RecursionError):  # msgspec's errors and Unicode's are ValueErrors
                    pass
            elif prefilter.is_text(data):
                return data.decode("utf-8")
        try:
            return values.plain(otherwise())
        except MemoryError:
            raise
        except Exception:  # decoders of foreign bytes fail with anything
            if may_be_json and prefilter.is_text(data):
                return data.decode("utf-8")  # it only began like JSON
            self.failed = True
            return data

    @property
    def headers(self) -> dict[str, Any]:
        """Return the headers by name, of several alike the last, as Kafka itself does."""
        if self._headers is None:
            self._headers = {name: text_of(value) for name, value in self.record.headers[:HEADER_TEXTS]}
        return self._headers

    @property
    def header_list(self) -> list[dict[str, Any]]:
        return [{"name": name, "value": text_of(value)} for name, value in self.record.headers[:HEADER_TEXTS]]

    @property
    def schema_id(self) -> int | None:
        """Return the id of a value in a registry's frame: a zero byte, then four of the id."""
        value = self.record.value
        return None if value is None or len(value) < 5 or value[0] else int.from_bytes(value[1:5], "big")


def is_json(data: bytes) -> bool:
    return data[:1] in (b"{", b"[") or data.lstrip()[:1] in (b"{", b"[")


def text_of(data: bytes | None) -> str | bytes | None:
    if data is None:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data
