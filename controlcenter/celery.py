"""The Celery application: assembly only. Tasks live in `controlcenter.jobs`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlcenter.settings")
application = Celery("controlcenter")
application.config_from_object("django.conf:settings", namespace="CELERY")
application.autodiscover_tasks(["controlcenter.jobs"], related_name="observe")
