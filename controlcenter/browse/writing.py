"""Whole records as pieces of a file, made inside a child: nothing of a field is left out, and the parent holds a piece at most.

Two frames: `piece` (bytes) while a record is on its way, and `written` (bytes, places, members, manifest) when some are whole.
Law: what a parent got since the last `written` belongs to records that are not whole yet; it forgets that when a child dies.
"""

import base64
import codecs
import json
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NamedTuple

from controlcenter.browse import archive, export
from controlcenter.browse.request import Request
from controlcenter.browse.rows import LARGEST_BYTES
from controlcenter.kafka.browsing import Raw
from controlcenter.serde import detect, framed
from controlcenter.serde.values import Schemas

PIECE = 1 << 20
ENOUGH = 256 << 10  # of whole records: they leave together, as a frame costs more than a small record
WHOLE = 1 << 62  # bytes to show: all
STEP = 1 << 20  # of a large field at a time

Send = Callable[..., None]


class Field(NamedTuple):
    """texts: what stands in the file, in pieces, as often as asked. note: what is odd about it."""

    is_null: bool
    is_document: bool
    texts: Callable[[], Iterable[str]]
    note: str = ""


NULL = Field(is_null=True, is_document=False, texts=tuple)


class Writer:
    """Takes records and sends them, whole."""

    def __init__(self, asked: Request, topic: str, schemas: Schemas | None, send: Send) -> None:
        self._asked, self._topic, self._schemas, self._send = asked, topic, schemas, send
        self._pieces = {"csv": self._row, "zip": self._members}.get(asked.form, self._line)
        self._waiting, self._passed = bytearray(), 0  # what did not leave yet, and how much left since all was whole last
        self._places: list[list[int]] = []
        self._members_: list[list[Any]] = []
        self._manifest = bytearray()

    def add(self, record: Raw, fault: str) -> None:
        """Write one record. fault: why its content is not to be looked into, "" for every other."""
        for piece in self._pieces(record, fault):
            self._waiting += piece
            while len(self._waiting) >= PIECE:
                self._send("piece", bytes(self._waiting[:PIECE]))
                del self._waiting[:PIECE]
                self._passed += PIECE
        self._places.append([record.partition, record.offset])
        if len(self._waiting) + len(self._manifest) >= ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Send what waits; only whole records do, here."""
        if self._places:
            self._send("written", bytes(self._waiting), self._places, self._members_, bytes(self._manifest))
        self._waiting, self._passed, self._places, self._members_, self._manifest = bytearray(), 0, [], [], bytearray()

    def _line(self, record: Raw, fault: str) -> Iterator[bytes]:
        """Yield a record as one line of JSON."""
        at_ms = json.dumps(record.timestamp_ms if record.timestamp_ms >= 0 else None)
        yield f'{{"partition":{record.partition},"offset":{record.offset},"timestamp":{at_ms}'.encode()
        notes = [fault] if fault else []
        for part in ("key", "value"):
            field = NULL if fault else self._field(record, part)
            yield f',"{part}":'.encode()
            yield from _json(field)
            notes += [f"{part}: {field.note}"] if field.note else []
        yield b',"headers":['
        for place, (name, value) in enumerate(() if fault else record.headers):
            yield (b"," if place else b"") + b"[" + export.string(name).encode() + b","
            yield from _json(_header(value))
            yield b"]"
        yield b"]" + (f',"note":{export.string("; ".join(notes))}'.encode() if notes else b"") + b"}\n"

    def _row(self, record: Raw, fault: str) -> Iterator[bytes]:
        """Yield a record as one row of CSV, the columns of `export.COLUMNS`."""
        separator, guard = self._asked.separator.encode(), self._asked.is_guarded
        at_ms = record.timestamp_ms if record.timestamp_ms >= 0 else ""
        yield f"{record.partition}{self._asked.separator}{record.offset}{self._asked.separator}{at_ms}".encode()
        notes = [fault] if fault else []
        for part in ("key", "value"):
            field = NULL if fault else self._field(record, part)
            yield separator
            yield from _cell(field.texts(), self._asked.separator, guard=guard)
            notes += [f"{part}: {field.note}"] if field.note else []
        headers = [] if fault else [[name, None if value is None else "".join(_header(value).texts())] for name, value in record.headers]
        for text in (json.dumps(headers) if headers else "", "; ".join(notes)):
            yield separator
            yield from _cell([text], self._asked.separator, guard=guard)
        yield b"\r\n"

    def _members(self, record: Raw, fault: str) -> Iterator[bytes]:
        """Yield a record's bytes as members of a ZIP, and keep its line of the manifest."""
        sizes = {}
        for part, data in (("key", record.key), ("value", record.value)):
            sizes[part] = {"is_null": data is None, "size_bytes": None if data is None else len(data)}
            if data is None or record.fault:
                continue
            start = self._passed + len(self._waiting)
            member = yield from archive.deflated(f"{record.partition}-{record.offset}.{part}", data)
            self._members_.append([member.name, member.crc, member.packed_bytes, member.size_bytes, start])
        headers = [[name, None if value is None else base64.b64encode(value).decode()] for name, value in record.headers]
        told: dict[str, Any] = {
            "partition": record.partition, "offset": record.offset, "timestamp_ms": record.timestamp_ms, **sizes, "headers": headers,
        }  # fmt: skip
        self._manifest += json.dumps({**told, **({"note": record.fault} if record.fault else {})}).encode() + b"\n"

    def _field(self, record: Raw, part: str) -> Field:
        data = record.key if part == "key" else record.value
        if data is None:
            return NULL
        if len(data) > LARGEST_BYTES:
            return Field(False, False, _large(data), f"not decoded: more than {LARGEST_BYTES >> 20} MiB")
        forced = self._asked.key_serde if part == "key" else self._asked.value_serde
        found = detect.decode(
            data,
            WHOLE,
            topic=self._topic,
            part=part,
            forced=forced or None,
            schemas=self._schemas,
            key=None if part == "key" else record.key,
            frame=framed.of_headers(record.headers, part),
        )
        return Field(found.format == "null", found.is_document, lambda: (found.text,), found.fault)


def _header(value: bytes | None) -> Field:
    if value is None:
        return NULL
    if len(value) > LARGEST_BYTES:
        return Field(False, False, _large(value))
    found = detect.decode(value, WHOLE, part="header")
    return Field(False, False, lambda: (found.text,))


def _large(data: bytes) -> Callable[[], Iterator[str]]:
    """Return bytes as text, a step at a time: of UTF-8 when it is, of hexadecimal digits otherwise."""
    steps = range(0, len(data), STEP)

    def as_text() -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        for i in steps:
            yield decoder.decode(data[i : i + STEP])
        yield decoder.decode(b"", final=True)

    def as_hex() -> Iterator[str]:
        return (data[i : i + STEP].hex() for i in steps)

    try:
        for _ in as_text():
            pass
    except UnicodeDecodeError:
        return as_hex
    return as_text


def _json(field: Field) -> Generator[bytes, None, None]:
    if field.is_null:
        yield b"null"
        return
    if field.is_document:
        (whole,) = field.texts()
        yield (whole if export.is_line_of_json(whole) else export.string(whole)).encode()
        return
    yield b'"'
    for text in field.texts():
        yield export.string(text)[1:-1].encode()
    yield b'"'


def _cell(texts: Iterable[str], separator: str, *, guard: bool) -> Generator[bytes, None, None]:
    """Yield one cell; quoted when it holds what would end it. A field of several texts is large, and quoted anyway."""
    ahead = iter(texts)
    first = next(ahead, "")
    first = export.guarded(first) if guard else first
    second = next(ahead, None)
    if second is None and not any(sign in first for sign in (separator, '"', "\r", "\n")):
        yield first.encode("utf-8", "replace")
        return
    yield b'"' + first.replace('"', '""').encode("utf-8", "replace")
    if second is not None:
        yield second.replace('"', '""').encode()
    for text in ahead:
        yield text.replace('"', '""').encode()
    yield b'"'
