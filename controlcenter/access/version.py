"""The counter that moves with every change of rights. What was compiled under another number is old.

A process asks the database at most twice a second, and at once after its own change: a right taken away is gone
everywhere within a second.
"""

import time
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import F, Model

from controlcenter.access.models import AccessVersion, ApiToken, Binding, Grant, Role
from controlcenter.fleet.models import Cluster

FRESH_S = 0.5
_seen = (0.0, -1)  # monotonic time of the last look, and the number seen


def current() -> int:
    """Return the number as of at most half a second ago."""
    global _seen
    looked_at, number = _seen
    if number < 0 or time.monotonic() - looked_at > FRESH_S:
        number = AccessVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
        _seen = (time.monotonic(), number)
    return number


def bump() -> None:
    """Say that rights changed."""
    if not AccessVersion.objects.filter(pk=1).update(number=F("number") + 1):
        AccessVersion.objects.get_or_create(pk=1, defaults={"number": 1})
    forget()


def forget() -> None:
    """Look again at the next question."""
    global _seen
    _seen = (0.0, -1)


def on_change(sender: type[Model], **told: Any) -> None:
    """Answer Django's signals: rights, tokens, clusters, users and their groups."""
    user = get_user_model()
    if sender is user and told.get("update_fields") == frozenset({"last_login"}):
        return
    if sender in (Role, Grant, Binding, ApiToken, Cluster, Group, user, user.groups.through):
        bump()
