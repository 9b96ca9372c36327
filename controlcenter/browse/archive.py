"""A ZIP file as pieces, so that one of any size is written and sent without being held. Pure; APPNOTE.TXT 6.3.

Law: what a member is (its check sum, its sizes) stands behind its bytes, as nobody knows it before; where it begins stands
in the directory at the end, in 64 bits where 32 do not do.
"""

import struct
import zlib
from collections.abc import Generator, Iterable, Iterator
from typing import NamedTuple

LOCAL = struct.Struct("<IHHHHHIIIHH")
DESCRIPTOR = struct.Struct("<IIII")
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
WIDE = struct.Struct("<HHQ")
WIDE_END = struct.Struct("<IQHHIIQQQQ")
WIDE_PLACE = struct.Struct("<IIQI")
END = struct.Struct("<IHHHHIIH")
BEHIND, UTF8 = 1 << 3, 1 << 11
STORED, DEFLATED = 0, 8
DAY = 0x21  # 1980-01-01, the first there is: a member has no time of its own
FULL, FULL_COUNT = 0xFFFF_FFFF, 0xFFFF
PIECE = 1 << 20


class Member(NamedTuple):
    """start: where its local header begins, from the beginning of the file (or of the piece it came with)."""

    name: str
    crc: int
    packed_bytes: int
    size_bytes: int
    start: int
    method: int = DEFLATED


def deflated(name: str, data: bytes) -> Generator[bytes, None, Member]:
    """Yield a member of these bytes; its value (that of `yield from`) is the Member, which starts at 0."""
    return (yield from _member(name, (data[i : i + PIECE] for i in range(0, len(data), PIECE)), DEFLATED))


def stored(name: str, pieces: Iterable[bytes]) -> Generator[bytes, None, Member]:
    """The same, with the bytes as they are."""
    return (yield from _member(name, pieces, STORED))


def directory(members: Iterable[Member], start: int) -> Iterator[bytes]:
    """Yield what ends the file: every member's entry, and where these begin (`start`)."""
    size = count = 0
    for member in members:
        found = _entry(member)
        size, count = size + len(found), count + 1
        yield found
    if count >= FULL_COUNT or size >= FULL or start >= FULL:
        yield WIDE_END.pack(0x06064B50, WIDE_END.size - 12, 45, 45, 0, 0, count, count, size, start)
        yield WIDE_PLACE.pack(0x07064B50, 0, start + size, 1)
    few = min(count, FULL_COUNT)
    yield END.pack(0x06054B50, 0, 0, few, few, min(size, FULL), min(start, FULL), 0)


def _member(name: str, pieces: Iterable[bytes], method: int) -> Generator[bytes, None, Member]:
    told = name.encode()
    yield LOCAL.pack(0x04034B50, 20, BEHIND | UTF8, method, 0, DAY, 0, 0, 0, len(told), 0) + told
    packer = zlib.compressobj(wbits=-15) if method == DEFLATED else None
    crc = packed = size = 0
    for piece in pieces:
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        if out := packer.compress(piece) if packer else piece:
            packed += len(out)
            yield out
    if packer and (rest := packer.flush()):
        packed += len(rest)
        yield rest
    yield DESCRIPTOR.pack(0x08074B50, crc, packed, size)
    return Member(name, crc, packed, size, 0, method)


def _entry(member: Member) -> bytes:
    name = member.name.encode()
    extra = WIDE.pack(1, 8, member.start) if member.start >= FULL else b""
    head = CENTRAL.pack(
        0x02014B50, 45, 45 if extra else 20, BEHIND | UTF8, member.method, 0, DAY, member.crc, member.packed_bytes, member.size_bytes,
        len(name), len(extra), 0, 0, 0, 0, min(member.start, FULL),
    )  # fmt: skip
    return head + name + extra
