"""What a format is asked and gives back, and how much of a field is shown.

Law: `text` never claims more than the bytes say. What was left out or is odd stands in `notes`, whole sentences.
"""

from dataclasses import dataclass
from typing import Protocol

from controlcenter.schemas.model import Schema

SHOWN_BYTES = 1 << 20  # of one field; the rest is counted, not shown
DEPTH = 100  # of nested data, before any recursive reader sees it
VALUES = 1_000_000  # in one field: an array of nulls takes no bytes, and would never end
DOCUMENTS = ("json", "avro", "protobuf", "jsonschema", "msgpack", "cbor", "consumer_offsets", "transaction_state", "share_group_state")


class Declined(Exception):
    """This is not my format, and why: a phrase that follows the format's name."""


class Unreadable(Exception):
    """This is my format, and it cannot be read: a phrase. No other format may guess at it."""


class Wrong(Exception):
    """A schema, or bytes held against one, are not what they should be: a phrase."""


class Unfit(Exception):
    """What was typed cannot be written in this format. path: where in it, like $.lines[2].price; "" for all of it."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(f"{path}: {what}" if path else what)
        self.what, self.path = what, path


class Schemas(Protocol):
    """Whoever knows schemas by id: `schemas.book.Book`, or a test's own."""

    def get(self, number: int) -> Schema:
        """Return the schema of an id; raises Problem."""
        ...

    def by_guid(self, guid: str) -> Schema:
        """Return the schema of a GUID; raises Problem."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known beside the bytes.

    shown      how many bytes may be shown
    part       key, value or header
    schemas    None where no registry is set
    key        the bytes of the record's key: a value of __consumer_offsets cannot be read without
    is_forced  the reader chose this format: plausibility is no reason to decline
    frame      what a header of the record says its schema is (`framed.of_headers`), None when none does
    """

    shown: int = SHOWN_BYTES
    topic: str = ""
    part: str = "value"
    schemas: Schemas | None = None
    key: bytes | None = None
    is_forced: bool = False
    frame: bytes | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """One field as text.

    format      the NAME of a format of `detect.CHAIN`
    text        what to show; "" for null and empty
    size_bytes  of the field itself; 0 for null
    notes       what the reader must know: cut, doubled keys, NaN, integers beyond 2^53 …
    declined    (format, why not), for every format tried before this one
    raw         the first bytes, as they came
    is_exact    whether a JSON document survives a usual parser: no NaN, no double key, not cut
    why         how it was found: "magic 0, id 7 → orders-value v3, Avro"
    schema_id   of the schema it was read by, or should have been
    fault       why it could not be read by its schema: "schema 41: registry timeout"; "" when nothing is wrong
    """

    format: str
    text: str = ""
    size_bytes: int = 0
    notes: tuple[str, ...] = ()
    declined: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""
    is_exact: bool = True
    is_cut: bool = False
    why: str = ""
    schema_id: int | None = None
    fault: str = ""

    @property
    def is_document(self) -> bool:
        """Whether the text is a JSON document."""
        return self.format in DOCUMENTS


def cut(data: bytes, shown: int) -> tuple[str, tuple[str, ...]]:
    """Return the first bytes of valid UTF-8 as text, never half a character, and the note when something is missing."""
    if len(data) <= shown:
        return data.decode("utf-8"), ()
    return data[:shown].decode("utf-8", "ignore"), (f"The first {shown:,} of {len(data):,} bytes are shown.",)
