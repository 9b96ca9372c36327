"""Who asks. A principal is a value: it carries its compiled policy and can be handed to any thread.

Compiled once per user under each access version: rights changed anywhere reach the next request within a second.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from controlcenter.access import policy, roles, tokens, version
from controlcenter.access.models import ApiToken, Binding
from controlcenter.access.operations import BY_NAME
from controlcenter.access.policy import EVERYTHING, Policy, Rule
from controlcenter.fleet.models import Cluster


@dataclass(frozen=True, slots=True)
class Principal:
    """kind: user, token, anonymous, system or nobody. policies: all of them must agree (a token's own, and its owner's)."""

    id: str
    name: str
    kind: str
    is_active: bool = True
    policies: tuple[Policy, ...] = field(default=(), repr=False)
    user_id: int | None = None
    credential: str = ""  # the token's prefix, or the sign-in's number
    address: str = ""
    version: int = 0  # the access version it was compiled under


NOBODY = Principal("", "nobody", "nobody", is_active=False)


def of_user(user: Any, *, address: str = "", credential: str = "") -> Principal:
    """Return the principal of a signed-in user; NOBODY for one who is not."""
    if not getattr(user, "is_authenticated", False):
        return NOBODY
    number = version.current()
    return Principal(
        str(user.pk), user.get_username(), "user", user.is_active, (_policy(user.pk, number),), user.pk, credential, address, number
    )


def of_token(token: str, address: str) -> Principal:
    """Return the principal of an API token; raises Problem(DENIED) for one that is unknown, expired, revoked or used from elsewhere."""
    kept = tokens.recognise(token, address)
    number = version.current()
    owners = _policy(kept.owner_id, number)
    own = _token_policy(kept.pk, number) if kept.role_subset else owners
    policies = (owners,) if own is owners else (owners, own)
    owner = kept.owner
    return Principal(str(owner.pk), owner.get_username(), "token", owner.is_active, policies, owner.pk, kept.prefix, address, number)


def of_id(user_id: int) -> Principal:
    """Return the principal of a user by number, read anew: for sockets, which outlive a request. NOBODY when gone."""
    return of_user(get_user_model().objects.filter(pk=user_id).first())


def anonymous(address: str = "") -> Principal:
    """Return everybody's principal on an install opened by CC_ANONYMOUS=viewer."""
    number = version.current()
    return Principal("anonymous", "anonymous", "anonymous", True, (_viewers_policy(number),), None, "", address, number)


def system(name: str) -> Principal:
    """Return the principal under which the product itself acts, for the trail: it holds no right."""
    return Principal(name, name, "system", is_active=False)


def rights(principal: Principal) -> tuple[Rule, ...]:
    """Return the rules that reach a principal, for its own reading."""
    seen: dict[int, Rule] = {}
    for each in principal.policies[-1:]:
        for name in BY_NAME:
            seen.update({id(rule): rule for rule in each.rules[name]})
    return tuple(seen.values())


def forget() -> None:
    """Drop everything compiled."""
    for cached in (_policy, _token_policy, _viewers_policy):
        cached.cache_clear()


@lru_cache(maxsize=512)
def _policy(user_id: int, number: int) -> Policy:
    bound = Binding.objects.filter(Q(user_id=user_id) | Q(group__user=user_id))
    return policy.compile(_rules(bound), _modes())


@lru_cache(maxsize=512)
def _token_policy(token_id: int, number: int) -> Policy:
    token = ApiToken.objects.get(pk=token_id)
    bound = Binding.objects.filter(Q(user_id=token.owner_id) | Q(group__user=token.owner_id), role__name__in=token.role_subset)
    return policy.compile(_rules(bound), _modes())


@lru_cache(maxsize=2)
def _viewers_policy(number: int) -> Policy:
    actions = roles.VIEWER.items()
    return policy.compile([Rule(0, "viewer", policy.ALLOW, resource, frozenset(held)) for resource, held in actions], _modes())


def _rules(bound: Any) -> list[Rule]:
    return [
        Rule(
            grant.pk,
            binding.role.name,
            grant.effect,
            grant.resource,
            frozenset(grant.actions),
            _both(grant.cluster_glob, binding.cluster_glob),
            _both(grant.name_pattern, policy.narrowed(grant.resource, binding.name_pattern)),
            _sooner(grant.expires_at, binding.expires_at),
        )
        for binding in bound.select_related("role").prefetch_related("role__grants").distinct()
        for grant in binding.role.grants.all()
    ]


def _both(one: str, other: str) -> tuple[str, ...]:
    return tuple({pattern for pattern in (one, other) if pattern != EVERYTHING}) or (EVERYTHING,)


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _modes() -> dict[str, str]:
    return dict(Cluster.objects.values_list("slug", "mode"))
