"""Where the query worker is started on demand: a file the supervisor looks at, since an idle worker would only hold memory."""

from django.conf import settings

from controlcenter.query import push

IDLE_S = 900
NAME = "queries.wanted"


def wake() -> None:
    """Ask for a worker. Where none is supervised, the file does nothing: there it runs anyway, or not at all."""
    wanted = settings.DATA_DIR / NAME
    if not wanted.exists():
        wanted.touch(mode=0o600)


def rest() -> None:
    """Say that no worker is needed; it is about to end."""
    (settings.DATA_DIR / NAME).unlink(missing_ok=True)


def is_awake() -> bool:
    """Whether a worker has been heard of in the last seconds."""
    return push.is_host_alive()
