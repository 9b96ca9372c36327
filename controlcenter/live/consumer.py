"""The conversation with one tab. What a client can say is the table SAYS; anything else ends the socket.

First frame `hello` with a ticket (a program with a token needs none); then subscribe, unsubscribe, refresh, and the tail's
words. Every subscribe is authorised by operation and object; what may not be seen is `absent`, like what is not there.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from controlcenter.access import socket_tickets
from controlcenter.access.principals import NOBODY, Principal
from controlcenter.access.socket_tickets import Identity
from controlcenter.live import entry, hub, limits, query, scan, sockets, tail, views
from controlcenter.live.limits import Bucket
from controlcenter.live.outbox import Outbox

HELLO_S = 10
POLICY, TOO_BIG = 1008, 1009


class Live(AsyncWebsocketConsumer):
    """One socket. identity and principal: whose it is, since `hello`."""

    identity: Identity
    principal: Principal = NOBODY

    async def connect(self) -> None:
        self.address = entry.address_of(self.scope)
        self.channels: set[str] = set()
        self.bucket = Bucket(limits.FRAMES_PER_S, time.monotonic())
        self.outbox = Outbox(self._send_text, self.close)
        self._sending: asyncio.Task[None] | None = None
        self._closes = asyncio.get_running_loop().call_later(HELLO_S, self._nobody_came)
        token = entry.bearer(self.scope)
        if not sockets.current().refusals.may_knock(self.address, time.monotonic()) or not (token or entry.is_our_page(self.scope)):
            await self._refuse()
        elif not token:
            await self.accept()
        else:
            identity = Identity("token", token=token, address=self.address)
            principal = await database_sync_to_async(entry.admit)(identity)
            if sockets.is_out(principal):
                await self._refuse()
            else:
                await self.accept()
                await self._welcome(identity, principal)

    async def disconnect(self, code: int) -> None:
        self._closes.cancel()
        hub.current().leave(self.outbox)
        sockets.current().leave(self)
        await tail.stop_all(self)
        await query.stop_all(self)
        await scan.stop_all(self)
        if self._sending is not None:
            self._sending.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.bucket.take(time.monotonic()) or text_data is None:
            return await self.close(POLICY)
        if len(text_data) > limits.FRAME_BYTES or len(text_data.encode()) > limits.FRAME_BYTES:
            return await self.close(TOO_BIG)
        frame = _parsed(text_data)
        said = SAYS.get(frame.get("do", "")) if frame else None
        if said is None or (self.principal is NOBODY) != (frame["do"] == "hello"):
            return await self.close(POLICY)
        return await said(self, frame)

    def tell(self, frame: dict[str, Any]) -> None:
        """Send a frame of a channel that is not a view."""
        self.outbox.tell(frame)

    async def rights_changed(self, principal: Principal) -> None:
        """Go on under other rights: close what may not be seen any more, show again what now shows otherwise."""
        self.principal = principal
        for ch in list(self.channels):
            slug, _, view = ch.partition("/")
            seen = entry.sight(principal, slug)
            if sockets.is_out(principal) or not views.may_open(view, seen):
                self._leave(ch, "rights_changed")
            else:
                await hub.current().move(self.outbox, slug, view, seen)
        await tail.rights_changed(self)
        if sockets.is_out(principal):
            self.outbox.finish(POLICY)

    async def hello(self, frame: dict[str, Any]) -> None:
        ticket, tab = frame.get("ticket"), frame.get("tab", "")
        identity = await self._spent(ticket, tab) if isinstance(ticket, str) and isinstance(tab, str) else None
        principal = await database_sync_to_async(entry.admit)(identity) if identity else NOBODY
        if identity is None or sockets.is_out(principal):
            sockets.current().refusals.count(self.address, time.monotonic())
            await self.close(POLICY)
        else:
            await self._welcome(identity, principal)

    async def subscribe(self, frame: dict[str, Any]) -> None:
        ch, version, stream = frame.get("ch"), frame.get("version"), frame.get("stream")
        if not isinstance(ch, str) or not isinstance(version, int | None) or not isinstance(stream, str | None):
            return await self.close(POLICY)
        slug, _, view = ch.partition("/")
        if ch not in self.channels and len(self.channels) >= limits.SUBSCRIPTIONS:
            return self._leave(ch, "too_many")
        seen = entry.sight(self.principal, slug)
        if not views.is_known(view) or not views.may_open(view, seen):
            return self._leave(ch, "absent")
        self.channels.add(ch)
        return await hub.current().subscribe(self.outbox, slug, view, seen, version, stream)

    async def unsubscribe(self, frame: dict[str, Any]) -> None:
        ch = frame.get("ch")
        if isinstance(ch, str) and ch in self.channels:
            self.channels.discard(ch)
            hub.current().unsubscribe(self.outbox, ch)

    async def refresh(self, frame: dict[str, Any]) -> None:
        slug = frame.get("cluster")
        if isinstance(slug, str) and entry.sight(self.principal, slug)("cluster.view", ("",)):
            await hub.current().feed.refresh(slug)

    async def _spent(self, ticket: str, tab: str) -> Identity | None:
        try:
            kept = await hub.current().feed.redis.getdel(socket_tickets.redis_key(ticket))
        except (RedisError, OSError):
            return None
        return socket_tickets.spend(kept, tab, self.address)

    async def _welcome(self, identity: Identity, principal: Principal) -> None:
        self._closes.cancel()
        self.identity, self.principal = identity, principal
        if not sockets.current().enter(self):
            self.principal = NOBODY
            return await self.close(POLICY, reason="too many sockets")
        hub.current().enter(self.outbox)
        self.outbox.tell({"kind": "welcome"})
        self._sending = asyncio.ensure_future(self.outbox.run())
        return None

    async def _refuse(self) -> None:
        self._closes.cancel()
        sockets.current().refusals.count(self.address, time.monotonic())
        await self.close()

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

    def _leave(self, ch: str, reason: str) -> None:
        self.channels.discard(ch)
        hub.current().unsubscribe(self.outbox, ch)
        self.outbox.tell({"ch": ch, "kind": "closed", "reason": reason})

    def _nobody_came(self) -> None:
        self._closing = asyncio.ensure_future(self.close(POLICY))


def _parsed(text: str) -> dict[str, Any] | None:
    """Return a frame: one flat object, with lists of plain values at most; None for anything else."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(frame, dict) or not isinstance(frame.get("do"), str):
        return None
    for value in frame.values():
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict | list) for item in value)):
            return None
    return frame


SAYS: dict[str, Callable[[Live, dict[str, Any]], Awaitable[None]]] = {
    "hello": Live.hello,
    "subscribe": Live.subscribe,
    "unsubscribe": Live.unsubscribe,
    "refresh": Live.refresh,
    **tail.SAYS,
    **query.SAYS,
    **scan.SAYS,
}
