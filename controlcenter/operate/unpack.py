"""The rows of a file that somebody uploads: the parts of many records as text, or what is wrong with a line.

Nothing of a file is sent before all of it was read and accepted. Forms: NDJSON (one record a line, as the export writes
it), CSV (the first line names the columns), and one value a line. Pure; the door runs it in a killable child.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controlcenter.errors import Kind, Problem

FORMS = ("ndjson", "csv", "lines")
PARTS = ("key", "value", "headers", "partition", "timestamp")
EXPORTED = ("offset", "note")  # what an export says beside: a place is not written again
COLUMNS = ("key", "value", "partition", "timestamp")
FIELD_BYTES = 8 << 20
SEPARATORS = ",;\t|"
HEADER_BYTES = 32 << 10  # of a header's name
LATEST_MS = 253_402_300_799_999  # 9999-12-31: beyond it no client prints a date


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the file tells it: key and value are text (None: null), still to be encoded."""

    key: str | None
    value: str | None
    headers: tuple[tuple[str, str | None], ...] = ()
    partition: int | None = None
    timestamp_ms: int | None = None


def rows(data: bytes, form: str, separator: str = "", documents: frozenset[str] = frozenset()) -> Iterator[tuple[int, Row | Problem]]:
    """Yield (line, row or what is wrong with it). A file that cannot be read at all raises Problem(INVALID).

    documents   the parts (key, value) whose texts are JSON: a string of NDJSON keeps its quotes there
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise _invalid("file", f"Line {line} is not UTF-8.", "Save the file as UTF-8.") from None
    if form == "csv":
        yield from _csv(text, separator)
        return
    if form not in FORMS:
        raise _invalid("form", f"There is no form of file called {form}.", f"Use one of {', '.join(FORMS)}.")
    for line, content in enumerate(text.split("\n"), 1):
        plain = content.removesuffix("\r")
        if plain.strip():
            yield line, Row(None, plain) if form == "lines" else _object(plain, documents)


def separator_of(head: str) -> str:
    """Return the separator that the first line of a CSV file uses most; a comma when it uses none."""
    return max(SEPARATORS, key=head.count)


def timestamp(text: str) -> int | None:
    """Return epoch milliseconds from digits or ISO 8601 (UTC unless it names a zone); None for nothing. Raises Problem(INVALID)."""
    if not text:
        return None
    if text.isascii() and text.isdecimal():
        ms = int(text)
    else:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise _invalid("timestamp", f"“{text}” is not a time.", "Write 2026-11-24T14:29:58Z, or epoch milliseconds.") from None
        ms = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    if not 1 <= ms <= LATEST_MS:  # 0 means "now" to the client
        raise _invalid(
            "timestamp", f"{ms} ms is not a time that a client can write and show.", "Use a time after 1970-01-01T00:00:00Z, up to 9999."
        )
    return ms


def partition(text: str) -> int | None:
    """Return a partition's number, None for nothing. Raises Problem(INVALID)."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise _invalid("partition", f"“{text}” is not a partition.", "Use a whole number, or leave it empty.")
    return int(text)


def header_name(name: str) -> str:
    """Return the name of a header; raises Problem(INVALID) for none, and for one longer than 32 kB."""
    if not name:
        raise _invalid("headers", "A header needs a name.", "Name it, or empty its row.")
    if len(name.encode("utf-8", "replace")) > HEADER_BYTES:
        raise _invalid("headers", f"The header's name has {len(name):,} letters.", f"Use at most {HEADER_BYTES:,} bytes.")
    return name


def _object(content: str, documents: frozenset[str]) -> Row | Problem:
    try:
        found = json.loads(content)
    except json.JSONDecodeError as fault:
        return _invalid("file", f"Not JSON: {fault.msg} at column {fault.colno}.", "")
    except (RecursionError, ValueError) as fault:
        return _invalid("file", f"Not JSON: {fault}.", "")
    if not isinstance(found, dict):
        return _invalid("file", "The line is not a JSON object.", 'Write {"key": …, "value": …}.')
    if found.get("note"):
        return _invalid("file", f"The record is not whole: {found['note']}.", "Leave it out, or export it anew.")
    unknown = sorted(set(found) - {*PARTS, *EXPORTED})
    if unknown:
        return _invalid("file", f"“{unknown[0]}” is no part of a record.", f"Parts are {', '.join(PARTS)}.")
    try:
        return _row(found, _part(content, found, "key", documents), _part(content, found, "value", documents))
    except Problem as problem:
        return problem


def _part(content: str, found: Mapping[str, Any], name: str, documents: frozenset[str]) -> str | None:
    """Return a part as text: a string as it stands (unless it is a document), anything else as the JSON it is, in its own letters."""
    value = found.get(name)
    if value is None or (isinstance(value, str) and name not in documents):
        return value
    # Parsed again with every number kept in its letters: 1.10 stays 1.10, and 2^63 stays itself.
    exact = json.loads(content, parse_float=_Letters, parse_int=_Letters)[name]
    return _dump(exact)


class _Letters(str):
    """A number as it was written."""

    __slots__ = ()


def _dump(value: Any) -> str:
    if isinstance(value, _Letters):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{_dump(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _row(found: Mapping[str, Any], key: str | None, value: str | None) -> Row:
    place, at = found.get("partition"), found.get("timestamp")
    return Row(
        key, value, _headers(found.get("headers")), partition("" if place is None else str(place)), timestamp("" if at is None else str(at))
    )


def _headers(found: Any) -> tuple[tuple[str, str | None], ...]:
    """Accept {"name": "value"} or [["name", "value"], …]: the second keeps order and doubles."""
    pairs = list(found.items()) if isinstance(found, dict) else found or []
    if not isinstance(pairs, list) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise _invalid("headers", "The headers are neither an object nor a list of pairs.", 'Write [["name", "value"], …].')
    return tuple((header_name(str(name)), None if value is None else str(value)) for name, value in pairs)


def _csv(text: str, separator: str) -> Iterator[tuple[int, Row | Problem]]:
    csv.field_size_limit(FIELD_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or separator_of(text.partition("\n")[0]), strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as fault:
        raise _invalid("file", f"The first line cannot be read: {fault}.", "Close its quotes.") from None
    unknown = sorted(set(names) - set(COLUMNS))
    if "value" not in names or unknown:
        what = f"“{unknown[0]}”, which is no part of a record" if unknown else "no column “value”"
        raise _invalid("file", f"The first line names {what}.", f"Name the columns: {', '.join(COLUMNS)}; value is needed.")
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as fault:
            yield line, _invalid("file", f"Broken quotes or a field that is too long: {fault}.", "Nothing after this line can be read.")
            return
        if fields is None:
            return
        if fields:
            yield line, _fields(fields, names)


def _fields(fields: list[str], names: list[str]) -> Row | Problem:
    if len(fields) != len(names):
        return _invalid("file", f"It has {len(fields)} fields, the first line names {len(names)}.", "Quote fields that hold the separator.")
    found = dict(zip(names, fields, strict=True))
    try:
        return _row({name: found.get(name) or None for name in ("partition", "timestamp")}, found.get("key"), found["value"])
    except Problem as problem:
        return problem


def _invalid(place: str, what: str, hint: str) -> Problem:
    return Problem(Kind.INVALID, what, hint, place)
