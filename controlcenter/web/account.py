"""One's own account: password, sign-ins, tokens, and what one may do, in words."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from controlcenter.access import audit, principals, sign_ins, tokens
from controlcenter.access.operations import BY_NAME
from controlcenter.errors import Kind, Problem
from controlcenter.web import door


@require_http_methods(["GET", "POST"])
@door.account
def account(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        raise Problem(Kind.ABSENT, "Nobody is signed in, so there is no account to show.", "Sign in first.")
    if request.method == "GET":
        return _show(request)
    verb = {"password": _change_password, "end": _end_sign_in, "revoke": _revoke}.get(request.POST.get("do", ""))
    if verb is None:
        raise Problem(Kind.INVALID, "The form did not say what to do.", "Reload the page and try again.")
    try:
        verb(request)
    except Problem as fault:
        if not fault.field:
            raise
        return _show(request, fault)
    return redirect("account")


def _show(request: HttpRequest, fault: Problem | None = None) -> HttpResponse:
    user: Any = request.user
    context = {
        "fault": fault,
        "sign_ins": sign_ins.of(user),
        "here": request.session.get("sign_in"),
        "tokens": user.api_tokens.filter(revoked_at=None, expires_at__gt=timezone.now()),
        "rights": _rights(request.principal),  # type: ignore[attr-defined]
        "view": "account",
    }
    return render(request, "pages/account/account.html", context, status=door.STATUS[fault.kind] if fault else 200)


def _rights(principal: principals.Principal) -> list[dict[str, Any]]:
    """Return what reaches the reader: one line a resource and place, with the operations this version has."""
    lines = sorted(principals.rights(principal), key=_place)
    told = []
    for (resource, effect, clusters, names), rules in groupby(lines, key=_place):
        held = {action for rule in rules for action in rule.actions}
        here = [operation.action for operation in BY_NAME.values() if operation.resource == resource and operation.action in held]
        told.append({"resource": resource, "effect": effect, "actions": here, "clusters": clusters, "names": names})
    return told


def _place(rule: Any) -> tuple[str, str, str, str]:
    return rule.resource, rule.effect, " and ".join(sorted(rule.clusters)), " and ".join(sorted(rule.names))


def _change_password(request: HttpRequest) -> None:
    user: Any = request.user
    new = request.POST.get("new", "")
    if not user.check_password(request.POST.get("old", "")):
        raise Problem(Kind.DENIED, "This is not your present password.", "", "old")
    try:
        password_validation.validate_password(new, user)
    except ValidationError as faults:
        raise Problem(Kind.INVALID, " ".join(faults.messages), "Use at least 12 characters that nobody would guess.", "new") from None
    user.set_password(new)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    request.session.save()
    for other in sign_ins.of(user):
        if other.pk != request.session.get("sign_in"):
            sign_ins.end(other.session_key)
    sign_ins.moved(request.session.get("sign_in"), str(request.session.session_key))
    audit.record(request.principal, "app.password", None, via="page")  # type: ignore[attr-defined]
    messages.success(request, "Password changed. Your other sign-ins have ended.")


def _end_sign_in(request: HttpRequest) -> None:
    user: Any = request.user
    kept = user.sign_ins.filter(pk=_number(request)).first()
    if kept is None:
        raise Problem(Kind.ABSENT, "This sign-in is not there any more.")
    sign_ins.end(kept.session_key)
    audit.record(request.principal, "app.sign-out", None, f"sign-in {kept.pk}", via="page")  # type: ignore[attr-defined]
    messages.success(request, "Signed out there.")


def _revoke(request: HttpRequest) -> None:
    user: Any = request.user
    kept = user.api_tokens.filter(pk=_number(request), revoked_at=None).first()
    if kept is None:
        raise Problem(Kind.ABSENT, "This token is not there any more.")
    tokens.revoke(kept)
    audit.record(request.principal, "app.tokens.revoke", None, f"cc_{kept.prefix}", via="page")  # type: ignore[attr-defined]
    messages.success(request, f"Token cc_{kept.prefix} opens nothing any more.")


def _number(request: HttpRequest) -> int:
    text = request.POST.get("id", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Problem(Kind.INVALID, "The form did not say which one.", "Reload the page and try again.")
    return int(text)
