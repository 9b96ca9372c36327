"""Filters kept for later: each person's own, by topic."""

from typing import Any

from controlcenter import access
from controlcenter.browse import criterion, look
from controlcenter.browse.models import SavedFilter
from controlcenter.browse.request import Request
from controlcenter.errors import Kind, Problem

MOST = 100  # of one person and topic


def of(principal: Any, slug: str, topic: str) -> list[SavedFilter]:
    """Return the filters somebody keeps for a topic, by name."""
    access.check(principal, look.OPERATION, slug, topic)
    return list(SavedFilter.objects.filter(owner_id=principal.user_id, cluster=slug, topic=topic).order_by("name"))


def save(principal: Any, slug: str, topic: str, name: str, text: str, mode: str) -> SavedFilter:
    """Keep a filter under a name, in place of the one that had it; raises Problem for what is no filter, or no name."""
    access.check(principal, look.OPERATION, slug, topic)
    if principal.user_id is None:
        raise Problem(Kind.DENIED, "Filters are kept with an account.", "Sign in first.")
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise Problem(Kind.INVALID, "A filter needs a name of up to 100 letters.", "Give it one.", "name")
    if not text.strip():
        raise Problem(Kind.INVALID, "There is no filter to keep.", "Write one first.", "filter")
    criterion.compiled(Request(filter=text, mode=mode))
    mine = SavedFilter.objects.filter(owner_id=principal.user_id, cluster=slug, topic=topic)
    if mine.count() >= MOST and not mine.filter(name=name).exists():
        raise Problem(Kind.CONFLICT, f"You keep {MOST} filters for this topic.", "Remove one first.")
    kept: SavedFilter = mine.update_or_create(
        owner_id=principal.user_id, cluster=slug, topic=topic, name=name, defaults={"text": text, "mode": mode}
    )
    return kept


def remove(principal: Any, slug: str, topic: str, name: str) -> None:
    """Forget a filter of one's own; nothing happens when there is none."""
    SavedFilter.objects.filter(owner_id=principal.user_id, cluster=slug, topic=topic, name=name).delete()
