"""Signing in and out. One sentence for every failure, so that nobody learns which names exist."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from controlcenter.access import audit, principals, sign_ins
from controlcenter.web import door

WRONG = "That name and password do not go together."
LOCKED = "Too many tries. Wait {minutes} minutes, then try again."


@require_http_methods(["GET", "POST"])
@door.open_to_all
def sign_in(request: HttpRequest) -> HttpResponse:
    there = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(there)
    if request.method == "GET":
        return _show(request, there)
    name = request.POST.get("username", "").replace("\0", "")  # no name has one, and PostgreSQL refuses even to look
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None:
        is_locked = getattr(request, "axes_locked_out", False)
        audit.record(
            principals.system("sign-in"), "app.sign-in", None, name[:150], outcome="denied", address=door.address_of(request), via="page"
        )
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        return _show(request, there, LOCKED.format(minutes=minutes) if is_locked else WRONG, name, 429 if is_locked else 403)
    begin(request, user)
    return redirect(there)


@require_POST
@door.account
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        audit.record(request.principal, "app.sign-out", None, via="page")  # type: ignore[attr-defined]
        sign_ins.end(request.session.session_key)
        logout(request)
    return redirect("login")


def begin(request: HttpRequest, user: object) -> None:
    """Open a session under a new key, and write it down."""
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    if request.session.session_key is None:
        request.session.create()
    request.session["since"] = request.session["seen"] = timezone.now().timestamp()
    client = request.headers.get("User-Agent", "")
    kept = sign_ins.begin(user, str(request.session.session_key), door.address_of(request), client)
    request.session["sign_in"] = kept.pk
    principal = principals.of_user(user, address=door.address_of(request), credential=str(kept.pk))
    audit.record(principal, "app.sign-in", None, via="page", client=client[:255])


def _safe(request: HttpRequest, there: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return there if there and is_ours else settings.LOGIN_REDIRECT_URL


def _show(request: HttpRequest, there: str, fault: str = "", name: str = "", status: int = 200) -> HttpResponse:
    return render(request, "pages/sign_in/sign_in.html", {"next": there, "fault": fault, "name": name}, status=status)
