"""MessagePack maps and arrays. Read whole or not at all; a bare number or text would be found in nearly any bytes."""

from typing import Any

import msgpack

from controlcenter.serde import render, values
from controlcenter.serde.json import DOUBLED
from controlcenter.serde.values import Asked, Declined, Decoded, Unreadable

NAME = "msgpack"
MOST_BYTES = 16 << 20
OTHER_KEYS = "Keys that are no text are shown as text."


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the document as JSON."""
    data = data or b""
    if not data or not (0x80 <= data[0] <= 0x9F or 0xDC <= data[0] <= 0xDF):
        raise Declined("does not begin as a map or an array")
    if len(data) > MOST_BYTES:
        raise Declined(f"larger than {MOST_BYTES:,} bytes")
    odd: dict[str, None] = {}
    try:
        value = msgpack.unpackb(
            data, raw=False, strict_map_key=False, object_pairs_hook=lambda pairs: _map(pairs, odd), ext_hook=_extension
        )
    except (ValueError, TypeError, RecursionError, OverflowError, msgpack.exceptions.UnpackException) as fault:
        raise Declined(str(fault).partition(":")[0][:120] or type(fault).__name__) from None
    if not asked.is_forced and not is_plausible(value):
        raise Declined("it would hold no map with text for keys")
    try:
        return render.document(NAME, value, len(data), asked.shown, tuple(odd))
    except Unreadable:
        raise Declined(f"nested deeper than {values.DEPTH}") from None


def is_plausible(value: Any) -> bool:
    """Whether a document is what programs write: a map with text for keys, or an array of such."""
    if isinstance(value, dict):
        return bool(value) and all(isinstance(key, str) for key in value)
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, dict) and is_plausible(each) for each in value)


def _map(pairs: list[tuple[Any, Any]], odd: dict[str, None]) -> dict[Any, Any]:
    found = {tuple(key) if isinstance(key, list) else key: inner for key, inner in pairs}
    if len(found) < len(pairs):
        odd[DOUBLED] = None
    if not all(isinstance(key, str) for key in found):
        odd[OTHER_KEYS] = None
    return found


def _extension(code: int, data: bytes) -> dict[str, Any]:
    return {"extension": code, "data": bytes(data)}
