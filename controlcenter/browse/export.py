"""Rows as files: NDJSON, JSON, CSV and the raw bytes. Pure, in pieces, so that a long file is never held whole.

Law: a row that is not whole says so in the file: a cut text carries `is_cut`, a record that cannot be decoded its `fault`.
NDJSON is what the form that writes records reads back.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from controlcenter.errors import Kind, Problem

FORMATS = {"ndjson": "application/x-ndjson", "json": "application/json", "csv": "text/csv; charset=utf-8", "zip": "application/zip"}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
COLUMNS = ("partition", "offset", "timestamp", "key", "value", "headers", "note")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
DOCUMENTS = frozenset((
    "json", "avro", "protobuf", "jsonschema", "msgpack", "cbor", "consumer_offsets", "transaction_state", "share_group_state",
))  # fmt: skip

Row = Mapping[str, Any]  # of browse.shown


def check(format: str, separator: str) -> None:
    """Raise Problem(INVALID) for a format or a separator there is not."""
    if format not in FORMATS:
        raise Problem(Kind.INVALID, f"There is no export called {format}.", f"Use one of {', '.join(FORMATS)}.", "format")
    if separator not in SEPARATORS:
        raise Problem(Kind.INVALID, "That is no separator of CSV.", f"Use {', '.join(SEPARATORS.values())}.", "separator")


def text(rows: Iterable[Row], format: str, separator: str = ",", *, guard: bool = True) -> Iterator[bytes]:
    """Yield the pieces of a file of rows. guard: a cell a spreadsheet would compute gets an apostrophe before it."""
    if format == "csv":
        yield from _csv(rows, separator, guard)
        return
    if format == "json":
        yield b"["
        for place, row in enumerate(rows):
            yield (b",\n" if place else b"\n") + _object(row).encode()
        yield b"\n]\n"
        return
    for row in rows:
        yield _object(row).encode() + b"\n"


def archive(rows: Iterable[tuple[Row, bytes | None, bytes | None]]) -> bytes:
    """Return a ZIP of the bytes as they are: `<partition>-<offset>.key` and `.value`, and manifest.ndjson, which tells null from empty."""
    kept, manifest = io.BytesIO(), []
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as folder:
        for row, key, value in rows:
            name = f"{row['partition']}-{row['offset']}"
            sizes = {}
            for part, data in (("key", key), ("value", value)):
                size = row[part]["size_bytes"] if row[part] else None
                sizes[part] = {
                    "is_null": data is None,
                    "size_bytes": size,
                    "is_cut": data is not None and size is not None and len(data) < size,
                }
                if data is not None:
                    folder.writestr(f"{name}.{part}", data)
            manifest.append(
                json.dumps({"partition": row["partition"], "offset": row["offset"], "timestamp_ms": row["timestamp_ms"], **sizes})
            )
        folder.writestr("manifest.ndjson", "\n".join(manifest) + "\n")
    return kept.getvalue()


def _object(row: Row) -> str:
    parts = [f'"partition":{row["partition"]}', f'"offset":{row["offset"]}', f'"timestamp":{json.dumps(row["timestamp_ms"])}']
    parts += [f'"{name}":{_part(row[name])}' for name in ("key", "value")]
    headers = ",".join(f"[{string(name)},{_header(value)}]" for name, value in row.get("headers", ()))
    parts.append(f'"headers":[{headers}]')
    noted = _note(row)
    return "{" + ",".join([*parts, *([f'"note":{string(noted)}'] if noted else [])]) + "}"


def _part(field: Row | None) -> str:
    """Return a key or value as JSON: a document as it is, letter by letter; a text as a string; null."""
    if field is None or field["format"] == "null":
        return "null"
    whole: str = field["text"]
    if field["format"] in DOCUMENTS and not field["is_cut"] and is_line_of_json(whole):
        return whole
    return string(whole)


def _header(field: Row | None) -> str:
    return "null" if field is None or field["format"] == "null" else string(field["text"])


def string(whole: str) -> str:
    return json.dumps(whole, ensure_ascii=False) if whole.isprintable() else json.dumps(whole)


def is_line_of_json(whole: str) -> bool:
    """Whether a document can stand in a line as it is."""
    if "\n" in whole:
        return False
    try:
        json.loads(whole)
    except (ValueError, RecursionError):
        return False
    return True


def _note(row: Row) -> str:
    """Return what is not whole about a row, "" when nothing is."""
    cut = [name for name in ("key", "value") if row[name] and row[name]["is_cut"]]
    return row["fault"] or (f"cut: {', '.join(cut)}" if cut else "")


def head(separator: str) -> bytes:
    """Return the first line of CSV: the columns' names."""
    return (separator.join(COLUMNS) + "\r\n").encode()


def _csv(rows: Iterable[Row], separator: str, guard: bool) -> Iterator[bytes]:
    line = io.StringIO()
    writer = csv.writer(line, delimiter=separator, lineterminator="\r\n")
    yield head(separator)
    for row in rows:
        headers = json.dumps(
            [[name, None if value is None or value["format"] == "null" else value["text"]] for name, value in row.get("headers", ())]
        )
        cells = [_cell(row["key"]), _cell(row["value"]), headers if row.get("headers") else "", _note(row)]
        writer.writerow([row["partition"], row["offset"], row["timestamp_ms"], *([guarded(cell) for cell in cells] if guard else cells)])
        yield line.getvalue().encode("utf-8", "replace")
        line.seek(0)
        line.truncate()


def _cell(field: Row | None) -> str:
    return "" if field is None else field["text"]


def guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
