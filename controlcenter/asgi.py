"""The ASGI application: Django's pages and Channels' websocket behind one port. Assembly only."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlcenter.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  Django must be set up first

application = ProtocolTypeRouter({"http": pages})
