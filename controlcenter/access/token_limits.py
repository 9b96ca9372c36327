"""How often tokens may come: 20 requests a second each, and an address whose tokens fail is locked out for a while.

Counted in Redis, one count for all web processes. Without Redis nothing is counted: the limits spare the product and
keep guesses few, they open nothing; whether a token is right stays the database's word.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import redis

from controlcenter.access import audit, principals
from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem

PER_S, BURST = 20, 40
GAP_MS = 1000 // PER_S
FAILURES, LOCKED_S = 5, 15 * 60  # as for passwords: the fifth failure locks for a quarter of an hour

# A bucket kept as one number, the instant at which it is full again (GCRA): what passes moves it by a gap.
# Returns the milliseconds to wait, 0 when the request passes.
TAKE = """
local now, gap, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local wait = full - now - gap * (burst - 1)
if wait > 0 then return wait end
redis.call('SET', KEYS[1], full + gap, 'PX', gap * (burst + 1))
return 0
"""


@dataclass(unsafe_hash=True)
class Busy(Problem):
    """A token that must wait. retry_s: whole seconds until it is worth another try."""

    retry_s: int = 1


def admit(client: Any, token: str, address: str, now_ms: int) -> Principal:
    """Return the principal of a token that comes in at an instant.

    client  a Redis client
    raises  Problem(DENIED) as `principals.of_token`; Busy for a token that comes too often, or an address that is locked out
    """
    _turn_away_the_locked(client, address)
    try:
        principal = principals.of_token(token, address)
    except Problem:
        _count_failure(client, address)
        raise
    wait_ms = _counted(lambda: int(client.eval(TAKE, 1, f"rate:{principal.credential}", now_ms, GAP_MS, BURST)))
    if wait_ms:
        raise Busy(
            Kind.DENIED,
            f"This token asks more than {PER_S} times a second.",
            "Wait as long as Retry-After says, then ask less often.",
            retry_s=-(-wait_ms // 1000),
        )
    return principal


def _turn_away_the_locked(client: Any, address: str) -> None:
    if _counted(lambda: int(client.get(_failures_of(address)) or 0)) < FAILURES:
        return
    left_s = max(1, _counted(lambda: int(client.ttl(_failures_of(address)))))
    raise Busy(
        Kind.DENIED,
        "Too many wrong tokens came from this address.",
        f"Mend the token that is wrong; the address is open again in {-(-left_s // 60)} min.",
        retry_s=left_s,
    )


def _count_failure(client: Any, address: str) -> None:
    """Count a failure; the first opens the quarter of an hour, the one that locks begins it anew, and is written down."""
    key = _failures_of(address)
    failures = _counted(lambda: int(client.incr(key)))
    if failures in (1, FAILURES):
        with suppress(redis.RedisError, OSError):
            client.expire(key, LOCKED_S)
    if failures == FAILURES:
        audit.record(principals.system("sign-in"), "app.token", None, outcome="denied", address=address, reason=f"{FAILURES} wrong tokens")


def _failures_of(address: str) -> str:
    return f"failures:{address}"


def _counted(ask: Callable[[], int]) -> int:
    try:
        return ask()
    except (redis.RedisError, OSError):
        return 0
