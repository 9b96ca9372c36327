"""Whether there is something to show."""

from types import SimpleNamespace

from controlcenter.observe import readiness
from controlcenter.observe.publish import Writer
from controlcenter.observe.snapshot import Snapshot
from tests.observe.build import after, metadata, nothing, offsets, topic

CLUSTERS = [SimpleNamespace(slug="demo")]


def publish(store, snapshot):
    writer = Writer(store, "demo")
    assert writer.hold()
    assert writer.publish(Snapshot(), snapshot)
    writer.release()


def test_nothing_to_watch_is_ready(store):
    assert readiness.ready(store, [])[0]


def test_not_before_the_first_answer(store):
    assert readiness.ready(store, CLUSTERS) == (False, "demo: no answer yet")


def test_not_before_ends_are_known(store):
    publish(store, after(metadata(topic("rides", 1))))
    assert readiness.ready(store, CLUSTERS) == (False, "demo: ends not read yet")


def test_ready_with_metadata_and_ends(store):
    publish(store, after(metadata(topic("rides", 1)), offsets("ends", {("rides", 0): 1})))
    assert readiness.ready(store, CLUSTERS)[0]


def test_an_empty_cluster_is_ready(store):
    publish(store, after(metadata()))
    assert readiness.ready(store, CLUSTERS)[0]


def test_an_unreachable_cluster_is_not_waited_for(store):
    publish(store, after(nothing("metadata")))
    assert readiness.ready(store, CLUSTERS)[0]
