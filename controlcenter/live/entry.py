"""Who may open a socket, and whether they still may. Blocking functions: called from threads.

A browser must come from our own pages (Origin) and spend a ticket; a program shows its token and needs neither.
"""

import time
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from controlcenter.access import decisions, principals, token_limits, version
from controlcenter.access.principals import NOBODY, Principal
from controlcenter.access.socket_tickets import Identity
from controlcenter.errors import Problem
from controlcenter.live.hub import Sight
from controlcenter.observe import store

VIEWING = (
    "cluster.view", "broker.view", "broker.logdirs.view", "broker.config.view", "topic.view", "topic.config.view", "group.view",
)  # fmt: skip


def header(scope: Mapping[str, Any], name: bytes) -> str:
    """Return a header of the handshake; "" when absent or sent more than once."""
    values = [value for key, value in scope["headers"] if key.lower() == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def bearer(scope: Mapping[str, Any]) -> str:
    """Return the token of a handshake, or ""."""
    kind, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if kind == "Bearer" else ""


def address_of(scope: Mapping[str, Any]) -> str:
    return str((scope.get("client") or ("",))[0])


def is_our_page(scope: Mapping[str, Any]) -> bool:
    """Return whether the page that opens the socket is ours: same host and port as the request's own, and a host we serve."""
    origin, host = header(scope, b"origin"), header(scope, b"host").lower()
    parts = urlsplit(origin)
    schemes = ("https",) if settings.CONFIG.behind_tls_proxy else ("http", "https")
    if not host or origin.lower() not in {f"{scheme}://{host}" for scheme in schemes} or parts.scheme not in schemes:
        return False
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def admit(identity: Identity) -> Principal:
    """Return the principal of an identity that comes in now; NOBODY when it may not. Only here a token counts as used."""
    if identity.kind == "token":
        try:
            token_limits.admit(store.default().redis, identity.token, identity.address, int(time.time() * 1000))
        except Problem:
            return NOBODY
    return check([identity])[identity]


def check(identities: Iterable[Identity]) -> dict[Identity, Principal]:
    """Return the principal of each identity now: one query for 500 sessions, one policy for each user."""
    asked = list(dict.fromkeys(identities))
    alive = _alive({each.session_key for each in asked if each.kind == "user"})
    users: dict[int | None, Principal] = {}
    found = {}
    for each in asked:
        if each.kind == "user" and each.session_key in alive and each.user_id is not None:
            if each.user_id not in users:
                users[each.user_id] = principals.of_id(each.user_id)
            found[each] = users[each.user_id]
        else:
            found[each] = _other(each)
    return {each: principal if principal.is_active else NOBODY for each, principal in found.items()}


def sight(principal: Principal, slug: str) -> Sight:
    """Return what a principal sees of a cluster. Equal rights give equal fingerprints, whoever holds them."""
    rules = [policy.rules.get(name, ()) for policy in principal.policies for name in VIEWING]
    modes = tuple(policy.modes.get(slug) for policy in principal.policies)
    is_timed = any(rule.expires_at is not None for part in rules for rule in part)
    fingerprint = (tuple(rules), modes, principal.is_active)
    return Sight(fingerprint, lambda operation, names: decisions.visible(principal, operation, slug, names), is_timed)


def rights_version() -> int:
    return version.current()


def _other(identity: Identity) -> Principal:
    if identity.kind == "token":
        try:
            return principals.of_token(identity.token, identity.address)
        except Problem:
            return NOBODY
    if identity.kind == "anonymous" and settings.CONFIG.anonymous == "viewer":
        return principals.anonymous(identity.address)
    return NOBODY


def _alive(keys: set[str]) -> set[str]:
    """Return the session keys that still are sessions."""
    left, alive = iter(keys), set()
    while part := list(islice(left, 500)):
        alive |= set(Session.objects.filter(session_key__in=part, expire_date__gt=timezone.now()).values_list("session_key", flat=True))
    return alive
