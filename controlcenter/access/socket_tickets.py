"""Tickets that open one websocket: a signed-in page asks for one, the socket's first frame spends it.

A cookie alone opens no socket: another site's page could send it. A ticket lives 30 s, works once, and only for the tab
and from the network it was made for.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from typing import Any

import orjson

LIVES_S = 30


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a socket belongs to, in what can be asked again later. kind: user, anonymous or token."""

    kind: str
    user_id: int | None = None
    session_key: str = ""
    token: str = ""
    address: str = ""

    def __repr__(self) -> str:
        return f"Identity({self.kind}, {self.user_id}, •••)"


def redis_key(ticket: str) -> str:
    return f"ticket:{ticket}"


def make(redis: Any, identity: Identity, tab: str) -> str:
    """Return a new ticket, kept in Redis."""
    ticket = secrets.token_urlsafe(24)
    kept = {
        "kind": identity.kind,
        "user_id": identity.user_id,
        "session_key": identity.session_key,
        "tab": tab,
        "place": place(identity.address),
    }
    redis.set(redis_key(ticket), orjson.dumps(kept), ex=LIVES_S)
    return ticket


def spend(kept: bytes | None, tab: str, address: str) -> Identity | None:
    """Return whom a ticket, as taken out of Redis, lets in; None when it does not open this socket."""
    if kept is None:
        return None
    ticket = orjson.loads(kept)
    if ticket["tab"] != tab or ticket["place"] != place(address):
        return None
    return Identity(ticket["kind"], ticket["user_id"], ticket["session_key"], "", address)


def place(address: str) -> str:
    """Return the network an address is in, wide enough for a laptop that changes its address in it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.is_loopback:
        return "loopback"
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))
