"""The first start's wizard: opened by the printed link, it makes the administrator, then leads to the first cluster
(`first_cluster`) where settings speak of none, and says what is on.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from controlcenter import config
from controlcenter.access import setup as first_start
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.web import door, sign_in

KEPT_AS = "setup_token"  # out of the address bar as soon as the link is opened


@require_http_methods(["GET", "POST"])
@door.open_to_all
def setup(request: HttpRequest) -> HttpResponse:
    if first_start.is_ready():
        return _done(request)
    if token := request.GET.get("t"):
        request.session[KEPT_AS] = token
        return redirect("setup")
    token = request.session.get(KEPT_AS, "")
    if not first_start.opens(token):
        return render(request, "pages/setup/closed.html", {"was_given": bool(token)}, status=403)
    if request.method == "GET":
        return _form(request)
    return _make(request, token)


def _make(request: HttpRequest, token: str) -> HttpResponse:
    told = {name: request.POST.get(name, "") for name in ("name", "email", "password", "again")}
    try:
        if told["password"] != told["again"]:
            raise Problem(Kind.INVALID, "The two passwords differ.", "Type the same one twice.", "again")
        user = first_start.finish(token, told["name"], told["password"], told["email"], door.address_of(request))
    except Problem as fault:
        return _form(request, told, fault)
    sign_in.begin(request, user)
    request.session[KEPT_AS] = ""
    return redirect("setup" if clusters.meant(config.current()) or clusters.all() else "first-cluster")


def _form(request: HttpRequest, told: dict[str, str] | None = None, fault: Problem | None = None) -> HttpResponse:
    context = {"told": told or {"name": "admin"}, "fault": fault}
    return render(request, "pages/setup/setup.html", context, status=door.STATUS[fault.kind] if fault else 200)


def _done(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("login")
    context = {"clusters": clusters.all(), "is_one_coming": bool(clusters.meant(config.current()))}
    return render(request, "pages/setup/done.html", context)
