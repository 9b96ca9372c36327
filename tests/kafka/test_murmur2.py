"""Keys go where Java puts them: hashes as Kafka's own tests have them."""

import pytest

from controlcenter.kafka import murmur2


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_key_has_the_hash_of_java(key: bytes, signed: int) -> None:
    assert murmur2.hashed(key) == signed % (1 << 32)
    assert murmur2.partition(key, 7) == (signed & 0x7FFFFFFF) % 7
