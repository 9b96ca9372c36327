"""The head of the trail in the log, and that it finds a trail cut short."""

import re
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from controlcenter.access import audit, principals, triggers
from controlcenter.access.models import AuditEvent, AuditHead
from controlcenter.beat import SCHEDULE
from controlcenter.celery import application
from controlcenter.jobs.audit import head

pytestmark = pytest.mark.django_db


def write(times):
    for _ in range(times):
        audit.record(principals.system("test"), "app.sign-in", None)


def told(capfd):
    head()
    (line,) = re.findall(r"^audit head (\d+:\w*)$", capfd.readouterr().out, re.MULTILINE)
    return line


def test_the_line_says_the_last_link_and_holds_while_rows_are_added(capfd):
    assert told(capfd) == "0:"
    write(3)
    line = told(capfd)
    assert line == f"3:{AuditEvent.objects.get(seq=3).hash}"
    write(2)
    call_command("audit", "verify", "--head", line)


def test_a_trail_cut_to_an_earlier_end_is_found_by_the_line(capfd):
    write(5)
    line = told(capfd)
    triggers.remove(connection)
    AuditEvent.objects.filter(seq__gt=3).delete()
    kept = AuditEvent.objects.get(seq=3)
    AuditHead.objects.update(seq=3, hash=kept.hash)
    call_command("audit", "verify")  # the trail by itself looks whole
    with pytest.raises(CommandError, match="row 5 had been seen"):
        call_command("audit", "verify", "--head", line)


def test_it_is_told_at_each_full_hour_by_a_task_the_worker_knows():
    entry = SCHEDULE["audit-head"]
    application.loader.import_default_modules()
    assert entry["task"] in application.tasks
    left = entry["schedule"].remaining_estimate(datetime(2026, 1, 1, 10, 0, 1, tzinfo=UTC))
    assert left.total_seconds() <= 3600
    assert entry["schedule"].minute == {0}
    assert entry["schedule"].hour == set(range(24))
