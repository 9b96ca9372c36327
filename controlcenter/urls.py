"""All addresses: assembly only. Pages stand in `controlcenter/web/urls.py`."""

from django.urls import include, path

from controlcenter.api.v1 import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("controlcenter.web.urls")),
]

handler400 = "controlcenter.web.door.bad_request"
handler403 = "controlcenter.web.door.refused"
handler404 = "controlcenter.web.door.not_found"
handler500 = "controlcenter.web.door.failed"
