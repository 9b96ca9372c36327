"""Who is signed in, from where, and ending it: here, and at the sockets within seconds (the access version moves)."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils import timezone

from controlcenter.access import version
from controlcenter.access.models import SignIn

KEPT = timedelta(days=30)


def begin(user: Any, session_key: str, address: str, client: str) -> SignIn:
    """Write a new sign-in; forgets the user's long-ended ones, and everybody's idled-out sessions."""
    now = timezone.now()
    _sessions().clear_expired()
    user.sign_ins.filter(ended_at__lt=now - KEPT).delete()
    return SignIn.objects.create(user=user, session_key=session_key, address=address, client=client[:255], started_at=now, seen_at=now)


def end(session_key: str | None) -> None:
    """End one sign-in and its session; one that has ended stays ended."""
    if not session_key:
        return
    if SignIn.objects.filter(session_key=session_key, ended_at=None).update(ended_at=timezone.now()):
        _sessions()(session_key).delete()
        version.bump()


def is_alive(session_key: str) -> bool:
    """Return whether a session is still signed in: what a socket asks when the access version moved."""
    return SignIn.objects.filter(session_key=session_key, ended_at=None).exists()


def touch(session_key: str | None) -> None:
    SignIn.objects.filter(session_key=session_key).update(seen_at=timezone.now())


def of(user: Any) -> list[SignIn]:
    """Return a user's living sign-ins, the latest used first; what idled out is left out."""
    since = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return list(user.sign_ins.filter(ended_at=None, seen_at__gte=since).order_by("-seen_at"))


def moved(number: int | None, session_key: str) -> None:
    """Follow a session that got a new key (a changed password gives one)."""
    SignIn.objects.filter(pk=number).update(session_key=session_key)


def _sessions() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
