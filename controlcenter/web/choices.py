"""What a reader chose for the pages of one cluster: favourite topics, and which columns of a list. Nobody else sees it.

It travels with the account, not with the browser; who has none (a visitor of an open install) has the defaults.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from controlcenter import access
from controlcenter.errors import Kind, Problem
from controlcenter.web import topics
from controlcenter.web.door import page
from controlcenter.web.own import FAVOURITES, favourites, keep

MOST = 500  # favourites of one reader in one cluster


@page("topic.view", any_name=True)
@require_POST
def favourite(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a topic a favourite, or one no more."""
    principal: Any = request.principal  # type: ignore[attr-defined]
    name = request.POST.get("topic", "")
    access.check(principal, "topic.view", slug, name)
    held = favourites(principal, slug)
    is_favourite = name not in held
    if is_favourite and len(held) >= MOST:
        raise Problem(Kind.INVALID, f"You have {MOST} favourites in this cluster, which is the most.", "Take one away first.", "topic")
    keep(principal, slug, FAVOURITES, sorted({*held, name} if is_favourite else held - {name}))
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"is_favourite": is_favourite})
    return redirect(_back(request, slug))


@page("topic.view", any_name=True)
@require_POST
def columns(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep which columns the list of topics has, in their order; none chosen means the ones it comes with."""
    wanted = [] if request.POST.get("do") == "reset" else topics.known_columns(request.POST.getlist("column"))
    keep(request.principal, slug, topics.COLUMNS, wanted)  # type: ignore[attr-defined]
    return redirect(_back(request, slug))


def _back(request: HttpRequest, slug: str) -> str:
    """Return the list as it was, but for columns of the address, which would hide the choice just made."""
    query = request.POST.get("query", "")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith(("columns=", "format=")))
    return reverse("topics", args=[slug]) + (f"?{kept}" if kept else "")
