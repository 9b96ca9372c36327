"""The Celery application of the worker, to which the web process hands changes: assembly only.

Tasks live in `controlcenter.jobs`; when they run, in `controlcenter.beat`.
"""

import os

from celery import Celery

from controlcenter.beat import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlcenter.settings")
application = Celery("controlcenter")
application.set_default()  # in every thread: requests are answered in threads, and hand changes to a worker
application.config_from_object("django.conf:settings", namespace="CELERY")
for tasks in ("audit", "browse", "fleet", "observe", "operate"):
    application.autodiscover_tasks(["controlcenter.jobs"], related_name=tasks)
application.conf.beat_schedule = SCHEDULE
