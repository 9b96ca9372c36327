"""Other binary formats, and what brokers write: claims without bytes behind them, depth, loops."""
# ruff: noqa: E501  (tables of bytes)

import gzip
import struct
import zlib

from tests.poison.poison import Poison, of

CLAIMS = {
    "msgpack-map-2-32": b"\xdf\xff\xff\xff\xff", "msgpack-array-2-32": b"\xdd\xff\xff\xff\xff", "msgpack-string-2-32": b"\x81\xa1a\xdb\xff\xff\xff\xff\x00",
    "msgpack-binary-2-32": b"\x81\xa1a\xc6\xff\xff\xff\xff\x00", "msgpack-extension": b"\x81\xa1a\xc9\xff\xff\xff\xff\x01\x00", "msgpack-deep-5000": b"\x81\xa1a" * 5000,
    "msgpack-deep-array": b"\x91" * 100_000, "msgpack-reserved": b"\x81\xa1a\xc1", "msgpack-bad-utf8": b"\x81\xa2\xc3\x28\x01", "msgpack-left-over": b"\x81\xa1a\x01\x01\x01",
    "cbor-map-2-64": b"\xbb" + b"\xff" * 8, "cbor-array-2-63": b"\x9b\x7f" + b"\xff" * 7 + b"\x00", "cbor-string-2-40": b"\xa1\x61a\x7b\x00\x00\x01\x00\x00\x00\x00\x00",
    "cbor-deep-5000": b"\xa1\x61a" * 5000, "cbor-deep-array": b"\x81" * 100_000, "cbor-endless": b"\xbf\x61a\x01", "cbor-loop": b"\xa1\x61a\xd8\x1c\x81\xd8\x1d\x00",
    "cbor-tags-deep": b"\xa1\x61a" + b"\xc6" * 50_000 + b"\x00", "cbor-break-alone": b"\xa1\x61a\xff\x00", "cbor-left-over": b"\xa1\x61a\x01\x00\x00",
}  # fmt: skip
CBOR = {
    "cbor-bignum": (b"\xa1\x61a\xc2\x58\x40" + b"\xff" * 64, "2^53"),
    "cbor-bignum-huge": (b"\xa1\x61a\xc2\x5a\x00\x00\x20\x00" + b"\xff" * 8192, ""),
    "cbor-decimal-huge": (b"\xa1\x61a\xc4\x82\x1b\x7f" + b"\xff" * 7 + b"\x01", ""),
    "cbor-regex": (b"\xa1\x61a\xd8\x23\x78\x0c" + b"(a+)+(a+)+$$", ""),
    "cbor-date-far": (b"\xa1\x61a\xc1\x1b\x7f" + b"\xff" * 7, ""),
    "cbor-nan": (b"\xa1\x61a\xf9\x7e\x00", "NaN"),
    "cbor-undefined": (b"\xa1\x61a\xf7\x00\x00"[:4], "cbor"),
    "cbor-shared-bomb": (b"\xa1\x61a" + b"\xd8\x1c\x82\xd8\x1c\x82\x01\x02\xd8\x1d\x01", ""),
    "cbor-keys-twice": (b"\xa2\x61a\x01\x61a\x02", "same key twice"),
    "msgpack-keys-twice": (b"\x82\xa1a\x01\xa1a\x02", "same key twice"),
    "msgpack-uint64": (b"\x81\xa1a\xcf" + b"\xff" * 8, "2^53"),
    "msgpack-nan": (b"\x81\xa1a\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "NaN"),
}
OFFSETS_KEY = b"\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x00"
BROKERS = {
    "offsets-value-cut": (b"\x00\x03\x00\x00", OFFSETS_KEY),
    "offsets-string-length": (b"\x00\x01" + struct.pack(">q", 1) + b"\x7f\xff", OFFSETS_KEY),
    "offsets-version-99": (b"\x00\x63" + b"\x00" * 40, OFFSETS_KEY),
    "offsets-members-2-31": (
        b"\x00\x03\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff" + struct.pack(">q", 1) + b"\x7f\xff\xff\xff",
        b"\x00\x02\x00\x01g",
    ),
    "offsets-varint-endless": (b"\x00\x00" + b"\xff" * 60, b"\x00\x04\x00\x01g"),
    "offsets-tags-bomb": (b"\x00\x00" + struct.pack(">i", 1) + b"\xff\xff\xff\xff\x07", b"\x00\x03\x00\x01g"),
    "offsets-key-unknown": (b"\x00\x00\x01", b"\x7f\xff"),
    "offsets-no-key": (b"\x00\x00\x01", None),
}


def all() -> list[Poison]:
    return [
        *(of(name, data, "hex") for name, data in CLAIMS.items()),
        *(of(name, data, said) for name, (data, said) in CBOR.items()),
        *(of(f"{name}-chosen", data, "It was to be read as", forced=name.partition("-")[0]) for name, data in CLAIMS.items()),
        *(of(name, data, "hex", topic="__consumer_offsets", key=key) for name, (data, key) in BROKERS.items()),
        Poison("gzip-bomb-in-value", lambda: gzip.compress(b"\x00" * (64 << 20)), "hex"),
        Poison("zlib-bomb-in-value", lambda: zlib.compress(b"\x00" * (64 << 20)), "hex"),
        Poison("zeros-20mb", lambda: b"\x00" * (20 << 20), "hex"),
        Poison("random-like-20mb", lambda: bytes(range(256)) * (20 << 12), "hex"),
        of("one-zero", b"\x00", "hex"),
        of("transaction-cut", b"\x00\x00\x00", "hex", topic="__transaction_state", key=b"\x00\x00\x00\x01t"),
        of("double-nan", struct.pack(">d", float("nan")), "int64"),
        of("int64-min", struct.pack(">q", -(1 << 63)), "-9223372036854775808"),
    ]
