"""Celery tasks of clusters that are being set up."""

from celery import shared_task

from controlcenter.jobs.operate import tell
from controlcenter.kafka import cluster as kafka
from controlcenter.operate import reach


@shared_task(name="controlcenter.jobs.fleet.try_out")
def try_out(reply: str, told: dict[str, str]) -> None:
    tell(reply, reach.attempt(told, kafka.connect))
