"""What a packed batch unpacks to, told by its frames alone: nothing is unpacked to know it.

Never less than it is for what real writers write, and at most a block more for each block; 0 where a frame makes no sense.
gzip alone must be believed: its last four bytes are the writer's word (RFC 1952).
"""

import struct

LZ4_BLOCK = {4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20}  # by the frame's descriptor
LZ4_MAGIC = 0x184D2204
ZSTD_MAGIC = 0xFD2FB528
ZSTD_BLOCK = 128 << 10  # RFC 8878: no block unpacks to more
XERIAL = b"\x82SNAPPY\x00"  # the frame that Java's snappy writes; others write bare blocks


def size_bytes(codec: str, data: bytes) -> int:
    """Return how many bytes a batch's records take once unpacked, at most; 0 when its frames do not tell."""
    measure = {"gzip": _gzip, "lz4": _lz4, "zstd": _zstd, "snappy": _snappy}.get(codec)
    try:
        return measure(data) if measure else 0
    except (IndexError, struct.error, KeyError):
        return 0


def _gzip(data: bytes) -> int:
    return int.from_bytes(data[-4:], "little")  # modulo 4 GiB


def _lz4(data: bytes) -> int:
    """Sum up the blocks, each at its largest."""
    if int.from_bytes(data[:4], "little") != LZ4_MAGIC:
        return 0
    flags, largest = data[4], LZ4_BLOCK[data[5] >> 4 & 7]
    if flags & 8:  # the content's size is told
        return int.from_bytes(data[6:14], "little")
    at, total = 7 + 4 * (flags & 1), 0
    while length := int.from_bytes(data[at : at + 4], "little"):
        is_plain, length = length >> 31, length & 0x7FFFFFFF
        total += length if is_plain else largest
        at += 4 + length + (4 if flags & 16 else 0)
    return total


def _zstd(data: bytes) -> int:
    """Sum up the blocks: as told for plain and repeated ones, at its largest for a packed one."""
    if int.from_bytes(data[:4], "little") != ZSTD_MAGIC:
        return 0
    flags = data[4]
    told, is_single = flags >> 6, bool(flags & 32)
    at = 5 + (not is_single) + (0, 1, 2, 4)[flags & 3]
    width = 8 if told == 3 else 4 if told == 2 else 2 if told == 1 else int(is_single)
    if width:
        return int.from_bytes(data[at : at + width], "little") + (256 if width == 2 else 0)
    total = 0
    while True:
        head = int.from_bytes(data[at : at + 3], "little")
        if at + 3 > len(data):
            return total
        kind, length = head >> 1 & 3, head >> 3
        total += ZSTD_BLOCK if kind == 2 else length
        at += 3 + (1 if kind == 1 else length)
        if head & 1:
            return total


def _snappy(data: bytes) -> int:
    """Sum up what each block says of itself in its first bytes."""
    if not data.startswith(XERIAL):
        return _varint(data, 0)
    at, total = 16, 0
    while at + 4 <= len(data):
        total += _varint(data, at + 4)
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return total


def _varint(data: bytes, at: int) -> int:
    number = shift = 0
    while shift < 35:
        number |= (data[at] & 0x7F) << shift
        if not data[at] & 0x80:
            return number
        at, shift = at + 1, shift + 7
    return 0
