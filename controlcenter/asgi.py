"""The ASGI application: Django's pages and Channels' websocket behind one port. Assembly only.

Serve it as `uvicorn controlcenter.asgi:application --ws websockets-sansio --ws-max-size 65536
--ws-per-message-deflate false --ws-ping-interval 20 --lifespan off --timeout-graceful-shutdown 10`: compression costs each
delivery 50-130 µs and each client 377 kB, and larger frames than 64 KiB are refused before they are read.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlcenter.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  Django must be set up first

from controlcenter.celery import application as tasks  # noqa: E402, F401  what `send_task` speaks to
from controlcenter.live.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(websocket_urlpatterns)})
