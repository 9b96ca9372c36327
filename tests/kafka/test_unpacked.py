"""A packed batch tells its size by its frames: never too little, and without being unpacked."""

import zlib

import pytest

from controlcenter.kafka import batches, unpacked
from tests.poison import batches as made

MIB = 1 << 20
BLOCK = 4 * MIB  # of our own lz4; smaller in all others


@pytest.mark.parametrize("size", [1000, MIB, 37 * MIB + 5])
@pytest.mark.parametrize(
    ("codec", "make"), [("gzip", made.gzip_bomb), ("zstd", made.zstd_bomb), ("lz4", made.lz4_bomb), ("snappy", made.snappy_bomb)]
)
def test_each_codec_tells_its_size(codec, make, size):
    told = unpacked.size_bytes(codec, make(size))
    assert size <= told <= size + 100 + (BLOCK if codec == "lz4" else 0)


def test_a_batch_head_says_it():
    (found,) = batches.heads(made.batch(made.zstd_bomb(3 * MIB), codec="zstd"))
    assert found.unpacked_bytes >= 3 * MIB
    (plain,) = batches.heads(made.batch(made.record(b"x")))
    assert plain.unpacked_bytes == 0


@pytest.mark.parametrize("codec", ["gzip", "zstd", "lz4", "snappy", "none", "codec 7"])
@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff" * 50, bytes(200), b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd\x00\x38", b"\x82SNAPPY\x00" + b"\xff" * 30]
)
def test_frames_without_sense_end(codec, data):
    assert unpacked.size_bytes(codec, data) >= 0


@pytest.mark.parametrize(("codec", "make"), [("zstd", made.zstd_bomb), ("lz4", made.lz4_bomb), ("snappy", made.snappy_bomb)])
def test_cut_anywhere_it_ends_and_tells_no_more_than_a_block_too_much(codec, make):
    whole = make(10_000)
    assert max(unpacked.size_bytes(codec, whole[:cut]) for cut in range(len(whole) + 1)) <= 10_000 + 100 + BLOCK


def test_gzip_believes_its_end():
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packed.compress(b"x" * 5000) + packed.flush()
    assert unpacked.size_bytes("gzip", data) == 5000
