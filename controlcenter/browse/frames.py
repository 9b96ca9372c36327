"""Frames between parent and child: four bytes of length, then msgpack. Never pickle, and nothing without a bound.

A child is not trusted: what it sends is data of known shapes and sizes, or the child is killed.
"""

import socket
import struct
from typing import Any

import msgpack

LARGEST = 32 << 20
CHUNK_BYTES = 256 << 10
HEAD = struct.Struct("!I")


class Broken(Exception):
    """The other side sent what is no frame."""


def pack(frame: Any) -> bytes:
    """Return a frame as it travels."""
    body: bytes = msgpack.packb(frame, use_bin_type=True)
    return HEAD.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """Return a frame's content; raises Broken."""
    try:
        return msgpack.unpackb(body, raw=False, strict_map_key=False)
    except (ValueError, msgpack.exceptions.UnpackException, RecursionError) as fault:
        raise Broken(f"no msgpack: {fault}") from None


def length(head: bytes | bytearray) -> int:
    """Return how long the frame after this head is; raises Broken for one that is too long."""
    (size,) = HEAD.unpack(head)
    if size > LARGEST:
        raise Broken(f"a frame of {size:,} bytes")
    return int(size)


def receive(sock: socket.socket) -> Any:
    """Return the only frame a socket brings for now, or None at the end. TimeoutError as the socket is set."""
    return Incoming(sock).receive()


class Incoming:
    """The frames of a socket: takes all that came in one go, for rows come by the hundred."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._came = bytearray()

    @property
    def is_ready(self) -> bool:
        """Return whether a whole frame is here already."""
        return len(self._came) >= HEAD.size and len(self._came) >= HEAD.size + length(self._came[: HEAD.size])

    def receive(self) -> Any:
        """Return the next frame, or None at the end. TimeoutError as the socket is set; raises Broken."""
        if not self._wait_for(HEAD.size):
            return None
        end = HEAD.size + length(self._came[: HEAD.size])
        if not self._wait_for(end):
            return None
        body = bytes(self._came[HEAD.size : end])
        del self._came[:end]
        return unpack(body)

    def _wait_for(self, size: int) -> bool:
        """Take what comes until there are so many bytes; returns whether there are."""
        while len(self._came) < size:
            part = self._sock.recv(CHUNK_BYTES)
            if not part:
                return False
            self._came += part
        return True
