"""Bytes as they are: two digits each. The last of the chain, it never declines bytes."""

from controlcenter.serde.values import Asked, Declined, Decoded

NAME = "hex"


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return the first bytes as hexadecimal digits; two stand for one byte, so half as many are shown."""
    if data is None:
        raise Declined("there are no bytes")
    most = max(1, asked.shown // 2)
    missing = (f"The first {most:,} of {len(data):,} bytes are shown.",) if len(data) > most else ()
    return Decoded(NAME, data[:most].hex(), len(data), missing, is_cut=bool(missing))
