"""API tokens: `cc_<prefix>_<secret>`. The secret is shown once and kept only as its SHA-256."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from controlcenter.access.models import ApiToken
from controlcenter.errors import Kind, Problem

DAYS = 90
LONGEST_DAYS = 365
USED_AGAIN = timedelta(minutes=1)  # last_used_at is written at most this often


def make(owner: Any, *, days: int = DAYS, roles: Sequence[str] = (), cidrs: Sequence[str] = ()) -> tuple[ApiToken, str]:
    """Return the token's row and its text, which nobody can see again. Raises Problem(INVALID)."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Problem(Kind.INVALID, f"A token cannot live {days} days.", f"Use 1 to {LONGEST_DAYS}.", "days")
    for cidr in cidrs:
        _network(cidr)
    held = set(owner.bindings.values_list("role__name", flat=True)) | set(owner.groups.values_list("bindings__role__name", flat=True))
    if surplus := set(roles) - held:
        raise Problem(
            Kind.INVALID, f"{owner} does not hold {', '.join(sorted(surplus))}.", "A token cannot hold more than its owner.", "roles"
        )
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)  # 256 bits
    kept = ApiToken.objects.create(
        owner=owner,
        prefix=prefix,
        sha256=_hash(secret),
        role_subset=sorted(roles),
        cidrs=list(cidrs),
        expires_at=timezone.now() + timedelta(days=days),
    )
    return kept, f"cc_{prefix}_{secret}"


def recognise(token: str, address: str, now: datetime | None = None) -> ApiToken:
    """Return the row of a token; raises Problem(DENIED), with one sentence for every cause."""
    at = now or timezone.now()
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    kept = ApiToken.objects.select_related("owner").filter(prefix=prefix).first() if mark == "cc" and prefix else None
    is_right = hmac.compare_digest(kept.sha256 if kept else "0" * 64, _hash(secret))
    if kept is None or not is_right or kept.revoked_at or kept.expires_at <= at or not _is_inside(address, kept.cidrs):
        raise Problem(
            Kind.DENIED, "This token does not open anything.", "It may be mistyped, expired, revoked, or used from another address."
        )
    if kept.last_used_at is None or at - kept.last_used_at > USED_AGAIN:
        ApiToken.objects.filter(pk=kept.pk).update(last_used_at=at)
    return kept


def revoke(token: ApiToken) -> None:
    """End a token; sockets it opened close within seconds."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_inside(address: str, cidrs: Sequence[str]) -> bool:
    if not cidrs:
        return True
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(place in _network(cidr) for cidr in cidrs)


def _network(cidr: str) -> Any:
    try:
        return ipaddress.ip_network(cidr)
    except ValueError:
        raise Problem(Kind.INVALID, f"{cidr!r} is not a network.", "Write it as 10.1.0.0/16.", "cidrs") from None
