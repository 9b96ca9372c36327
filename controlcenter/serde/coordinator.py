"""Records that brokers write for themselves, read by a table of their fields.

A record takes three parts of a table: number and name, the fields of its key, and the fields of its value after the first
flexible version ("-" when it has none). A field is `name:type`, then what is not usual:

    @3+  @1      only in these versions of the value       ?    may be null
    #0           a tagged field, by number                 []   a list;  (…) a structure

Flexible versions write lengths as varints, plus one, and end each structure with its tagged fields (KIP-482).
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from controlcenter.serde import render, values
from controlcenter.serde.values import Asked, Declined, Decoded, Unreadable, Wrong

NUMBERS = {"int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "int64": ">q"}
FIELD = re.compile(r"\s*(?P<name>\w+):(?P<list>\[\])?(?P<type>\w+|\()")
MARKS = re.compile(r"(?:@(?P<low>\d+)(?P<on>\+)?)?(?:#(?P<tag>\d+))?(?P<null>\?)?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. type "(": a structure of `fields`. low, high: the versions it is in."""

    name: str
    type: str
    fields: tuple["Field", ...] = ()
    is_list: bool = False
    low: int = 0
    high: int = 1 << 15
    tag: int | None = None
    may_be_null: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of record. flexible: the first version of its value that is; None when none is."""

    name: str
    key: tuple[Field, ...]
    value: tuple[Field, ...]
    flexible: int | None


def table(text: str) -> dict[int, Record]:
    """Return the records of a table by their number."""
    found: dict[int, Record] = {}
    for entry in re.split(r"\n(?=\d)", text.strip()):
        first, key, value = (entry + "\n").split("\n", 2)
        number, name = first.split(" ", 1)
        flexible, fields = value.strip().split(None, 1)
        found[int(number)] = Record(name, _fields(key)[0], _fields(fields)[0], None if flexible == "-" else int(flexible.rstrip("+")))
    return found


def _fields(text: str, at: int = 0) -> tuple[tuple[Field, ...], int]:
    """Return the fields from a place on, and where they end: the text's end, or after a closing bracket."""
    found = []
    while match := FIELD.match(text, at):
        inner: tuple[Field, ...] = ()
        at = match.end()
        if match["type"] == "(":
            inner, at = _fields(text, at)
        marks = MARKS.match(text, at)
        assert marks is not None  # noqa: S101  every part of it may be absent
        at = marks.end()
        low = int(marks["low"] or 0)
        high = low if marks["low"] and not marks["on"] else 1 << 15
        tag = None if marks["tag"] is None else int(marks["tag"])
        found.append(Field(match["name"], match["type"], inner, bool(match["list"]), low, high, tag, bool(marks["null"])))
    return tuple(found), at + 1


def decode(
    name: str,
    topic: str,
    records: Mapping[int, Record],
    data: bytes | None,
    asked: Asked,
    words: Mapping[str, tuple[str, ...]] | None = None,
) -> Decoded:
    """Return a key or a value of a broker's own topic as JSON; raises Declined, or Unreadable for what the table does not know.

    words  of numbers that stand for a state: field → its words
    """
    if asked.topic != topic and not asked.is_forced:
        raise Declined(f"is for the topic {topic}")
    if asked.part == "header" or not data:
        raise Declined("is for keys and values")
    is_key = asked.part == "key"
    head = data if is_key else asked.key
    if not head or len(head) < 2:
        raise Declined("needs the record's key, which says what it is")
    number = int.from_bytes(head[:2], "big", signed=True)
    if number not in records:
        raise Declined(f"its key says type {number}, which is none that Kafka 4.4 writes")
    record, version = records[number], int.from_bytes(data[:2], "big", signed=True)
    reader = _Reader(data, version, not is_key and record.flexible is not None and version >= record.flexible, words or {})
    try:
        value = reader.structure(record.key if is_key else record.value)
        reader.end()
        found = render.document(name, {"type": record.name, **({} if is_key else {"version": version}), **value}, len(data), asked.shown)
    except (Wrong, Unreadable, struct.error, UnicodeDecodeError, IndexError) as fault:
        said = fault if isinstance(fault, Wrong | Unreadable) else "the bytes end or break within a field"
        raise Declined(f"is no {record.name} of version {version}: {said}") from None
    return render.found(found, f"type {number} is {record.name}" + ("" if is_key else f", version {version}"), None)


class _Reader:
    """Reads fields one after another."""

    def __init__(self, data: bytes, version: int, is_flexible: bool, words: Mapping[str, tuple[str, ...]]) -> None:
        self.data, self.version, self.is_flexible, self.words, self.at = data, version, is_flexible, words, 2
        self.left = values.VALUES

    def end(self) -> None:
        if self.at != len(self.data):
            raise Wrong(f"{len(self.data) - self.at:,} bytes are left over")

    def structure(self, fields: tuple[Field, ...]) -> dict[str, Any]:
        present = [field for field in fields if field.low <= self.version <= field.high]
        found = {field.name: self.field(field) for field in present if field.tag is None}
        if self.is_flexible:
            self._tagged({field.tag: field for field in present if field.tag is not None}, found)
        return found

    def _tagged(self, known: Mapping[int | None, Field], found: dict[str, Any]) -> None:
        for _ in range(self._count(self.varint())):
            tag, size = self.varint(), self.varint()
            start = self.at
            if tag in known:
                found[known[tag].name] = self.field(known[tag])
            else:
                self.take(size)
            if self.at != start + size:
                raise Wrong(f"tagged field {tag} has another length")

    def field(self, field: Field) -> Any:
        if not field.is_list:
            return self._one(field)
        count = self.length("i")
        return None if count is None else [self._one(field, is_item=True) for _ in range(self._count(count))]

    def _one(self, field: Field, *, is_item: bool = False) -> Any:
        if field.type == "(":
            if field.may_be_null and not is_item and self.number(">b") < 0:
                return None
            return self.structure(field.fields)
        if field.type in NUMBERS:
            number = self.number(NUMBERS[field.type])
            words = self.words.get(field.name, ())
            return words[number] if 0 <= number < len(words) else number
        if field.type == "uuid":
            return str(UUID(bytes=self.take(16)))
        size = self.length("h" if field.type == "string" else "i")
        if size is None:
            return None
        return self.take(size).decode("utf-8") if field.type == "string" else self.take(size)

    def length(self, code: str) -> int | None:
        """Return a length, None for null: a varint plus one, or a number of its own width."""
        found = self.varint() - 1 if self.is_flexible else self.number(f">{code}")
        return None if found < 0 else found

    def number(self, code: str) -> int:
        (found,) = struct.unpack_from(code, self.data, self.at)
        self.at += struct.calcsize(code)
        return int(found)

    def varint(self) -> int:
        number = shift = 0
        while shift < 35:
            byte = self.data[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return number
            shift += 7
        raise Wrong("a length has no end")

    def take(self, size: int) -> bytes:
        if size < 0 or size > len(self.data) - self.at:
            raise Wrong(f"a length says {size:,}; {len(self.data) - self.at:,} bytes are there")
        self.at += size
        return self.data[self.at - size : self.at]

    def _count(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise Wrong(f"it holds more than {values.VALUES:,} values")
        return count
