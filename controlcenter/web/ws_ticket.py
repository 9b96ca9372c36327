"""GET /ws-ticket/?tab=…: a ticket that opens this tab's websocket once, within 30 s."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from controlcenter.access import socket_tickets
from controlcenter.access.socket_tickets import Identity
from controlcenter.errors import Kind, Problem
from controlcenter.observe import store
from controlcenter.web import door


@door.account
@require_GET
@never_cache
def ws_ticket(request: HttpRequest) -> JsonResponse:
    principal = request.principal
    if principal.kind not in ("user", "anonymous"):
        raise Problem(Kind.INVALID, "A token needs no ticket.", "Open the websocket with the Authorization header.")
    session = request.session.session_key if principal.kind == "user" else ""
    identity = Identity(principal.kind, principal.user_id, session or "", "", door.address_of(request))
    return JsonResponse({"ticket": socket_tickets.make(store.default().redis, identity, request.GET.get("tab", "")[:64])})
