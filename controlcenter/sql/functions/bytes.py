"""BYTES, their encodings as text, and the functions that take text and BYTES alike."""

import base64
import binascii
import hashlib
import struct
import uuid
from collections.abc import Callable

from controlcenter.sql.functions import strings
from controlcenter.sql.functions.base import SEE, Scalar
from controlcenter.sql.functions.signatures import signature

Writer = Callable[[bytes], str]
Reader = Callable[[str], bytes]


def read_base64(text: str) -> bytes:
    """Return the bytes of base64 as Java's decoder reads it: the padding may be missing, nothing else may be wrong."""
    padded = text if "=" in text else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError(f"Illegal base64 text: {text}") from None


def write_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def read_hex(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        raise ValueError(f"Illegal hexadecimal text: {text}") from None


def read_marked_hex(text: str) -> bytes:
    """Return the bytes of plain hex, `0x…` (where a first zero may be missing) or `x'…'`."""
    if text.startswith("0x"):
        return read_hex("0" * (len(text) % 2) + text[2:])
    if text[:2] in ("x'", "X'") and text[2:].endswith("'"):
        return read_hex(text[2:-1])
    return read_hex(text)


def write_ascii(value: bytes) -> str:
    return value.decode("ascii", "replace")


def read_ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")


def write_utf8(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def read_utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


ENCODINGS: dict[str, tuple[Reader, Writer]] = {
    "hex": (read_hex, lambda value: value.hex().upper()),
    "utf8": (read_utf8, write_utf8),
    "ascii": (read_ascii, write_ascii),
    "base64": (read_base64, write_base64),
}
_ENCODE = ENCODINGS | {"hex": (read_marked_hex, bytes.hex)}


def from_bytes(value: bytes, encoding: str) -> str:
    return _encoding(ENCODINGS, encoding)[1](value)


def to_bytes(value: str, encoding: str) -> bytes:
    return _encoding(ENCODINGS, encoding)[0](value)


def encode(value: str, given: str, wanted: str) -> str:
    """Return a text that is in one encoding in another."""
    if given.lower() == wanted.lower():
        raise ValueError(f"Supported input and output encodings differ: '{given}'")
    return _encoding(_ENCODE, wanted)[1](_encoding(_ENCODE, given)[0](value))


def _encoding(known: dict[str, tuple[Reader, Writer]], name: str) -> tuple[Reader, Writer]:
    found = known.get(name.lower())
    if found is None:
        raise ValueError(f"Unknown encoding type '{name}': one of hex, utf8, ascii and base64.")
    return found


def concat(*items: bytes | None) -> bytes:
    return b"".join([item for item in items if item is not None])


def concat_ws(separator: bytes | None, *items: bytes | None) -> bytes | None:
    if not items:
        raise ValueError("Function Concat_WS expects at least two input arguments.")
    return None if separator is None else separator.join([item for item in items if item is not None])


def substring(value: bytes, start: int, size: int | None = None) -> bytes:
    return strings.cut(value, start, size)


def lpad(value: bytes, size: int, pad: bytes) -> bytes | None:
    return strings.fill(value, size, pad, left=True) if pad and size >= 0 else None


def rpad(value: bytes, size: int, pad: bytes) -> bytes | None:
    return strings.fill(value, size, pad, left=False) if pad and size >= 0 else None


def split(value: bytes, delimiter: bytes) -> list[bytes]:
    return value.split(delimiter) if delimiter else [value[n : n + 1] for n in range(len(value))] or [b""]


def number(form: str, size: int, name: str) -> Callable[..., int | float]:
    """Return the reader of a number of `size` bytes."""

    def read(value: bytes, order: str = "BIG_ENDIAN") -> int | float:
        if order.upper() not in ("BIG_ENDIAN", "LITTLE_ENDIAN"):
            raise ValueError(f"Byte order must be BIG_ENDIAN or LITTLE_ENDIAN, not {order}.")
        if len(value) != size:
            raise ValueError(f"Number of bytes must be equal to {size} for {name}, got {len(value)}.")
        found: int | float = struct.unpack((">" if order.upper() == "BIG_ENDIAN" else "<") + form, value)[0]
        return found

    return read


def md5(value: str) -> str:
    return hashlib.md5(value.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def random_uuid() -> str:
    return str(uuid.uuid4())


def uuid_of(value: bytes | None) -> str | None:
    return str(uuid.UUID(bytes=value)) if value is not None and len(value) == 16 else None


def _numbers(name: str, form: str, size: int, kind: str) -> Scalar:
    read = number(form, size, kind)
    return Scalar(
        name,
        f"Reads {size} bytes as {kind}; the order of the bytes may be given.",
        "BYTES",
        (signature("BYTES value", kind, read), signature("BYTES value, STRING byteOrder", kind, read)),
    )


FUNCTIONS = (
    Scalar("from_bytes", "Writes bytes as hex, utf8, ascii or base64.", "STRING", (
        signature("BYTES value, STRING encoding", "STRING", from_bytes),
    )),
    Scalar("to_bytes", "Reads hex, utf8, ascii or base64 as bytes.", "STRING", (
        signature("STRING value, STRING encoding", "BYTES", to_bytes),
    )),
    Scalar(
        "encode", "Writes a text that is in one encoding in another.", "STRING",
        (signature("STRING str, STRING inputEncoding, STRING outputEncoding", "STRING", encode),),
    ),
    Scalar("len", "Returns the length of a text or of bytes.", "STRING", (
        signature("STRING input", "INTEGER", strings.length), signature("BYTES input", "INTEGER", len),
    )),
    Scalar("concat", "Joins texts or bytes; nulls are left out.", "STRING", (
        signature("STRING... inputs", "STRING", strings.concat, nulls=SEE), signature("BYTES... inputs", "BYTES", concat, nulls=SEE),
    )),
    Scalar("concat_ws", "Joins texts or bytes with a separator; nulls are left out.", "STRING", (
        signature("STRING separator, STRING... inputs", "STRING", strings.concat_ws, nulls=SEE),
        signature("BYTES separator, BYTES... inputs", "BYTES", concat_ws, nulls=SEE),
    )),
    Scalar("substring", "Returns a part, from a place counted from 1, or from the end if it is negative.", "STRING", (
        signature("STRING value, INTEGER pos", "STRING", strings.substring),
        signature("STRING value, INTEGER pos, INTEGER length", "STRING", strings.substring),
        signature("BYTES value, INTEGER pos", "BYTES", substring),
        signature("BYTES value, INTEGER pos, INTEGER length", "BYTES", substring),
    )),
    Scalar("lpad", "Fills a value up on the left, or cuts it, to a length.", "STRING", (
        signature("STRING input, INTEGER targetLen, STRING padding", "STRING", strings.lpad),
        signature("BYTES input, INTEGER targetLen, BYTES padding", "BYTES", lpad),
    )),
    Scalar("rpad", "Fills a value up on the right, or cuts it, to a length.", "STRING", (
        signature("STRING input, INTEGER targetLen, STRING padding", "STRING", strings.rpad),
        signature("BYTES input, INTEGER targetLen, BYTES padding", "BYTES", rpad),
    )),
    Scalar("split", "Splits a value at a delimiter.", "STRING", (
        signature("STRING string, STRING delimiter", "ARRAY<STRING>", strings.split),
        signature("BYTES bytes, BYTES delimiter", "ARRAY<BYTES>", split),
    )),
    Scalar("MD5", "Returns the MD5 hash of a text.", "STRING", (signature("STRING s", "STRING", md5),)),
    Scalar("uuid", "Returns a random UUID, or that of 16 bytes.", "STRING", (
        signature("", "STRING", random_uuid), signature("BYTES bytes", "STRING", uuid_of, nulls=SEE),
    )),
    _numbers("int_from_bytes", "i", 4, "INTEGER"),
    _numbers("bigint_from_bytes", "q", 8, "BIGINT"),
    _numbers("double_from_bytes", "d", 8, "DOUBLE"),
)  # fmt: skip
