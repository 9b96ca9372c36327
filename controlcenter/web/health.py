"""For whoever watches us: is the process alive, and has every reachable cluster been read?

Both answer without an account, so neither names anything.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from controlcenter.fleet import clusters
from controlcenter.observe import readiness, store
from controlcenter.web import door


@require_safe
@door.open_to_all
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@door.open_to_all
def readyz(request: HttpRequest) -> HttpResponse:
    known = clusters.all()
    is_enrolled = not settings.CONFIG.has_demo or any(cluster.slug == clusters.DEMO for cluster in known)
    is_ready = is_enrolled and readiness.ready(store.default(), known)[0]
    return JsonResponse({"ready": is_ready, "clusters": len(known)}, status=200 if is_ready else 503)
