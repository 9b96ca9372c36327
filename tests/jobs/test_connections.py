"""The connections of changes: shared, renewed, let go."""

import threading

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.fleet.models import Cluster
from controlcenter.jobs import connections, observe
from controlcenter.kafka import cluster as kafka
from controlcenter.kafka.fake import FakeCluster
from controlcenter.observe.watch import Watches

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(monkeypatch):
    """Every connection made, in order."""
    monkeypatch.setattr(connections, "_held", {})
    seen = []
    monkeypatch.setattr(kafka, "connect", lambda how: seen.append(FakeCluster()) or seen[-1])
    return seen


def test_changes_of_a_cluster_share_one_connection(demo, made):
    assert connections.to("demo") is connections.to("demo")
    assert len(made) == 1


def test_a_cluster_reached_otherwise_gets_a_new_connection_and_the_old_one_is_closed(demo, made):
    first = connections.to("demo")
    demo.bootstrap_servers = "elsewhere:9092"
    demo.save()
    assert connections.to("demo") is not first
    assert first.is_closed
    assert not made[1].is_closed


def test_the_tick_lets_go_of_what_leads_to_a_cluster_that_is_gone(demo, made, store, monkeypatch):
    own = Watches(store)
    monkeypatch.setattr(observe, "watches", lambda: own)
    for_changes = connections.to("demo")
    observe.tick()
    assert not for_changes.is_closed
    demo.delete()
    observe.tick()
    assert for_changes.is_closed
    own.close()
    own.join()


def test_the_watch_and_the_changes_do_not_share_a_connection(demo, made, store, monkeypatch):
    own = Watches(store)
    monkeypatch.setattr(observe, "watches", lambda: own)
    for_changes = connections.to("demo")
    observe.tick()
    own.close()
    own.join()
    assert not for_changes.is_closed


def test_a_dead_cluster_keeps_no_change_of_another_waiting(demo, made, monkeypatch):
    Cluster.objects.create(slug="dead", name="Dead", bootstrap_servers="dead:1")
    entered, let_go = threading.Event(), threading.Event()

    def connect(how):
        if how.bootstrap_servers == "dead:1":
            entered.set()
            let_go.wait(10)
            raise Problem(Kind.UNREACHABLE, "Nobody answers.")
        return FakeCluster()

    monkeypatch.setattr(kafka, "connect", connect)
    monkeypatch.setattr(clusters, "get", lambda slug: Cluster(slug=slug, bootstrap_servers="dead:1" if slug == "dead" else "b:1"))
    told = []

    def ask():
        try:
            connections.to("dead")
        except Problem as problem:
            told.append(problem.kind)

    waiting = threading.Thread(target=ask)
    waiting.start()
    assert entered.wait(5)
    assert connections.to("demo") is not None
    connections.keep({})  # does not wait either
    let_go.set()
    waiting.join(5)
    assert told == [Kind.UNREACHABLE]
