"""Exports on real brokers: every matching record with all its bytes, over deaths of child and worker, in every form."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psutil
import pytest
from confluent_kafka import Producer
from django.conf import settings
from django.db import connection
from django.utils import timezone

from controlcenter.access import principals
from controlcenter.browse import background, exports, files
from controlcenter.browse.models import Job, JobFile
from controlcenter.errors import Kind, Problem
from controlcenter.fleet.models import Cluster
from tests.real.test_browse import Log
from tests.real.worlds import until

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
MANY = 12_000
HUGE = 20 << 20
WORKER = """
import sys, threading, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from controlcenter.browse import background, exports
background.CHECKPOINT_S = 0.0
for number, runner in background.claim(1):
    exports.run(number, runner, threading.Event())
"""
QUERY = "filter=value.wanted&mode=expression&from=newest&n=100"


@pytest.fixture(scope="module")
def large(kafka: Any) -> Log:
    """24,000 records that match, more than a page may show; some with fields of 100 kB, one of 20 MiB, headers, nulls."""
    log = Log(kafka.bootstrap, 3, **{"max.message.bytes": str(HUGE + (64 << 10))})
    for p in range(2):
        values = (b'{"n": %d, "wanted": true, "pad": "%s"}' % (i, b"x" * (100_000 if i % 1000 == 0 else 10)) for i in range(MANY))
        log.produce(*values, partition=p, at_ms=10_000)
        log.produce(*(b'{"wanted": false}' for _ in range(500)), partition=p, at_ms=10_000)
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "message.max.bytes": HUGE + (64 << 10)})
    document = b'{"wanted": true, "pad": "' + b"y" * (HUGE - 200) + b'"}'
    producer.produce(log.name, document, b"k" * 9000, 2, timestamp=5, headers=[("h", b"v" * 20_000), ("h", None), ("e", b"")])
    producer.produce(log.name, None, b"gone", 2, timestamp=6)
    producer.produce(log.name, b"\x00\xff\x01", None, 2, timestamp=7)
    assert producer.flush(60) == 0
    return log


@pytest.fixture
def log(large: Log) -> Log:
    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers=large.bootstrap)
    return large


def begun(user: Any, log: Log, query: str, form: str, **more: Any) -> Job:
    me = principals.of_user(user)
    return exports.start(me, "demo", log.name, query, exports.wish(query, form, **more))


def work() -> None:
    for number, runner in background.claim(1):
        exports.run(number, runner, threading.Event())


def fetched(user: Any, job: Job) -> bytes:
    return b"".join(exports.fetch(principals.of_user(user), job.pk)[1])


def test_every_match_is_written_beyond_a_page_and_no_field_is_cut(log: Log, alice: Any) -> None:
    made = begun(alice, log, QUERY, "ndjson")
    work()
    job = background.get(principals.of_user(alice), made.pk)
    assert (job.state, job.reason) == ("complete", "")
    rows = [json.loads(line) for line in fetched(alice, job).splitlines()]
    places = {(row["partition"], row["offset"]) for row in rows}
    assert places >= {(p, i) for p in range(2) for i in range(MANY)}
    assert len(rows) == len(places) == job.found
    assert {len(row["value"]["pad"]) for row in rows if row["partition"] < 2} == {10, 100_000}
    assert job.size_bytes == len(fetched(alice, job))


def test_all_of_a_record_as_large_as_the_broker_takes_is_there_in_every_form(log: Log, alice: Any) -> None:
    whole = {form: begun(alice, log, "partitions=2", form, separator=";") for form in ("ndjson", "json", "csv", "zip")}
    for _ in whole:
        work()
    found = {form: fetched(alice, job) for form, job in whole.items()}
    lines = [json.loads(line) for line in found["ndjson"].splitlines()]
    assert json.loads(found["json"]) == lines
    assert len(json.loads(lines[0]["value"])["pad"]) == HUGE - 200
    assert (lines[0]["key"], lines[0]["headers"]) == ("k" * 9000, [["h", "v" * 20_000], ["h", None], ["e", ""]])
    assert [(line["key"], line["value"]) for line in lines[1:]] == [("gone", None), (None, "00ff01")]
    csv.field_size_limit(1 << 28)
    head, first, *_ = csv.reader(io.StringIO(found["csv"].decode(), newline=""), delimiter=";")
    assert (head[4], first[4]) == ("value", lines[0]["value"])
    with zipfile.ZipFile(io.BytesIO(found["zip"])) as folder:
        assert folder.testzip() is None
        assert sorted(folder.namelist()) == ["2-0.key", "2-0.value", "2-1.key", "2-2.value", "manifest.ndjson"]
        assert (len(folder.read("2-0.value")), folder.read("2-2.value")) == (HUGE - 200 + 27, b"\x00\xff\x01")
        assert json.loads(folder.read("manifest.ndjson").splitlines()[1])["value"] == {"is_null": True, "size_bytes": None}


def test_the_parent_holds_no_more_than_pieces(log: Log, alice: Any) -> None:
    begun(alice, log, "partitions=2", "ndjson")
    work()  # what is loaded and pooled at first is not counted
    me = psutil.Process()
    before, most, is_over = me.memory_info().rss, [0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.005):
            most[0] = max(most[0], me.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    for _ in range(3):
        begun(alice, log, "partitions=2", "csv")
        work()
    is_over.set()
    thread.join()
    assert most[0] - before < 12 << 20


def test_a_worker_killed_with_signal_9_costs_no_record_and_doubles_none(log: Log, alice: Any) -> None:
    me = principals.of_user(alice)
    made = begun(alice, log, QUERY, "zip")
    deaths = 0
    for _ in range(6):
        before = background.get(me, made.pk).found
        worker = subprocess.Popen([sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"])])
        until(lambda before=before: background.get(me, made.pk).found > before, 60)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        deaths += Job.objects.filter(pk=made.pk, state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
        if background.get(me, made.pk).state == "complete":
            break
    work()
    assert deaths > 0
    assert JobFile.objects.filter(job=made).count() > 1
    with zipfile.ZipFile(io.BytesIO(fetched(alice, made))) as folder:
        assert folder.testzip() is None
        assert len(folder.namelist()) == len(set(folder.namelist()))
        manifest = [json.loads(line) for line in folder.read("manifest.ndjson").splitlines()]
        assert json.loads(folder.read("1-11999.value"))["n"] == 11_999
    places = {(told["partition"], told["offset"]) for told in manifest}
    assert len(places) == len(manifest) == background.get(me, made.pk).found
    assert places >= {(p, i) for p in range(2) for i in range(MANY)}


def test_an_estimate_tells_rows_and_bytes_before(log: Log, alice: Any) -> None:
    me = principals.of_user(alice)
    exact = exports.estimate(me, "demo", log.name, exports.wish("partitions=2", "ndjson"))
    made = begun(alice, log, "partitions=2", "ndjson")
    work()
    assert (exact.rows, exact.size_bytes, exact.share) == (3, len(fetched(alice, made)), 1.0)
    none = exports.estimate(me, "demo", log.name, exports.wish("filter=value.never&mode=expression", "ndjson"))
    assert none.rows in (0, None)


def test_a_number_of_records_ends_it_where_it_should(log: Log, alice: Any) -> None:
    query = "from=oldest&until=records&to=700&partitions=0"
    made = begun(alice, log, query, "ndjson")
    work()
    job = background.get(principals.of_user(alice), made.pk)
    assert job.state == "complete"
    assert job.found >= 700
    with pytest.raises(Problem, match="from the oldest"):
        exports.wish("from=newest&until=records&to=700", "ndjson")


def test_no_more_is_written_than_is_kept_and_room_lets_it_go_on(log: Log, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    me = principals.of_user(alice)
    other = begun(alice, log, "partitions=2", "ndjson")
    work()
    made = begun(alice, log, QUERY, "ndjson")
    with monkeypatch.context() as patch:
        patch.setattr(settings, "CONFIG", replace(settings.CONFIG, exports_mb=1))
        work()
    job = background.get(me, made.pk)
    assert job.state == "limit"
    assert "reached 1 MiB, which is what is kept (CC_EXPORTS_MB)" in job.reason
    background.remove(me, other.pk)
    assert not files.folder(other.pk).exists()
    background.resume(me, made.pk)
    work()
    assert background.get(me, made.pk).state == "complete"
    assert len({tuple(json.loads(line).values())[:2] for line in fetched(alice, made).splitlines()}) == background.get(me, made.pk).found


def test_files_go_with_their_export(log: Log, alice: Any) -> None:
    made = begun(alice, log, "partitions=2", "ndjson")
    work()
    _, pieces = exports.fetch(principals.of_user(alice), made.pk)
    Job.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    background.forget()
    assert not files.folder(made.pk).exists()
    assert len(b"".join(pieces)) > HUGE  # who fetches it just now gets all of it


def test_who_may_not_export_begins_and_fetches_nothing(log: Log, bob: Any, alice: Any) -> None:
    made = begun(alice, log, "partitions=2", "ndjson")
    with pytest.raises(Problem, match="not over"):
        fetched(alice, made)
    for do in (lambda: begun(bob, log, QUERY, "csv"), lambda: fetched(bob, made)):
        with pytest.raises(Problem) as refused:
            do()
        assert refused.value.kind in (Kind.DENIED, Kind.ABSENT)
