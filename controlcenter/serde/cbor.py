"""CBOR maps and arrays. Read whole or not at all; a bare number or text would be found in nearly any bytes."""

import io
from collections.abc import Mapping
from typing import Any

import cbor2

from controlcenter.serde import render, values
from controlcenter.serde.json import DOUBLED
from controlcenter.serde.msgpack import MOST_BYTES, is_plausible
from controlcenter.serde.values import Asked, Declined, Decoded, Unreadable

NAME = "cbor"
SELF_DESCRIBED = b"\xd9\xd9\xf7"  # RFC 8949, 3.4.6: bytes that say of themselves that they are CBOR


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the document as JSON."""
    data = data or b""
    is_said = data.startswith(SELF_DESCRIBED)
    if not data or not (is_said or 0x80 <= data[0] <= 0xBF):
        raise Declined("does not begin as a map or an array")
    if len(data) > MOST_BYTES:
        raise Declined(f"larger than {MOST_BYTES:,} bytes")
    try:
        value, left, odd = _read(data)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError, EOFError, AttributeError) as fault:
        raise Declined(str(fault).partition(":")[0][:120] or type(fault).__name__) from None
    if left:
        raise Declined(f"{left:,} bytes are left over")
    if not is_said and not asked.is_forced and not is_plausible(value):
        raise Declined("it would hold no map with text for keys")
    try:
        return render.document(NAME, value, len(data), asked.shown, odd)
    except Unreadable:
        raise Declined(f"nested deeper than {values.DEPTH}") from None


def _read(data: bytes) -> tuple[Any, int, tuple[str, ...]]:
    """Return the value, how many bytes stand after it, and what is odd."""
    for may_double in (False, True):
        stream = io.BytesIO(data)
        try:
            value = cbor2.CBORDecoder(stream, max_depth=values.DEPTH, allow_duplicate_keys=may_double).decode()
        except cbor2.CBORError:
            if may_double:
                raise
            continue
        return _plain(value, 0), len(data) - stream.tell(), (DOUBLED,) if may_double else ()
    raise AssertionError("the second turn returns or raises")


def _plain(value: Any, depth: int) -> Any:
    """Return the value in JSON's kinds: tags, sets and frozen maps become what they hold."""
    if depth > values.DEPTH:
        raise Declined(f"nested deeper than {values.DEPTH}")
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, depth + 1) for inner in value]
    if isinstance(value, cbor2.CBORTag):
        return {"tag": value.tag, "value": _plain(value.value, depth + 1)}
    if value is cbor2.undefined:
        return None
    return value
