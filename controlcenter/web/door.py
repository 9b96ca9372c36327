"""The door of all pages: who comes in, to which cluster, with which right; and how trouble reads.

The middleware `Door` lets nobody past without an account (only sign-in, set-up, static files and health are open) and
puts `request.principal`. Views say what they need by a decorator: `page` for the pages of a cluster, `app` for those of
the product, `account` for those that need no more than being signed in. A test walks all addresses and finds the
decorator on each.
"""

import functools
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from controlcenter import access
from controlcenter.access import principals, setup, sign_ins, token_limits
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.observe import store
from controlcenter.observe.snapshot import Snapshot

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]

STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.DENIED: 403,
    Kind.ABSENT: 404,
    Kind.CONFLICT: 409,
    Kind.UNREACHABLE: 503,
    Kind.TIMEOUT: 504,
    Kind.UNSUPPORTED: 501,
    Kind.BROKEN: 502,
}
TITLES: dict[int, str] = {
    400: "This request cannot be right",
    403: "Not permitted",
    404: "Nothing here",
    409: "The state changed",
    429: "Too often",
    500: "Something broke",
    501: "Not possible here",
    502: "An answer that makes no sense",
    503: "Not reachable",
    504: "No answer in time",
}
OPEN = ("/login/", "/setup/", "/healthz", "/readyz")
BEARER = "Bearer "
TOUCH_S = 600  # how often a living session is written
LONGEST_S = 7 * 24 * 3600  # a session ends then, however busy


class Door:
    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            turned_away = self._turn_away(request)
        except Problem as problem:
            return shown(request, problem)
        return turned_away or self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError):  # a NUL in a text, a number beyond 64 bits
            return shown(request, Problem(Kind.INVALID, "The database cannot hold, or look for, what was typed.", "Type it again."))
        return shown(request, exception) if isinstance(exception, Problem) else None

    def _turn_away(self, request: HttpRequest) -> HttpResponse | None:
        """Put the principal on the request; return the answer for who may not come further."""
        request.principal = principals.NOBODY  # type: ignore[attr-defined]
        path = request.path_info
        if path.startswith(settings.STATIC_URL) or path in ("/healthz", "/readyz"):
            return None
        if not setup.is_ready():
            return None if path == "/setup/" else _not_set_up(request)
        request.principal = _principal(request)  # type: ignore[attr-defined]
        if request.principal.kind != "nobody" or path in OPEN:  # type: ignore[attr-defined]
            return None
        return _sign_in_first(request)


def page(operation: str, name: str | None = None, *, any_name: bool = False) -> Callable[[View], View]:
    """Open a cluster's page to holders of a right.

    operation  as in access.operations
    name       the URL's argument that names the object (`topic`, `group`); None asks for the right as such
    any_name   the right on some name is enough: lists and empty forms, which then filter name by name

    Puts request.cluster, and request.snapshot: empty while nothing was read.
    """

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
            wanted = str(kwargs[name]) if name else ""
            access.check(request.principal, operation, slug, wanted, any_name=any_name)  # type: ignore[attr-defined]
            request.cluster = clusters.get(slug)  # type: ignore[attr-defined]
            request.snapshot = store.default().read(slug) or Snapshot()  # type: ignore[attr-defined]
            return view(request, slug=slug, **kwargs)

        guarded.needs = operation  # type: ignore[attr-defined]
        return guarded

    return guard


def app(operation: str) -> Callable[[View], View]:
    """Open a page of the product itself to holders of a right."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            access.check(request.principal, operation, None)  # type: ignore[attr-defined]
            return view(request, **kwargs)

        guarded.needs = operation  # type: ignore[attr-defined]
        return guarded

    return guard


def account(view: View) -> View:
    """Mark a view that needs an account and no right: it must show only what its reader may see."""
    view.needs = "account"  # type: ignore[attr-defined]
    return view


def open_to_all(view: View) -> View:
    """Mark a view that needs no account."""
    view.needs = ""  # type: ignore[attr-defined]
    return view


def shown(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return a problem as this client reads it: a page, or JSON."""
    status = 429 if isinstance(problem, token_limits.Busy) else STATUS[problem.kind]
    if _wants_json(request):
        told = {"kind": problem.kind, "what": problem.what, "hint": problem.hint, "field": problem.field}
        answer: HttpResponse = JsonResponse(told, status=status)
    else:
        answer = _trouble(request, status, problem.what, problem.hint)
    if isinstance(problem, token_limits.Busy):
        answer["Retry-After"] = str(problem.retry_s)
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        what = f"The request has more than {most:,} bytes beside its files: nothing was read, and nothing was changed."
        return shown(
            request, Problem(Kind.INVALID, what, "Go back, where all that was typed still stands, and send large records as a file.")
        )
    return shown(request, Problem(Kind.INVALID, "The server could not read this request.", "Go back and try again."))


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return shown(request, Problem(Kind.DENIED, "You may not do this.", "Ask an administrator for the right."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or is older than its session."""
    return shown(
        request,
        Problem(Kind.DENIED, "This form is too old, or came from another site: nothing was changed.", "Reload the page and send it again."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return shown(
        request, Problem(Kind.ABSENT, "There is nothing here, or you may not see it.", "Check the address, or ask an administrator.")
    )


def failed(request: HttpRequest) -> HttpResponse:
    """The unexpected keeps its traceback in the log; the page gives the id to look for."""
    mark = secrets.token_hex(4)
    log.error("unexpected trouble %s at %s", mark, request.path_info, exc_info=True)
    if _wants_json(request):
        return JsonResponse({"kind": "broken", "what": f"Something broke here (id {mark}).", "hint": "", "field": ""}, status=500)
    return _trouble(
        request,
        500,
        f"The server met trouble it did not expect. In its log it stands under the id {mark}.",
        "Try again; if it stays so, report the id.",
    )


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _principal(request: HttpRequest) -> principals.Principal:
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER):
        token = header[len(BEARER) :].strip()
        return token_limits.admit(store.default().redis, token, address_of(request), int(time.time() * 1000))
    user = request.user
    if user.is_authenticated and not _is_worn_out(request):
        return principals.of_user(user, address=address_of(request), credential=str(request.session.get("sign_in", "")))
    if settings.CONFIG.anonymous == "viewer":
        return principals.anonymous(address_of(request))
    return principals.NOBODY


def _is_worn_out(request: HttpRequest) -> bool:
    """End a session that is older than seven days; keep a used one from ending by idleness."""
    now = timezone.now().timestamp()
    if now - request.session.get("since", 0) > LONGEST_S:
        sign_ins.end(request.session.session_key)
        logout(request)
        return True
    if now - request.session.get("seen", 0) > TOUCH_S:
        request.session["seen"] = now
        sign_ins.touch(request.session.session_key)
    return False


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"kind": Kind.DENIED, "what": "Sign in first.", "hint": "", "field": ""}, status=401)
    there = request.get_full_path() if request.method == "GET" else ""
    return redirect(f"{reverse('login')}?{urlencode({'next': there})}" if there not in ("", "/") else reverse("login"))


def _not_set_up(request: HttpRequest) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"kind": Kind.UNREACHABLE, "what": "Not set up yet.", "hint": "", "field": ""}, status=503)
    return redirect("setup")


def _wants_json(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def _trouble(request: HttpRequest, status: int, what: str, hint: str) -> HttpResponse:
    is_inside = getattr(request, "principal", principals.NOBODY).kind != "nobody" and status != 500
    template = "problems/problem.html" if is_inside else "problems/outside.html"
    return render(request, template, {"status": status, "title": TITLES[status], "what": what, "hint": hint, "view": ""}, status=status)
