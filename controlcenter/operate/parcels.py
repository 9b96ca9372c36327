"""What travels to the worker beside an action: the records to write, and back: how far it is.

The audit trail holds sizes and a digest, never bytes; so the bytes wait here, in Redis, for a quarter of an hour. Each
parcel belongs to who packed it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

import msgpack
import orjson

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Message

Client = Any  # redis.Redis; its stubs do not know that ours answers in bytes
KEPT_S = 900  # from packing to sending
TOLD_S = 86_400  # results stay a day
CHUNK_BYTES = 1 << 20
LARGEST_BYTES = 100 << 20


def put(redis: Client, owner: str, messages: Iterable[Message]) -> tuple[str, str]:
    """Keep messages and return (their parcel's id, the SHA-256 of its bytes); raises Problem when they are more than 100 MiB."""
    parcel, digest, size = uuid4().hex, hashlib.sha256(), 0
    for chunk in _chunks(messages):
        size += len(chunk)
        if size > LARGEST_BYTES:
            redis.delete(_records(parcel))
            raise Problem(Kind.INVALID, f"The records are more than {LARGEST_BYTES >> 20} MiB.", "Split the file and send its parts.")
        digest.update(chunk)
        redis.rpush(_records(parcel), chunk)
        redis.expire(_records(parcel), KEPT_S)
    redis.set(_owner(parcel), owner, ex=TOLD_S)
    return parcel, digest.hexdigest()


def take(redis: Client, parcel: str) -> Iterator[Message]:
    """Yield the messages of a parcel, a chunk in memory at a time; raises Problem(ABSENT) when it has expired."""
    chunks = redis.llen(_records(parcel))
    if not chunks:
        raise Problem(Kind.ABSENT, "The records have waited too long and are gone; nothing was sent.", "Send the form again.")
    for place in range(chunks):
        chunk = redis.lindex(_records(parcel), place)
        for key, value, headers, partition, timestamp_ms in _unpacked(chunk):
            yield Message(key, value, tuple((name, data) for name, data in headers), partition, timestamp_ms)


def owner(redis: Client, parcel: str) -> str | None:
    """Return whose parcel it is; None when there is none (any more)."""
    found = redis.get(_owner(parcel))
    return None if found is None else str(found, "utf-8")


def tell(redis: Client, parcel: str, progress: dict[str, Any]) -> None:
    """Write how far it is."""
    redis.set(f"cc:parcel:{parcel}:progress", orjson.dumps(progress), ex=TOLD_S)


def progress(redis: Client, parcel: str) -> dict[str, Any] | None:
    """Return what was told last; None before anything was."""
    found = redis.get(f"cc:parcel:{parcel}:progress")
    return None if found is None else dict(orjson.loads(found))


def stop(redis: Client, parcel: str) -> None:
    """Ask whoever sends this parcel to stop."""
    redis.set(f"cc:parcel:{parcel}:stop", b"1", ex=TOLD_S)


def is_stopped(redis: Client, parcel: str) -> bool:
    """Whether somebody asked to stop."""
    return bool(redis.exists(f"cc:parcel:{parcel}:stop"))


def _records(parcel: str) -> str:
    return f"cc:parcel:{parcel}:records"


def _owner(parcel: str) -> str:
    return f"cc:parcel:{parcel}:owner"


def _chunks(messages: Iterable[Message]) -> Iterator[bytes]:
    chunk = bytearray()
    for message in messages:
        chunk += msgpack.packb([message.key, message.value, list(message.headers), message.partition, message.timestamp_ms])
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def _unpacked(chunk: bytes) -> Iterator[Any]:
    reader = msgpack.Unpacker(raw=False, max_buffer_size=0)
    reader.feed(chunk)
    return iter(reader)
