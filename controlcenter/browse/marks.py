"""What a child is about to look into, in memory that its parent sees: a death names its record, and saying it costs 50 ns.

Three numbers: the phase, a partition, an offset. A record alone, a run of records from this one on, or a fetch from there.
"""

import mmap
import os
import struct
from typing import NamedTuple

IDLE, RECORD, RUN, FETCH = range(4)
SHAPE = struct.Struct("=qqq")


class Mark(NamedTuple):
    phase: int
    partition: int
    offset: int


class Marks:
    """The child's side."""

    def __init__(self, shared: memoryview) -> None:
        self._shared = shared

    def record(self, partition: int, offset: int) -> None:
        self._shared[1], self._shared[2], self._shared[0] = partition, offset, RECORD

    def run(self, partition: int, offset: int) -> None:
        self._shared[1], self._shared[2], self._shared[0] = partition, offset, RUN

    def fetch(self, partition: int, offset: int) -> None:
        self._shared[1], self._shared[2], self._shared[0] = partition, offset, FETCH

    def clear(self) -> None:
        self._shared[0] = IDLE


def of_child(shared: mmap.mmap | None) -> Marks:
    """Return the marks of a child; without a parent that looks, into memory of its own."""
    return Marks(memoryview(shared or bytearray(SHAPE.size)).cast("q"))


def make() -> tuple[int, mmap.mmap]:
    """Return a descriptor to hand to a child, and the memory behind it."""
    descriptor = os.memfd_create("marks")
    os.ftruncate(descriptor, SHAPE.size)
    return descriptor, mmap.mmap(descriptor, SHAPE.size)


def read(shared: mmap.mmap) -> Mark:
    """Return what the child said last."""
    return Mark(*SHAPE.unpack_from(shared))
