"""The second step of a first start: how to reach the cluster to watch. A worker tries it before it is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from controlcenter.access import audit
from controlcenter.errors import Problem
from controlcenter.fleet import clusters, drafts
from controlcenter.fleet.models import Cluster
from controlcenter.operate import reach
from controlcenter.operate.reach import Reached
from controlcenter.web import door

KEPT_AS = "cluster_password"  # sealed, so that it need not be typed again after a try


@require_http_methods(["GET", "POST"])
@door.app("cluster.configure")
def first_cluster(request: HttpRequest) -> HttpResponse:
    if clusters.all():
        return redirect("setup")
    if request.method == "GET":
        return _show(request, Cluster(environment=Cluster.Environment.DEV))
    draft, faults = drafts.read(request.POST, request.session.get(KEPT_AS, ""))
    request.session[KEPT_AS] = draft.sasl_password_sealed
    if faults:
        return _show(request, draft, faults)
    try:
        reached = reach.try_out(request.principal, draft)  # type: ignore[attr-defined]
        if request.POST.get("do") != "add":
            return _show(request, draft, reached=reached)
        added = drafts.add(draft)
    except Problem as problem:
        return _show(request, draft, [problem])
    told = {"cluster": added.slug, "name": added.name, "environment": added.environment}
    audit.record(
        request.principal, "cluster.configure", added.slug, added.name, args=told, address=door.address_of(request), via="page"  # type: ignore[attr-defined]
    )  # fmt: skip
    request.session.pop(KEPT_AS, None)
    return redirect("setup")


def _show(request: HttpRequest, draft: Cluster, faults: list[Problem] | None = None, reached: Reached | None = None) -> HttpResponse:
    context = {
        "draft": draft,
        "has_password": bool(draft.sasl_password_sealed),
        "faults": {fault.field: fault for fault in reversed(faults or [])},
        "problem": next((fault for fault in faults or [] if not fault.field), None),
        "reached": reached,
        "environments": Cluster.Environment.choices,
        "protocols": (
            ("PLAINTEXT", "Plain text, no sign-in"),
            ("SSL", "TLS, no sign-in"),
            ("SASL_SSL", "TLS, with sign-in"),
            ("SASL_PLAINTEXT", "Plain text, with sign-in"),
        ),
        "mechanisms": [(word, word) for word in drafts.MECHANISMS],
    }
    return render(request, "pages/setup/cluster.html", context, status=door.STATUS[faults[0].kind] if faults else 200)
