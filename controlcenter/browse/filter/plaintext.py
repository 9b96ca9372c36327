"""Plain text: looked for in the bytes as they came, and in what decoding brings out of them.

A JSON document is searched as it stands (`"n":5` finds); where it hides characters behind backslashes its texts are searched
too. Of binary formats every name, text and number is searched by itself.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from controlcenter.browse.filter import prefilter
from controlcenter.browse.filter.errors import FilterError
from controlcenter.browse.filter.filters import Filter, M
from controlcenter.browse.filter.record import Record, Seen, is_json
from controlcenter.errors import Kind

LONGEST = 4096
LEAVES = 100_000  # names, texts and numbers of one field


class Plaintext(Filter):
    def __init__(self, text: str, hash: str, *, ignore_case: bool, parts: Sequence[str], json: Sequence[str]) -> None:
        super().__init__(text, "text", hash)
        if not text or not parts:
            raise FilterError(Kind.INVALID, "There is nothing to look for.", "Type a text, and tick where to look.", "filter")
        if len(text) > LONGEST:
            raise FilterError(Kind.INVALID, f"The text has {len(text):,} characters.", f"Keep it within {LONGEST:,}.", "filter")
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise FilterError(Kind.INVALID, "The text holds half a character.", "Write the whole character.", "filter")
        self._ignores_case, self._parts, self._json = ignore_case, parts, json
        self._text = text.casefold() if ignore_case else text
        self._bytes = self._text.encode()

    def may_match(self, key: bytes | None, value: bytes | None) -> bool:
        return "headers" in self._parts or self._may("key", key) or self._may("value", value)

    def matches(self, record: Record) -> bool:
        if self._raw(record.key, record.value, record.headers):
            return True
        seen = Seen(self._json).start(record)
        fields = (("value", record.value, record.decoded_value), ("key", record.key, record.decoded_key))
        found = any(self._decoded(part, data, decode, seen) for part, data, decode in fields)
        self.undecoded += seen.failed
        return found

    def pick(self, messages: Sequence[M], record: Callable[[M], Record]) -> list[M]:
        found: list[M] = []
        for run in prefilter.runs(messages):
            if not self._is_hopeless(run):
                found += self._picked(run, record)
        return found

    def _picked(self, messages: Sequence[M], record: Callable[[M], Record]) -> list[M]:
        """Return what matches, looking at each."""
        found: list[M] = []
        asks_headers = "headers" in self._parts
        for message in messages:
            key, value = message.key(), message.value()
            if self._raw(key, value, record(message).headers if asks_headers else ()) or (
                (self._hides("value", value) or self._hides("key", key)) and self.matches(record(message))
            ):
                found.append(message)
        return found

    def _is_hopeless(self, messages: Sequence[M]) -> bool:
        """Whether the values are JSON objects and the text is in none, nor in any key, and there are no headers to look into."""
        if "value" not in self._parts or "value" not in self._json:
            return False
        if "key" in self._parts and any(self._may("key", message.key()) for message in messages):
            return False
        try:
            if "headers" in self._parts and any(message.headers() for message in messages):
                return False
        except (UnicodeDecodeError, SystemError):  # names that the client cannot give: whoever makes the record says so
            return False
        return prefilter.is_hopeless([message.value() for message in messages], self._bytes, ignores_case=self._ignores_case)

    def _raw(self, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> bool:
        """Whether the text lies in the bytes as they came."""
        if self._lies_in("value", value) or self._lies_in("key", key):
            return True
        return "headers" in self._parts and any(self._is_in(name.encode()) or (v is not None and self._is_in(v)) for name, v in headers)

    def _may(self, part: str, data: bytes | None) -> bool:
        return self._lies_in(part, data) or self._hides(part, data)

    def _lies_in(self, part: str, data: bytes | None) -> bool:
        return data is not None and part in self._parts and self._is_in(data)

    def _is_in(self, data: bytes) -> bool:
        if not self._ignores_case:
            return bool(prefilter.find(data, self._bytes) >= 0)
        if data.isascii():
            return self._bytes in data.lower()
        return self._text in data.decode("utf-8", "replace").casefold()

    def _hides(self, part: str, data: bytes | None) -> bool:
        """Whether decoding can bring out what the bytes do not show."""
        if data is None or part not in self._parts:
            return False
        if part not in self._json:
            return True
        return b"\\" in data if is_json(data) else not prefilter.is_text(data)

    def _decoded(self, part: str, data: bytes | None, decode: Callable[[], Any], seen: Seen) -> bool:
        return self._hides(part, data) and self._is_among(seen.decode(data, decode, part in self._json))

    def _is_among(self, found: Any) -> bool:
        """Look through every name, text and number of what was decoded."""
        level, many = [found], 0
        while level and many < LEAVES:
            each = level.pop()
            many += 1
            if isinstance(each, dict):
                level += [*each.keys(), *each.values()]
            elif isinstance(each, (list, tuple)):
                level += each
            elif (leaf := _leaf(each)) and self._text in (leaf.casefold() if self._ignores_case else leaf):
                return True
        return False


def _leaf(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
