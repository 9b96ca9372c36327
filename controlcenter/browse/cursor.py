"""A place in a read, as text that any process of ours can go on from, and nobody can change or lend.

base64url(MAC | version, issued, Place). The MAC also covers what is not inside: cluster, topic, reader, and what was asked
(filter, key, formats, isolation, order). Anything else than at the issue, and there is no such place. A place too long for
an address waits in Redis under a random name, bound the same way.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from typing import Any

import msgpack
from django.conf import settings
from redis.exceptions import RedisError

from controlcenter.browse.page import Place
from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem
from controlcenter.observe import store

VERSION = 1
SECONDS = 15 * 60
LARGEST = 3000  # letters of an address
MAC_BYTES = 20
INLINE, KEPT = b"i", b"k"
BOUND = (
    "filter", "mode", "is_case_ignored", "parts", "key", "is_key_anywhere", "isolation", "markers", "key_serde", "value_serde", "order",
    "start",
)  # fmt: skip


def write(place: Place, slug: str, topic: str, reader: object, request: Request, *, now: float | None = None) -> str:
    """Return the text of a place for this reader and this request."""
    body: bytes = msgpack.packb([VERSION, int(time.time() if now is None else now), place.topic_id, place.is_backward, place.parts])
    text = _signed(INLINE + body, slug, topic, reader, request)
    if len(text) <= LARGEST:
        return text
    name = secrets.token_bytes(16)
    store.default().redis.set(_key(slug, name), body, ex=SECONDS)
    return _signed(KEPT + name, slug, topic, reader, request)


def read(text: str, slug: str, topic: str, reader: object, request: Request, *, now: float | None = None) -> Place:
    """Return the place of a text.

    raises Problem: ABSENT for one of another reader, topic, filter or maker, INVALID for one that is too old
    """
    try:
        data = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise _absent() from None
    if not hmac.compare_digest(data[:MAC_BYTES], _mac(data[MAC_BYTES:], slug, topic, reader, request)):
        raise _absent()
    kind, body = data[MAC_BYTES : MAC_BYTES + 1], data[MAC_BYTES + 1 :]
    if kind == KEPT:
        body = _kept(slug, body)
    _, issued, topic_id, is_backward, parts = msgpack.unpackb(body)
    if (time.time() if now is None else now) - issued > SECONDS:
        raise _old()
    return Place(topic_id, tuple((p, start, stop, at) for p, start, stop, at in parts), is_backward)


def _kept(slug: str, name: bytes) -> bytes:
    try:
        found: bytes | None = store.default().redis.get(_key(slug, name))
    except (RedisError, OSError):
        raise Problem(Kind.UNREACHABLE, "Where this page begins is kept in Redis, which does not answer.", "Try again soon.") from None
    if found is None:
        raise _old()
    return found


def _signed(body: bytes, slug: str, topic: str, reader: object, request: Request) -> str:
    return base64.urlsafe_b64encode(_mac(body, slug, topic, reader, request) + body).decode().rstrip("=")


def _mac(body: bytes, slug: str, topic: str, reader: object, request: Request) -> bytes:
    bound: list[Any] = [slug, _cluster_id(slug), topic, str(reader), *(_plain(getattr(request, name)) for name in BOUND)]
    key = hashlib.sha256(b"controlcenter.browse.cursor" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, msgpack.packb([bound, body]), "sha256")[:MAC_BYTES]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _cluster_id(slug: str) -> str:
    """Return the id the cluster gave itself, as it was seen last; "" before it was seen."""
    snapshot = store.default().read(slug)
    row = snapshot.row("cluster", "cluster") if snapshot else None
    return str((row or {}).get("cluster_id") or "")


def _key(slug: str, name: bytes) -> str:
    return store.redis_key(slug, f"cursor:{name.hex()}")


def _absent() -> Problem:
    what = "This page belongs to another reader, topic or filter."
    return Problem(Kind.ABSENT, what, "Read again from the start; what you typed is still there.", "cursor")


def _old() -> Problem:
    return Problem(Kind.INVALID, "This page's link is older than 15 minutes.", "Read again from the start.", "cursor")
