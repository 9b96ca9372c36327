"""Polling as Celery runs it: one tick a second, which starts what is due in the threads of each cluster.

A tick is stateless and idempotent, and expires with its second: a late one is dropped, a lost one costs a second.
"""

import logging
import threading
from functools import cache, partial

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import close_old_connections

from controlcenter.errors import Problem
from controlcenter.fleet import clusters
from controlcenter.jobs import connections
from controlcenter.kafka import cluster as kafka
from controlcenter.kafka.model import Connection
from controlcenter.observe import store
from controlcenter.observe.watch import Watches

logger = logging.getLogger(__name__)
_ticking = threading.Lock()


@cache
def watches() -> Watches:
    """Return the watches of this process."""
    return Watches(store.default())


@shared_task(name="observe.tick")
def tick() -> None:
    if not _ticking.acquire(blocking=False):
        return  # the tick before is still starting its questions
    try:
        close_old_connections()
        wanted = _connections()
        connections.keep(wanted)
        watches().tick({slug: (how, partial(kafka.connect, how)) for slug, how in wanted.items()})
    finally:
        _ticking.release()


def _connections() -> dict[str, Connection]:
    """Return how to reach each cluster; one whose secrets cannot be opened is left out and logged."""
    found = {}
    for row in clusters.all():
        try:
            found[row.slug] = clusters.connection(row)
        except Problem as problem:
            logger.warning("Cluster %s is not watched: %s", row.slug, problem)
    return found


@worker_shutting_down.connect
def _close(**_: object) -> None:
    # hands the leases over at once, instead of letting them run out
    threading.Thread(target=watches().close, name="close-watches").start()
