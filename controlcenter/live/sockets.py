"""Who is connected to this process, and asking again every 3 s whether they still may be.

A right taken away, a sign-out, a disabled account or an expired session reaches every socket within 5 s.
"""

import asyncio
import contextlib
import logging
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import DatabaseError

from controlcenter.access.principals import NOBODY, Principal
from controlcenter.access.socket_tickets import Identity
from controlcenter.live import entry, limits
from controlcenter.live.limits import Refusals

CHECK_S = 3.0
log = logging.getLogger(__name__)


class Socket(Protocol):
    identity: Identity
    principal: Principal

    async def rights_changed(self, principal: Principal) -> None: ...


class Sockets:
    """The sockets of one loop. Checks run while there are any."""

    def __init__(self) -> None:
        self.refusals = Refusals()
        self._all: set[Any] = set()
        self._checking: asyncio.Task[None] | None = None

    def enter(self, socket: Socket) -> bool:
        """Let a socket in; False when its user has too many."""
        if self._count(socket.principal) >= limits.SOCKETS_PER_USER:
            return False
        self._all.add(socket)
        if self._checking is None or self._checking.done():
            self._checking = asyncio.ensure_future(self._check_on())
        return True

    def leave(self, socket: Socket) -> None:
        self._all.discard(socket)

    async def check(self) -> None:
        """Ask once for all sockets, and tell those whose rights are not what they were."""
        asked = list(self._all)
        found = await database_sync_to_async(entry.check)([socket.identity for socket in asked])
        for socket in asked:
            principal = found[socket.identity]
            if socket in self._all and (is_out(principal) or principal.version != socket.principal.version):
                with contextlib.suppress(ConnectionError):
                    await socket.rights_changed(principal)

    async def _check_on(self) -> None:
        while self._all:
            await asyncio.sleep(CHECK_S)
            try:
                await self.check()
            except DatabaseError:
                log.warning("the rights of open sockets could not be checked", exc_info=True)

    def _count(self, principal: Principal) -> int:
        if principal.kind == "anonymous":
            same = [each for each in self._all if each.principal.kind == "anonymous" and each.principal.address == principal.address]
        else:
            same = [each for each in self._all if each.principal.user_id == principal.user_id]
        return len(same)


def is_out(principal: Principal) -> bool:
    return principal is NOBODY or not principal.is_active


_sockets: WeakKeyDictionary[asyncio.AbstractEventLoop, Sockets] = WeakKeyDictionary()


def current() -> Sockets:
    """Return the sockets of the running loop."""
    return _sockets.setdefault(asyncio.get_running_loop(), Sockets())
