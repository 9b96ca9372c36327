"""The Celery application: assembly only. Tasks live in `controlcenter.jobs`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlcenter.settings")
application = Celery("controlcenter")
application.config_from_object("django.conf:settings", namespace="CELERY")
for tasks in ("observe", "operate"):
    application.autodiscover_tasks(["controlcenter.jobs"], related_name=tasks)


@application.on_after_finalize.connect
def _schedule(sender: Celery, **_: object) -> None:
    from controlcenter.jobs import observe  # Django is set up only now

    sender.conf.beat_schedule = {**observe.SCHEDULE}
