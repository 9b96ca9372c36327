"""Into which partition a Java producer puts a key: murmur2 of its bytes, as `org.apache.kafka.common.utils.Utils` has it."""

SEED, M, MASK = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


def partition(key: bytes, partitions: int) -> int:
    """Return the partition of a key among so many."""
    return (hashed(key) & 0x7FFFFFFF) % partitions


def hashed(data: bytes) -> int:
    """Return the 32 bits as an unsigned number."""
    length = len(data)
    h = (SEED ^ length) & MASK
    for at in range(0, length & ~3, 4):
        k = (int.from_bytes(data[at : at + 4], "little") * M) & MASK
        k = ((k ^ (k >> 24)) * M) & MASK
        h = ((h * M) & MASK) ^ k
    rest = data[length & ~3 :]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * M) & MASK
    h = ((h ^ (h >> 13)) * M) & MASK
    return h ^ (h >> 15)
