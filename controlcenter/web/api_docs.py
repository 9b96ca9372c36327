"""The API's own page: its OpenAPI document, drawn by Swagger UI from our own files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controlcenter.web import door


@door.account
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/api/docs.html")
