"""Reads and writes a reader's own choices: the only door to them."""

from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.web.models import Choice

FAVOURITES = "topics.favourites"


def read(principal: Any, slug: str, name: str) -> Any:
    """Return a choice, or None for one never made."""
    if principal.user_id is None:
        return None
    return Choice.objects.filter(user_id=principal.user_id, cluster=slug, name=name).values_list("value", flat=True).first()


def keep(principal: Any, slug: str, name: str, value: Any) -> None:
    """Write a choice; raises Problem(DENIED) for who has no account to keep it with."""
    if principal.user_id is None:
        raise Problem(Kind.DENIED, "Choices are kept with an account, and you have none here.", "Sign in first.")
    Choice.objects.update_or_create(user_id=principal.user_id, cluster=slug, name=name, defaults={"value": value})


def favourites(principal: Any, slug: str) -> set[str]:
    """Return the names of the reader's favourite topics, also of those that are gone by now."""
    return set(read(principal, slug, FAVOURITES) or ())
