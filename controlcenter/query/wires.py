"""AVRO, PROTOBUF and JSON_SR for the SQL engine: frames read by the schema that each of them names, through `serde`.

Law: bytes are read by their own schema or not at all. A frame of another type, or of an id that the registry does not know, is
one dropped record; a registry that does not answer stops the query, since the records are not at fault.

It runs in the child of a query alone: schemas and records are both somebody else's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.schemas.model import Schema
from controlcenter.serde import avro, framed, protobuf
from controlcenter.serde.values import Asked, Declined, Schemas, Unreadable, Wrong
from controlcenter.sql import analyze_formats
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.wire import json, tree
from controlcenter.sql.wire.base import Halted, Malformed, Reader, Values, Wire, Writer
from controlcenter.sql.wire.formats import FORMATS

SILENT = (Kind.UNREACHABLE, Kind.TIMEOUT, Kind.BROKEN, Kind.DENIED, Kind.UNSUPPORTED)  # the last: the book takes no more ids
TYPES = {"AVRO": "AVRO", "PROTOBUF": "PROTOBUF", "JSON_SR": "JSON"}


def formats(schemas: Schemas | None) -> Mapping[str, Wire]:
    """Return every format by name, those with a registry over whoever knows its schemas; None when the cluster has none."""
    return {**FORMATS, **{name: Framed(name, schemas) for name in TYPES}}


class Framed:
    """One format whose bytes name their schema."""

    def __init__(self, name: str, schemas: Schemas | None) -> None:
        self.name, self._schemas = name, schemas

    def reader(self, columns: Sequence[Column], options: Format, is_key: bool) -> Reader:
        """Return frame → values in the order of `columns`; it raises `Malformed`, or `Halted` while the registry is silent."""
        if self._schemas is None:
            raise no_registry(self.name)
        side: analyze_formats.Side = "KEY" if is_key else "VALUE"
        is_wrapped = analyze_formats.is_wrapped(options, side, len(columns))
        if self.name == "JSON_SR":
            return _json(self._opener(is_key), json.reader(columns, Format("JSON", wrap=is_wrapped), is_key))
        read = _AS_TREE[self.name]
        return _tree(self._opener(is_key), read, columns, is_wrapped)

    def writer(self, columns: Sequence[Column], options: Format, is_key: bool) -> Writer:
        raise unwritten(self.name)

    def _opener(self, is_key: bool) -> Callable[[bytes], tuple[Schema, bytes]]:
        book, kind = self._schemas, TYPES[self.name]
        asked = Asked(part="key" if is_key else "value", schemas=book, is_forced=True)

        def opened(data: bytes) -> tuple[Schema, bytes]:
            try:
                if book is not None and len(data) >= framed.HEAD and not data[0]:
                    book.get(int.from_bytes(data[1 : framed.HEAD], "big"))
            except Problem as problem:
                if problem.kind in SILENT:
                    raise Halted(_down(problem)) from None
                raise Malformed(problem.what) from None
            try:
                return framed.open(data, asked, kind)
            except (Declined, Unreadable) as fault:
                raise Malformed(str(fault)) from None

        return opened


def no_registry(name: str) -> Problem:
    """Return the Problem of a format that needs a registry where the cluster has none."""
    return Problem(Kind.UNSUPPORTED, f"{name} needs a schema registry; none is set for this cluster.", "Name it in the cluster's settings.")


def unwritten(name: str) -> Problem:
    """Return the Problem of what would be written in such a format."""
    return Problem(Kind.UNSUPPORTED, f"{name} can be read here, not written yet.", "Write JSON instead: VALUE_FORMAT='JSON'.")


def _down(problem: Problem) -> Problem:
    what = "The schema registry cannot be asked, so the records cannot be read"
    return Problem(problem.kind, f"{what}: {problem.what}".rstrip(".") + ".", "The query can be run again when it answers.")


def _json(opened: Callable[[bytes], tuple[Schema, bytes]], read: Reader) -> Reader:
    return lambda data: read(opened(data)[1])


def _tree(
    opened: Callable[[bytes], tuple[Schema, bytes]], plain: Callable[[Schema, bytes], Any], columns: Sequence[Column], is_wrapped: bool
) -> Reader:
    wanted = [(c.name, tree.coercer(c.type)) for c in columns]

    def read(data: bytes) -> Values | None:
        schema, payload = opened(data)
        try:
            found = plain(schema, payload)
        except Wrong as fault:
            raise Malformed(f"schema {schema.id}: {fault}") from None
        if found is None:
            return None
        if not is_wrapped:
            return [wanted[0][1](found)]
        if not isinstance(found, dict):
            raise Malformed(f"schema {schema.id} describes no record of several fields")
        return tree.fields_of(found, wanted)

    return read


def _avro(schema: Schema, payload: bytes) -> Any:
    return avro.read(schema, payload)[0]


def _protobuf(schema: Schema, payload: bytes) -> Any:
    return protobuf.read(schema, payload)[1]


_AS_TREE: dict[str, Callable[[Schema, bytes], Any]] = {"AVRO": _avro, "PROTOBUF": _protobuf}
