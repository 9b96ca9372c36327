"""`manage.py query_worker`: runs the SQL queries of all clusters until it is told to stop."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from controlcenter.observe import store
from controlcenter.query import host
from controlcenter.query.worker import Worker


class Command(BaseCommand):
    help = "Run SQL queries: push queries as they are wished, persistent ones from the database."
    requires_system_checks: list[str] = []  # noqa: RUF012  Django's own form

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--idle", type=float, default=0, help="end after so many seconds with nothing to run (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(lambda: store.connect(settings.REDIS_URL), options["idle"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, worker.stop)
        worker.run()
        if worker.is_idle:
            host.rest()
