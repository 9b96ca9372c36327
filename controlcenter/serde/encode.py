"""Text → bytes, for producing: what was typed, in the format that was chosen, or the place where it does not fit.

Law: what `detect.decode` shows of a record, `encode` writes back to a record that is shown the same. JSON, text and documents of
a JSON Schema are kept letter by letter. Null is no bytes; the empty text is zero bytes; the two are never taken for each other.
"""

import base64
import binascii
import json as parser
import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from controlcenter.schemas.model import Schema
from controlcenter.serde import avro_write, json, jsonschema, protobuf_write, values
from controlcenter.serde.values import Declined, Unfit, Wrong

MAGIC = b"\x00"
KINDS = {"avro": "AVRO", "protobuf": "PROTOBUF", "jsonschema": "JSON"}


def encode(form: str, text: str, schema: Schema | None = None, message: str = "") -> bytes | None:
    """Return the bytes of a key or value, None for null; raises Unfit.

    form     one of `FORMATS`
    schema   of avro, protobuf and jsonschema
    message  full name of the Protobuf message; "" for the first of its file
    """
    if form not in FORMATS:
        raise Unfit(f"nothing is written as {form[:40]}")
    if form in KINDS:
        return _framed(form, text, schema, message)
    return FORMATS[form](text)


def sample(schema: Schema, message: str = "") -> str:
    """Return a document that fits a schema, to begin with; raises Unfit when there is none to be found."""
    made: dict[str, Callable[[Schema, str], Any]] = {"AVRO": avro_write.sample, "PROTOBUF": protobuf_write.sample, "JSON": _sample_json}
    try:
        return parser.dumps(made[schema.type](schema, message), indent=2, ensure_ascii=False)
    except Wrong as fault:
        raise Unfit(f"the schema cannot be used: {fault}") from None


def document(text: str) -> Any:
    """Return what a JSON text says, exactly: numbers with a point as Decimal; raises Unfit with line and column."""
    if json.is_deeper(text, values.DEPTH):
        raise Unfit(f"it nests deeper than {values.DEPTH}")
    try:
        return parser.loads(text, parse_float=Decimal, object_pairs_hook=_pairs)
    except parser.JSONDecodeError as fault:
        raise Unfit(f"it is no JSON: {fault.msg[:1].lower()}{fault.msg[1:]} at line {fault.lineno}, column {fault.colno}") from None
    except ValueError:
        raise Unfit("a number in it has too many digits") from None


def _pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(found)
    if len(told) < len(found):
        names = [name for name, _ in found]
        raise Unfit(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return told


def _framed(form: str, text: str, schema: Schema | None, message: str) -> bytes:
    if schema is None or schema.id is None:
        raise Unfit("no schema was chosen")
    if schema.type != KINDS[form]:
        raise Unfit(f"schema {schema.id} is of type {schema.type}")
    head = MAGIC + schema.id.to_bytes(4, "big")
    value = document(text)
    try:
        if form == "avro":
            return head + avro_write.write(schema, value)
        if form == "protobuf":
            return head + protobuf_write.write(schema, value, message)
        faults = jsonschema.faults(schema, text, 1)
    except Wrong as fault:
        raise Unfit(f"the schema cannot be used: {fault}") from None
    if faults:
        path, what = faults[0]
        raise Unfit(what, path)
    return head + _text(text)


def _text(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise Unfit(f"character {fault.start + 1:,} is half a character (a lone surrogate)") from None


def _json(text: str) -> bytes:
    data = _text(text)
    document(text)
    return data


def _hex(text: str) -> bytes:
    digits = "".join(text.split()).removeprefix("0x")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise Unfit("it is no even number of hexadecimal digits") from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Unfit(f"it is no base64: {str(fault)[:1].lower()}{str(fault)[1:]}") from None


def _integer(width: int) -> Callable[[str], bytes]:
    def write(text: str) -> bytes:
        try:
            return int(text.strip()).to_bytes(width, "big", signed=True)
        except ValueError:
            raise Unfit("it is no whole number") from None
        except OverflowError:
            most = 1 << (width * 8 - 1)
            raise Unfit(f"it is no number from {-most} to {most - 1}") from None

    return write


def _float(code: str) -> Callable[[str], bytes]:
    def write(text: str) -> bytes:
        try:
            number = float(text.strip())
            packed = struct.pack(code, number)
        except ValueError:
            raise Unfit("it is no number") from None
        except OverflowError:
            raise Unfit("it is too large for a float") from None
        if math.isinf(number) and "inf" not in text.lower():
            raise Unfit("it is too large for a double")
        return packed

    return write


def _uuid(text: str) -> bytes:
    try:
        return str(UUID(text.strip())).encode("ascii")  # as Kafka's own serializer writes it
    except ValueError:
        raise Unfit("it is no UUID") from None


def _empty(text: str) -> bytes:
    if text:
        raise Unfit("empty has no content")
    return b""


def _null(text: str) -> None:
    if text:
        raise Unfit("null has no content; clear it, or choose text")


def _never(text: str) -> bytes:
    raise Declined("by its schema")


FORMATS: dict[str, Callable[[str], bytes | None]] = {
    "avro": _never, "protobuf": _never, "jsonschema": _never, "json": _json, "text": _text, "null": _null, "empty": _empty, "hex": _hex,
    "base64": _base64, "int32": _integer(4), "int64": _integer(8), "float": _float(">f"), "double": _float(">d"), "uuid": _uuid,
}  # fmt: skip


def _sample_json(schema: Schema, message: str) -> Any:
    return jsonschema.sample(schema)
