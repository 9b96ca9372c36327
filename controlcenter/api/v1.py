"""`/api/v1`: who may call, and how trouble is told. The routes live beside it, one file a noun."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer

from controlcenter.access.principals import Principal
from controlcenter.api import clusters, groups, producing, topics
from controlcenter.errors import Kind, Problem
from controlcenter.operate.perform import Faulty

STATUS = {
    Kind.INVALID: 422, Kind.DENIED: 403, Kind.ABSENT: 404, Kind.CONFLICT: 409, Kind.UNREACHABLE: 503,
    Kind.TIMEOUT: 504, Kind.UNSUPPORTED: 501, Kind.BROKEN: 502,
}  # fmt: skip


class Bearer(HttpBearer):
    """An API token, `Authorization: Bearer cc_…`; the door has recognised it."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        return _principal(request)


class SignedIn(APIKeyCookie):
    """The session of a browser; changes need its CSRF token too."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:
        return _principal(request)


def _principal(request: HttpRequest) -> Principal | None:
    principal: Principal = request.principal  # type: ignore[attr-defined]
    return principal if principal.is_active else None


api = NinjaAPI(title="controlcenter", version="1", auth=[Bearer(), SignedIn()], docs_url=None, urls_namespace="api-v1")
api.add_router("/clusters/", clusters.router)
api.add_router("/clusters/{slug}/topics/", topics.router)
api.add_router("/clusters/{slug}/groups/", groups.router)
api.add_router("/clusters/{slug}/topics/", producing.router)


def refusal(*problems: Problem) -> dict[str, Any]:
    return {"faults": [{"kind": p.kind, "what": p.what, "hint": p.hint, "field": p.field} for p in problems]}


@api.exception_handler(Problem)
def problem(request: HttpRequest, trouble: Problem) -> HttpResponse:
    return api.create_response(request, refusal(trouble), status=STATUS[trouble.kind])


@api.exception_handler(Faulty)
def faulty(request: HttpRequest, trouble: Faulty) -> HttpResponse:
    return api.create_response(request, refusal(*trouble.faults), status=STATUS[trouble.faults[0].kind])


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, trouble: ValidationError) -> HttpResponse:
    problems = [Problem(Kind.INVALID, f"{e['msg']}.", "See /api/docs.", str(e["loc"][-1])) for e in trouble.errors]
    return api.create_response(request, refusal(*problems), status=422)


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, trouble: AuthenticationError) -> HttpResponse:
    nobody = Problem(Kind.DENIED, "The API asks for an account.", "Sign in, or send Authorization: Bearer with a token.")
    return api.create_response(request, refusal(nobody), status=401)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, trouble: HttpError) -> HttpResponse:
    """A body that is not JSON."""
    found = Problem(Kind.INVALID, f"{trouble}.", "Send one JSON document; see /api/docs.")
    return api.create_response(request, refusal(found), status=trouble.status_code)


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, trouble: RequestDataTooBig) -> HttpResponse:
    what = f"The request has more than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes: nothing was read, and nothing was changed."
    found = Problem(Kind.INVALID, what, "Send parts, each in a request of its own.")
    return api.create_response(request, refusal(found), status=413)
