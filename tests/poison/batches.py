"""Record batches made by hand and written straight to a broker's Produce API, as no well-meaning client would.

Kafka's batch format 2: protocol documentation, "Record Batch". Each codec's stream is written by its own rules, so that a
few kilobytes claim a gigabyte: gzip by compressing, zstd by run-length blocks (RFC 8878, 3.1.1.2), lz4 by one long match
(LZ4 block format), snappy by copies of 64 bytes.
"""

import socket
import struct
import zlib
from collections.abc import Iterable, Iterator

from kafka.record.util import calc_crc32c

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
PRODUCE, VERSION = 0, 7  # zstd came with version 7
Header = tuple[bytes, bytes | None]


def varint(number: int) -> bytes:
    """Return a zigzag varint."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def sized(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data


def record(value: bytes | None, key: bytes | None = None, headers: Iterable[Header] = (), *, place: int = 0, after_ms: int = 0) -> bytes:
    named = list(headers)
    body = b"\x00" + varint(after_ms) + varint(place) + sized(key) + sized(value) + varint(len(named))
    return sized(body + b"".join(sized(name) + sized(found) for name, found in named))


def huge_record(size: int) -> bytes:
    """Return the beginning of a record whose value has so many bytes; a zero for "no headers" must stand after them."""
    head = b"\x00\x00\x00" + varint(-1) + varint(size)
    return varint(len(head) + size + 1) + head


def batch(records: bytes, *, count: int = 1, codec: str = "none", base_ms: int = 0, max_ms: int | None = None) -> bytes:
    """Return a batch of records, which are compressed already."""
    last = base_ms if max_ms is None else max_ms
    body = struct.pack(">hiqqqhii", CODECS[codec], count - 1, base_ms, last, -1, -1, -1, count) + records
    checked = struct.pack(">I", calc_crc32c(body)) + body
    return struct.pack(">qiib", 0, 4 + 1 + len(checked), -1, 2) + checked


def gzip_bomb(size: int) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    parts = [made.compress(huge_record(size))]
    parts += [made.compress(zeros) for _ in range(size >> 20)]
    return b"".join([*parts, made.compress(bytes(size % (1 << 20)) + b"\x00"), made.flush()])


def zstd_bomb(size: int) -> bytes:
    largest = 128 << 10
    head = huge_record(size)

    def block(kind: int, length: int, data: bytes, *, is_last: bool = False) -> bytes:
        return (is_last | kind << 1 | length << 3).to_bytes(3, "little") + data

    blocks = [block(0, len(head), head)]
    blocks += [block(1, largest, b"\x00")] * (size // largest)
    if size % largest:
        blocks.append(block(1, size % largest, b"\x00"))
    window = 7 << 3  # 2^(10 + 7): 128 KiB
    return b"\x28\xb5\x2f\xfd\x00" + bytes([window]) + b"".join([*blocks, block(0, 1, b"\x00", is_last=True)])


def lz4_bomb(size: int) -> bytes:
    largest = 4 << 20
    descriptor = b"\x60\x70"  # version 1, blocks apart, 4 MiB each
    out = [b"\x04\x22\x4d\x18", descriptor, bytes([_xxh32(descriptor) >> 8 & 0xFF])]
    head, left = huge_record(size), size + 1
    while left or head:
        length = min(largest, len(head) + left)
        block = _lz4_block(head, length - len(head))
        out += [struct.pack("<I", len(block)), block]
        left -= length - len(head)
        head = b""
    return b"".join([*out, b"\x00" * 4])


def _lz4_block(head: bytes, zeros: int) -> bytes:
    """Return a block: the head and one zero as they are, the zeros as one match with the byte before, the last five as they are."""
    start = head + b"\x00"
    if zeros <= 17:
        start = head + bytes(zeros)
        return _token(len(start), None) + start
    match = zeros - 1 - 5
    token = _token(len(start), match - 4)
    rest = match - 4 - 15
    return token + start + b"\x01\x00" + (b"\xff" * (rest // 255) + bytes([rest % 255]) if rest >= 0 else b"") + _token(5, None) + bytes(5)


def _token(literals: int, match: int | None) -> bytes:
    rest = literals - 15
    more = b"" if rest < 0 else b"\xff" * (rest // 255) + bytes([rest % 255])
    return bytes([min(literals, 15) << 4 | (0 if match is None else min(match, 15))]) + more


def _xxh32(data: bytes) -> int:
    """Return XXH32 with seed 0 of fewer than four bytes, as the frame's header check wants it."""
    first, second, third, fifth = 2654435761, 2246822519, 3266489917, 374761393
    found = (fifth + len(data)) & 0xFFFFFFFF
    for byte in data:
        found = (found + byte * fifth) & 0xFFFFFFFF
        found = ((found << 11 | found >> 21) & 0xFFFFFFFF) * first & 0xFFFFFFFF
    found = (found ^ found >> 15) * second & 0xFFFFFFFF
    found = (found ^ found >> 13) * third & 0xFFFFFFFF
    return found ^ found >> 16


def snappy_bomb(size: int) -> bytes:
    head = huge_record(size)
    whole = len(head) + size + 1
    out = [_plain_varint(whole), _literal(head + b"\x00")]
    left = size
    out.append((bytes([63 << 2 | 2]) + b"\x01\x00") * (left // 64))
    if left % 64:
        out.append(bytes([(left % 64 - 1) << 2 | 2]) + b"\x01\x00")
    block = b"".join(out)
    return b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1) + struct.pack(">I", len(block)) + block


def _literal(data: bytes) -> bytes:
    return bytes([60 << 2, len(data) - 1]) + data


def _plain_varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def many(count: int) -> Iterator[bytes]:
    """Yield so many of the smallest records."""
    for place in range(count):
        yield record(None, place=place)


def produce(host: str, port: int, topic: str, partition: int, records: bytes) -> tuple[int, int]:
    """Write a batch to its leader; return the broker's error code and the offset it was given."""
    name = topic.encode()
    body = struct.pack(">hhih", PRODUCE, VERSION, 1, 6) + b"poison" + struct.pack(">hhi", -1, -1, 30_000)
    body += struct.pack(">ih", 1, len(name)) + name + struct.pack(">iii", 1, partition, len(records)) + records
    with socket.create_connection((host, port), 10) as sock:
        sock.settimeout(60)
        sock.sendall(struct.pack(">i", len(body)) + body)
        (size,) = struct.unpack(">i", _exactly(sock, 4))
        answer = _exactly(sock, size)
    at = 4 + 4 + 2 + len(name) + 4 + 4
    code, offset = struct.unpack_from(">hq", answer, at)
    return code, offset


def _exactly(sock: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = sock.recv(size - len(found))
        if not part:
            raise ConnectionError("the broker hung up")
        found += part
    return found
