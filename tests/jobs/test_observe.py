"""The tick as Celery runs it."""

import subprocess
import sys
import threading
import time

import pytest

from controlcenter.celery import application
from controlcenter.jobs import observe
from controlcenter.kafka import cluster as kafka
from controlcenter.observe.store import Store
from controlcenter.observe.watch import Watches
from tests.observe.small import small_cluster


@pytest.fixture
def watches(store, monkeypatch):
    own = Watches(store)
    monkeypatch.setattr(observe, "watches", lambda: own)
    yield own
    own.close()
    own.join()


def until(is_so, seconds=10):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "not seen in time"
        observe.tick()
        threading.Event().wait(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_tick_watches_every_cluster_there_is(store, demo, watches, monkeypatch):
    asked = []
    monkeypatch.setattr(kafka, "connect", lambda how: asked.append(how.bootstrap_servers) or small_cluster())
    until(lambda: Store(store.redis).read("demo") is not None)
    assert asked == [demo.bootstrap_servers]


@pytest.mark.django_db(transaction=True)
def test_a_cluster_whose_row_cannot_be_read_stops_no_other(store, demo, watches, monkeypatch):
    broken = type(demo).objects.create(slug="broken", name="Broken", bootstrap_servers="x:1", sasl_password_sealed="not sealed by our key")
    monkeypatch.setattr(kafka, "connect", lambda how: small_cluster())
    until(lambda: Store(store.redis).read("demo") is not None)
    assert Store(store.redis).read(broken.slug) is None


@pytest.mark.django_db(transaction=True)
def test_a_cluster_that_is_taken_off_the_list_is_let_go(store, demo, watches, monkeypatch):
    cluster = small_cluster()
    monkeypatch.setattr(kafka, "connect", lambda how: cluster)
    until(lambda: Store(store.redis).read("demo") is not None)
    demo.delete()
    until(lambda: cluster.is_closed)


def test_a_late_tick_is_dropped_and_a_tick_comes_each_second():
    entry = application.conf.beat_schedule["observe"]
    assert (entry["task"], entry["schedule"], entry["options"]) == (observe.tick.name, 1.0, {"expires": 1})


def test_the_clock_needs_neither_django_nor_kafka():
    told = "import sys, controlcenter.beat; print({'django.db', 'controlcenter.settings', 'kafka', 'confluent_kafka'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "set()"


def test_the_worker_imports_nothing_heavy():
    told = (
        "import sys, django; django.setup(); import controlcenter.jobs.observe;"
        "print({'numpy', 'pandas', 'ninja', 'pydantic', 'uvicorn'} & {name.split('.')[0] for name in sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "set()"
