"""The clock: a Celery application that only knows when. Start it as `celery -A controlcenter.beat:application beat`.

It sends names of tasks and needs neither Django nor Kafka: half the memory of the whole application.
"""

from celery import Celery
from celery.schedules import crontab

from controlcenter import config

SCHEDULE = {
    "observe": {"task": "observe.tick", "schedule": 1.0, "options": {"expires": 1}},
    "browse": {"task": "browse.tick", "schedule": 2.0, "options": {"expires": 2}},
    # at the full hour, not every 3,600 s: those begin anew with each start of this process
    "audit-head": {"task": "audit.head", "schedule": crontab(minute=0), "options": {"expires": 600}},
}

_config = config.current()
_broker = _config.redis_url or f"unix://{_config.valkey_socket}"
application = Celery("controlcenter-beat", broker=_broker.replace("unix://", "redis+socket://", 1), fixups=[], set_as_current=False)
application.conf.update(
    beat_schedule=SCHEDULE,
    beat_scheduler="celery.beat:Scheduler",  # the shelve file of the default breaks after a kill
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
)
