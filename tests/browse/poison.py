"""What a child of the tests' sandbox does: the product's own work, with decoders that do harm to their process."""

import os
import socket
import time

from controlcenter.browse import child
from controlcenter.serde import detect
from controlcenter.serde.values import Asked, Declined, Decoded


class Poison:
    NAME = "poison"

    def decode(self, data: bytes | None, asked: Asked) -> Decoded:
        """Die by the name the bytes give."""
        if data in (b"poison:crash", b"\x80poison:crash"):  # the latter is no text: a filter has it decoded
            os.abort()
        if data == b"poison:hang":
            while True:
                time.monotonic()
        if data == b"poison:memory":
            raise MemoryError if len(bytearray(4 << 30)) else AssertionError
        raise Declined("is no poison")


def run(sock: socket.socket) -> None:
    first = len(detect.ASKED_FIRST)
    detect.CHAIN = (*detect.CHAIN[:first], Poison(), *detect.CHAIN[first:])
    child.run(sock)
