"""Bytes as base64, by choice alone: what to paste into another program."""

from base64 import b64encode

from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "base64"


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the first bytes as base64; four letters stand for three bytes."""
    if data is None:
        raise Declined("there are no bytes")
    most = max(3, asked.shown // 4 * 3)
    missing = (f"The first {most:,} of {len(data):,} bytes are shown.",) if len(data) > most else ()
    return Decoded(NAME, b64encode(data[:most]).decode("ascii"), len(data), missing, is_cut=bool(missing))
