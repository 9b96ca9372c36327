"""Searches and exports in the background as a worker runs them: a tick takes what nobody works on, each in a thread of its own.

Not in the worker's own threads: a search may run for hours, and these are for answers within seconds.
"""

import logging
import threading
import time

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import DatabaseError, close_old_connections

from controlcenter.browse import background, exports

log = logging.getLogger(__name__)
AT_ONCE = 2
FORGET_S = 600.0

_running: list[threading.Thread] = []
_closing = threading.Event()
_lock = threading.Lock()
_forgot_at = 0.0


@shared_task(name="browse.tick")
def tick() -> None:
    global _forgot_at
    if not _lock.acquire(blocking=False):
        return
    try:
        close_old_connections()
        _running[:] = [thread for thread in _running if thread.is_alive()]
        if not _closing.is_set() and (free := AT_ONCE - len(_running)) > 0:
            for number, runner in background.claim(free):
                _begin(number, runner)
        if time.monotonic() - _forgot_at > FORGET_S:
            _forgot_at = time.monotonic()
            background.forget()
    except DatabaseError:
        log.warning("searches in the background could not be looked for", exc_info=True)
    finally:
        _lock.release()


def _begin(number: int, runner: str) -> None:
    thread = threading.Thread(target=_work, args=(number, runner), name=f"search {number}", daemon=True)
    _running.append(thread)
    thread.start()


def _work(number: int, runner: str) -> None:
    try:
        exports.run(number, runner, _closing)
    finally:
        close_old_connections()


@worker_shutting_down.connect
def _close(**_: object) -> None:
    # each search hands its lease over within a second, instead of letting it run out
    _closing.set()
