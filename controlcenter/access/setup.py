"""The first start: new → one-time link → ready. Ready means that an administrator exists.

The link holds 256 bits, lives 30 minutes, works once, and each start makes a new one. Its hash alone is kept.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from controlcenter.access import audit, principals, roles
from controlcenter.access.models import Binding, Role, SetupLink
from controlcenter.config import Config
from controlcenter.errors import Kind, Problem

LINK_LIVES = timedelta(minutes=30)
_is_ready = False  # once true it stays true for the life of a process


def is_ready() -> bool:
    """Return whether an administrator exists."""
    global _is_ready
    if not _is_ready:
        _is_ready = Binding.objects.filter(role__name="admin", user__is_active=True).exists()
    return _is_ready


def forget() -> None:
    global _is_ready
    _is_ready = False


def prepare(config: Config) -> str:
    """Make the administrator of CC_ADMIN_PASSWORD_FILE when none is there, or return the link that makes one; "" when ready.

    Called by the start command after migration. Raises Problem(INVALID) for a password that is too weak.
    """
    if not is_ready() and config.admin_password_file:
        password = Path(config.admin_password_file).read_text(encoding="utf-8").rstrip("\r\n")
        make_administrator(config.admin_name, password, "", via="command")
    return link(config)


def link(config: Config) -> str:
    """Return a new one-time link, making every earlier one worthless; "" when there is an administrator."""
    if is_ready():
        return ""
    token = secrets.token_urlsafe(32)
    SetupLink.objects.all().delete()
    SetupLink.objects.create(sha256=_hash(token), expires_at=timezone.now() + LINK_LIVES)
    return f"{config.url}/setup/?t={token}"


def opens(token: str) -> bool:
    """Return whether a link's token works now."""
    kept = SetupLink.objects.filter(expires_at__gt=timezone.now()).first()
    return kept is not None and not is_ready() and hmac.compare_digest(kept.sha256, _hash(token))


def finish(token: str, name: str, password: str, email: str = "", address: str = "") -> Any:
    """Use the link: make the administrator and return the user. Raises Problem (DENIED, or INVALID with its field)."""
    if not opens(token):
        raise Problem(Kind.DENIED, "This link does not work any more.", "Start the product again: each start prints a new one.")
    return make_administrator(name, password, email, via="page", address=address)


@transaction.atomic
def make_administrator(name: str, password: str, email: str, *, via: str, address: str = "") -> Any:
    """Make a user bound to the role admin, once: the link is used up in the same transaction."""
    users = get_user_model()
    fault = _fault(users, name.strip(), password, email)
    if fault:
        raise fault
    roles.install()
    user = users.objects.create_user(name.strip(), email, password)
    Binding.objects.create(role=Role.objects.get(name="admin"), user=user)
    SetupLink.objects.all().delete()
    audit.record(
        principals.system("setup"), "app.users.edit", None, user.get_username(), via=via, address=address, reason="first administrator"
    )
    return user


def _fault(users: Any, name: str, password: str, email: str) -> Problem | None:
    candidate = users(username=name, email=email)
    try:
        candidate.clean_fields(exclude=["password"])
    except ValidationError as faults:
        field, texts = next(iter(faults.message_dict.items()))
        return Problem(Kind.INVALID, texts[0], "", "name" if field == "username" else field)
    if users.objects.filter(username=name).exists():
        return Problem(Kind.INVALID, f"There is already a user {name}.", "Choose another name.", "name")
    try:
        password_validation.validate_password(password, candidate)
    except ValidationError as faults:
        return Problem(Kind.INVALID, " ".join(faults.messages), "Use at least 12 characters that nobody would guess.", "password")
    return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
