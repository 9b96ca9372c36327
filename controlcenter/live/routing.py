"""The one address of the websocket."""

from django.urls import path

from controlcenter.live.consumer import Live

websocket_urlpatterns = [path("ws", Live.as_asgi())]
