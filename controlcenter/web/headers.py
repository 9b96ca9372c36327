"""What browsers are told about every answer: run nothing but ours, load nothing from elsewhere, keep nothing.

The nonce is new with each answer; templates write `nonce="{{ request.csp_nonce }}"`.
"""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# The hash is of the empty text: Plotly adds an empty <style>. It styles by attributes, hence style-src-attr.
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; "
    "style-src-elem 'self' 'nonce-{nonce}' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "manifest-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
OFF = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in OFF),
}
TLS_HEADER = "max-age=31536000"


class SecurityHeaders:
    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if settings.CONFIG.behind_tls_proxy:
            headers.setdefault("Strict-Transport-Security", TLS_HEADER)
        if not request.path_info.startswith(settings.STATIC_URL):
            headers.setdefault("Cache-Control", "no-store")
        if not response.streaming:
            headers.setdefault("Content-Length", str(len(response.content)))
        return response
