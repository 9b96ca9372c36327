"""Which records a request wants: by key, by filter; and those that a child died of, which are not looked into again.

A run of messages is handed to the filter as a whole, which is its fast way. Where a child has died of something nobody
knows, the next one goes record by record and says each before it looks into it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from controlcenter.browse.criterion import compiled
from controlcenter.browse.filter import Filter, values
from controlcenter.browse.request import Request
from controlcenter.kafka import browsing
from controlcenter.kafka.browsing import Raw
from controlcenter.serde import detect, framed
from controlcenter.serde.values import Decoded, Schemas

WHOLE_BYTES = 64 << 20  # of a field that a filter looks into; larger ones count as bytes
NAMES = frozenset(framed.HEADERS.values())
EXACT = msgspec.json.Decoder(float_hook=values.number).decode

Place = tuple[int, int]


class Note(Protocol):
    """Says what is about to be looked into, so that a death names it: one record, or a run of them from this one on."""

    def record(self, partition: int, offset: int) -> None: ...
    def run(self, partition: int, offset: int) -> None: ...


class Sieve:
    """skip: (partition, offset) → what its content did to a child."""

    def __init__(
        self, request: Request, topic: str, schemas: Schemas | None, note: Note, skip: Mapping[Place, str], *, is_careful: bool
    ) -> None:
        self.key, self.note, self.skip, self.is_careful = request.key, note, skip, is_careful
        self.filter = compiled(request)
        self._by_header = compiled(request, is_decoded=True) if schemas is not None else None
        self._record = Reading(topic, schemas, request.key_serde or None, request.value_serde or None)

    def pick(self, partition: int, messages: list[Any], read: Callable[[Any], Raw]) -> list[tuple[int, Raw]]:
        """Return the wanted ones, each with its place among the messages."""
        if not messages:
            return []
        wanted = messages if self.key is None else [m for m in messages if m.key() == self.key]
        poison = [m for m in wanted if (partition, m.offset()) in self.skip] if self.skip else []
        if self.filter is not None:
            wanted = self._filtered(partition, [m for m in wanted if m not in poison] if poison else wanted, self.filter)
            wanted = sorted([*wanted, *poison], key=lambda m: m.offset()) if poison else wanted
        if wanted is messages:
            return list(enumerate(map(read, messages)))
        if not wanted:
            return []
        ahead = iter([*wanted, None])
        awaited = next(ahead)
        found = []
        for i, message in enumerate(messages):
            if message is awaited:
                found.append((i, read(message)))
                awaited = next(ahead)
        return found

    def _filtered(self, partition: int, messages: list[Any], wanted: Filter) -> list[Any]:
        named = [m for m in messages if _is_named(m)] if self._by_header is not None else []
        if not named or self._by_header is None:
            return self._picked(partition, messages, wanted)
        others = {id(m) for m in named}
        found = self._picked(partition, [m for m in messages if id(m) not in others], wanted)
        found += self._picked(partition, named, self._by_header)
        wanted.take_over(self._by_header)
        return sorted(found, key=lambda m: m.offset())

    def _picked(self, partition: int, messages: list[Any], wanted: Filter) -> list[Any]:
        if not self.is_careful:
            if messages:
                self.note.run(partition, messages[0].offset())
            return wanted.pick(messages, self._record)
        found = []
        for message in messages:
            self.note.record(partition, message.offset())
            if wanted.may_match(message.key(), message.value()) and wanted.matches(self._record(message)):
                found.append(message)
        return found


def _is_named(message: Any) -> bool:
    """Whether a header of a record names the schema of its key or value."""
    try:
        return any(name in NAMES for name, _ in message.headers() or ())
    except (UnicodeDecodeError, SystemError):  # names that the client cannot give: whoever makes the record says so
        return False


class Message:
    """A record as filters look into it: nothing is decoded before it is asked for."""

    __slots__ = ("_message", "_with", "key", "value")

    def __init__(self, message: Any, reading: "Reading") -> None:
        self._message, self._with = message, reading
        self.key: bytes | None = message.key()
        self.value: bytes | None = message.value()

    @property
    def partition(self) -> int:
        return int(self._message.partition())

    @property
    def offset(self) -> int:
        return int(self._message.offset())

    @property
    def timestamp_ms(self) -> int:
        return int(self._message.timestamp()[1])

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        return browsing.headers(self._message)

    def decoded_key(self) -> Any:
        return self._with.read(self.key, "key", None, self._frame("key"))

    def decoded_value(self) -> Any:
        return self._with.read(self.value, "value", self.key, self._frame("value"))

    def _frame(self, part: str) -> bytes | None:
        return framed.of_headers(self.headers, part)


class Reading:
    """Makes messages readable: with the topic's schemas and the formats chosen for it."""

    def __init__(self, topic: str, schemas: Schemas | None, key_as: str | None, value_as: str | None) -> None:
        self._topic, self._schemas = topic, schemas
        self._forced = {"key": key_as, "value": value_as}

    def __call__(self, message: Any) -> Message:
        return Message(message, self)

    def read(self, data: bytes | None, part: str, key: bytes | None, frame: bytes | None = None) -> Any:
        """Return a field as data, exactly; raises ValueError for what cannot be."""
        found: Decoded = detect.decode(
            data, WHOLE_BYTES, topic=self._topic, part=part, forced=self._forced[part], schemas=self._schemas, key=key, frame=frame
        )
        if found.fault or found.is_cut:
            raise ValueError(found.fault or "too large")
        if found.is_document:
            return EXACT(found.text.encode())
        return data if found.format == "hex" else found.text
