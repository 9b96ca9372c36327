"""Frames between parent and child: four bytes of length, then msgpack. Never pickle, and nothing without a bound.

A child is not trusted: what it sends is data of known shapes and sizes, or the child is killed.
"""

import socket
import struct
from typing import Any

import msgpack

LARGEST = 32 << 20
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


def length(head: bytes) -> int:
    """Return how long the frame after this head is; raises Broken for one that is too long."""
    (size,) = HEAD.unpack(head)
    if size > LARGEST:
        raise Broken(f"a frame of {size:,} bytes")
    return int(size)


def receive(sock: socket.socket) -> Any:
    """Return the next frame, or None at the end. TimeoutError as the socket is set."""
    head = _exactly(sock, HEAD.size)
    if head is None:
        return None
    body = _exactly(sock, length(head))
    return None if body is None else unpack(body)


def _exactly(sock: socket.socket, size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        part = sock.recv(min(size - len(found), 1 << 20))
        if not part:
            return None
        found += part
    return bytes(found)
