"""The loop of one cluster in a worker: through a real Valkey, with a cluster in memory."""

import threading
import time
from collections.abc import Callable

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.observe import events
from controlcenter.observe.models import Tick
from controlcenter.observe.store import Store
from controlcenter.observe.watch import Watch, Watches
from tests.observe.small import silence, small_cluster, wake

pytestmark = pytest.mark.django_db(transaction=True)


def until(is_so: Callable[[], object], seconds: float = 10, tick: Callable[[], object] = lambda: None) -> None:
    """Wait for a state, ticking meanwhile as beat does, only faster."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "not seen in time"
        tick()
        threading.Event().wait(0.02)


@pytest.fixture
def cluster():
    return small_cluster()


@pytest.fixture
def watch(store, cluster):
    watch = Watch(store, "demo", lambda: cluster)
    yield watch
    watch.close()
    watch.join()


def read(store):
    return Store(store.redis).read("demo")


def is_full(snapshot) -> bool:
    sources = {
        "metadata",
        "cluster",
        "quorum",
        "starts",
        "ends",
        "stable",
        "last_records",
        "groups",
        "described",
        "commits",
        "log_dirs",
        "configs",
    }
    return snapshot is not None and sources <= {row["source"] for row in snapshot.table("sources").values()}


def test_two_ticks_publish_everything_there_is_to_know(store, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    snapshot = read(store)
    assert snapshot.cluster()["state"] == "healthy"
    assert snapshot.row("topics", "rides")["records"] == 100
    assert snapshot.row("groups", "settler")["lag"] == 60
    assert snapshot.row("brokers", 2)["size_bytes"] == 1000


def test_an_end_that_moves_on_is_no_open_transaction(store, cluster, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    assert read(store).row("partitions", "rides", 0)["stable_end"] is None
    cluster.open_transaction("rides", 0, 90)
    Store(store.redis).refresh("demo")
    until(lambda: read(store).row("partitions", "rides", 0)["stable_end"] == 90, tick=watch.tick)
    cluster.open_transaction("rides", 0, None)
    cluster.append("rides", 0, 5)
    Store(store.redis).refresh("demo")
    until(lambda: read(store).row("partitions", "rides", 0)["stable_end"] is None, tick=watch.tick)


def test_the_oldest_record_is_asked_for_while_its_topic_is_open(store, cluster, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    cluster.add_topic("zones")
    cluster.append("zones", 0, 3, timestamp_ms=5_000)
    cluster.append("zones", 0, 3, timestamp_ms=4_000)
    Store(store.redis).want("demo", "topic/zones")
    Store(store.redis).refresh("demo")
    until(lambda: (read(store).row("topics", "zones") or {"first_record_at_ms": None})["first_record_at_ms"] == 5_000, tick=watch.tick)
    assert read(store).row("topics", "rides")["first_record_at_ms"] is None


def test_a_change_is_seen_at_once_after_a_refresh(store, cluster, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    cluster.append("rides", 0, 400)
    cluster.add_topic("zones")
    store.refresh("demo")
    until(lambda: read(store).row("topics", "zones"), tick=watch.tick)
    until(lambda: read(store).row("partitions", "rides", 0)["end"] == 500, tick=watch.tick)
    until(lambda: "topic_created" in [event.kind for event in events.read("demo")])


def test_full_configs_are_read_when_somebody_opens_the_topic(store, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    assert not read(store).table("configs")
    store.want("demo", "topic/rides")
    until(lambda: read(store).row("configs", "topic", "rides", "retention.ms"), tick=watch.tick)


def test_a_cluster_that_goes_silent_keeps_its_data_and_says_since_when(store, cluster, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    silence(cluster)
    store.refresh("demo")
    until(lambda: read(store).cluster()["state"] == "unreachable", tick=watch.tick)
    snapshot = read(store)
    assert snapshot.cluster()["reason"] == "No broker answers."
    assert snapshot.row("topics", "rides")["records"] == 100
    wake(cluster)
    store.refresh("demo")
    until(lambda: read(store).cluster()["state"] == "healthy", 15, tick=watch.tick)


def test_a_cluster_that_refuses_us_is_asked_once_not_each_second(store):
    tries = []

    def refuse():
        tries.append(1)
        raise Problem(Kind.DENIED, "The password is wrong.")

    watch = Watch(store, "demo", refuse)
    until(lambda: read(store) is not None and read(store).cluster()["state"] == "unreachable", tick=watch.tick)
    for _ in range(5):
        watch.tick()
    watch.close()
    watch.join()
    assert len(tries) == 1
    assert read(store).cluster()["reason"] == "The password is wrong."


def test_the_loop_outlives_an_unexpected_error(store, cluster, watch, caplog):
    describe = cluster.describe_groups
    cluster.describe_groups = lambda listings: 1 / 0
    until(lambda: "ZeroDivisionError" in caplog.text, tick=watch.tick)
    cluster.describe_groups = describe
    store.refresh("demo")
    until(lambda: is_full(read(store)), 15, tick=watch.tick)


def test_a_second_worker_takes_over_from_a_killed_one_and_goes_on(store, cluster, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    second = Watch(store, "demo", lambda: cluster)
    assert second.tick() is False  # the lease is held
    before = read(store).version
    store.redis.delete("cc:demo:lease")  # ran out: the first one is dead
    assert second.tick() is True
    cluster.append("rides", 0, 600)
    store.refresh("demo")
    until(lambda: read(store).row("partitions", "rides", 0)["end"] == 700, tick=second.tick)
    assert before < read(store).version < before + 100
    assert watch.tick() is False
    second.close()
    second.join()


def test_one_hanging_cluster_stops_no_other(store, cluster):
    released = threading.Event()

    def hang():
        released.wait(20)
        raise Problem(Kind.TIMEOUT, "No answer.")

    watches = Watches(store)
    known = {"stuck": ("a", hang), "demo": ("b", lambda: cluster)}
    until(lambda: is_full(read(store)), tick=lambda: watches.tick(known))
    released.set()
    watches.close()


def test_a_changed_connection_is_made_anew_and_the_old_one_closed(store, cluster):
    other = small_cluster()
    watches = Watches(store)
    until(lambda: is_full(read(store)), tick=lambda: watches.tick({"demo": ("one", lambda: cluster)}))
    other.append("rides", 0, 800)
    until(lambda: read(store).row("partitions", "rides", 0)["end"] == 900, 15, tick=lambda: watches.tick({"demo": ("two", lambda: other)}))
    assert cluster.is_closed
    watches.tick({})
    assert other.is_closed
    watches.close()


def test_a_broken_broker_is_shown_with_its_partitions_moved_and_the_rest_goes_on(store, cluster, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    cluster.break_broker(1)
    store.refresh("demo")
    until(lambda: read(store).row("brokers", 1)["is_reachable"] is False, tick=watch.tick)
    until(lambda: read(store).row("partitions", "rides", 0)["leader"] == 2, tick=watch.tick)
    snapshot = read(store)
    assert snapshot.cluster()["state"] == "degraded"
    assert {row["kind"] for row in snapshot.table("attention").values()} >= {"broker_fenced", "under_replicated"}
    assert snapshot.row("groups", "settler")["lag"] == 60  # its coordinator is gone: what is known is kept
    cluster.mend_broker(1)
    store.refresh("demo")
    until(lambda: read(store).cluster()["state"] == "healthy", tick=watch.tick)
    until(lambda: {"broker_gone", "broker_back", "leader_moved"} <= {event.kind for event in events.read("demo")})


def test_samples_are_written(store, watch):
    until(lambda: is_full(read(store)), tick=watch.tick)
    watch.sample_now()
    until(lambda: Tick.objects.filter(cluster="demo").exists())
