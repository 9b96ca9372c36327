"""A message as the list and the record's pane draw it. The letters are the record's own; nothing of it becomes markup."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from controlcenter.browse.page import Row
from controlcenter.serde.values import Decoded

PREVIEW = 400  # letters of a value in the list
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|\s+|.', re.DOTALL)
FORMS = {"null": "null", "empty": "empty", "json": "JSON", "text": "text", "hex": "bytes", "avro": "Avro", "protobuf": "Protobuf",
         "jsonschema": "JSON Schema", "msgpack": "MessagePack", "cbor": "CBOR"}  # fmt: skip


class Line:
    """A row as the page shows it."""

    def __init__(self, slug: str, topic: str, row: Row) -> None:
        self.row = row
        self.href = reverse("record", args=[slug, topic, row.partition, row.offset])
        self.key, self.value = row.key, row.value

    @property
    def when(self) -> str:
        at = self._at()
        return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03}" if at else "–"

    @property
    def stamp(self) -> str:
        at = self._at()
        return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03} UTC" if at else "none"

    @property
    def key_preview(self) -> SafeString:
        return preview(self.key, 120)

    @property
    def value_preview(self) -> SafeString:
        return preview(self.value, PREVIEW)

    @property
    def key_form(self) -> str:
        return form(self.key)

    @property
    def value_form(self) -> str:
        return form(self.value)

    @property
    def key_hex(self) -> str:
        return "\n".join(dump(self.key.raw)) if self.key else ""

    @property
    def value_hex(self) -> str:
        return "\n".join(dump(self.value.raw)) if self.value else ""

    @property
    def is_tombstone(self) -> bool:
        return self.value is not None and self.value.format == "null" and self.key is not None and self.key.format != "null"

    @property
    def flags(self) -> list[str]:
        """What is unusual about it, one word each."""
        odd = [part for part in (self.key, self.value) if part is not None and part.fault]
        return [*self.row.flags, *["tombstone"] * (self.is_tombstone and not self.row.flags), *["undecodable"] * bool(odd)]

    def _at(self) -> datetime | None:
        ms = self.row.timestamp_ms
        try:
            return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None  # a producer may write any number there


def form(decoded: Decoded | None) -> str:
    return FORMS.get(decoded.format, decoded.format) if decoded else "?"


def preview(decoded: Decoded | None, most: int) -> SafeString:
    """Return a value in one line; the letters are the value's own."""
    if decoded is None:
        return format_html('<span class="odd">{}</span>', "cannot be decoded")
    if decoded.format in ("null", "empty"):
        return format_html('<span class="nothing">{}</span>', decoded.format)
    text = decoded.text[:most]
    if not decoded.is_document:
        return format_html('<span class="{}">{}</span>', "n" if decoded.format.startswith("int") else "", " ".join(text.split()))
    return format_html_join("", '<span class="{}">{}</span>', _coloured(text))


def dump(raw: bytes) -> Iterator[str]:
    """Yield lines of sixteen bytes: where, digits, letters."""
    for at in range(0, len(raw), 16):
        part = raw[at : at + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
        yield f"{at:08x}  {part.hex(' '):<47}  {letters}"


def _coloured(text: str) -> Iterator[tuple[str, str]]:
    words = [" " if word.isspace() else word for word in TOKEN.findall(text)]
    for i, word in enumerate(words):
        following = next((other for other in words[i + 1 : i + 3] if other != " "), "")
        if word[0] == '"':
            yield ("f" if following == ":" else "s"), word
        else:
            yield ("n" if word[0].isdigit() or (word[0] == "-" and len(word) > 1) else ""), word
