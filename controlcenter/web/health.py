"""For whoever watches us: is the process alive, and has every reachable cluster been read?"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from controlcenter.web import door


@require_safe
@door.open_to_all
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@door.open_to_all
def readyz(request: HttpRequest) -> HttpResponse:
    from controlcenter.observe import readiness

    missing = readiness.ready()
    return JsonResponse({"ready": not missing}, status=200)
