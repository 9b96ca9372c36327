"""A partition whose only broker is down: it is named with the reason, the others are read whole, and it comes back with its broker."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from controlcenter.browse import session
from controlcenter.browse.page import Page
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.errors import Problem
from controlcenter.fleet.models import Cluster
from controlcenter.kafka.model import Connection
from tests.real.test_browse import Log, places
from tests.real.worlds import RealWorld, leaders, until

pytestmark = [pytest.mark.real, pytest.mark.django_db]
MANY = 200
WHY = "it has no leader now"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox(size=2)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def log(kafka: Any) -> Log:
    """Three partitions, each on one broker alone."""
    log = Log(kafka.bootstrap, 3)
    for p in range(3):
        log.produce(*(b'{"n": %d}' % i for i in range(MANY)), partition=p, at_ms=10_000)
    return log


@pytest.fixture
def orphan(kafka: Any, log: Log, real: RealWorld) -> Iterator[tuple[int, Callable[[], None]]]:
    """A partition that lost its broker, and what brings the broker back."""
    victim, (lost, *_) = next(iter(leaders(real.cluster, log.name).items()))
    is_down = True

    def heal() -> None:
        nonlocal is_down
        kafka.restart(victim)
        is_down = False
        leaders(real.cluster, log.name)

    kafka.kill(victim)
    until(lambda: lost.partition in _leaderless(real, log.name), 60)
    yield lost.partition, heal
    if is_down:
        heal()


def _leaderless(real: RealWorld, topic: str) -> set[int]:
    found = next((each for each in real.cluster.metadata().result.topics if each.name == topic), None)
    return set() if found is None else {part.partition for part in found.partitions if part.leader is None}


def read(log: Log, box: Sandbox, **asked: Any) -> Page:
    """Read; on a loaded machine the first question after a broker's death may take longer than a page waits, and says so."""

    def answer() -> Page | None:
        try:
            return session.read(Connection(log.bootstrap), log.name, Request(**{"n": 1000, **asked}), "test", box=box)
        except Problem as slow:
            if "not ready in time" not in slow.what:
                raise
            return None

    return until(answer)  # type: ignore[no-any-return]


def test_a_partition_without_its_broker_is_named_and_the_others_are_read_whole(
    log: Log, box: Sandbox, orphan: tuple[int, Callable[[], None]], client_of: Callable[[Any], Client], alice: Any, store: Any
) -> None:
    lost, heal = orphan
    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers=log.bootstrap)
    whole = [(p, i) for p in range(3) if p != lost for i in range(MANY)]

    for asked in ({"start": "oldest"}, {"start": "newest"}, {"start": "oldest", "filter": '"n"'}, {"start": "newest", "filter": '"n"'}):
        page = read(log, box, **asked)
        assert sorted(places(page)) == whole, asked
        assert not page.is_complete
        assert {a.partition: (a.state, a.what) for a in page.accounting if a.state != "complete"} == {lost: ("failed", WHY)}
    alone = read(log, box, partitions=(lost,))
    assert (alone.rows, alone.is_complete, [a.what for a in alone.accounting]) == ((), False, [WHY])

    browser = client_of(alice)
    told = browser.get(f"/api/v1/clusters/demo/topics/{log.name}/records/?from=oldest&limit=1000").json()
    assert (told["complete"], told["total"]) == (False, 2 * MANY)
    assert [(part["partition"], part["what"]) for part in told["partitions"] if part["state"] == "failed"] == [(lost, WHY)]
    shown = browser.get(f"/clusters/demo/topics/{log.name}/messages/?from=oldest&n=1000").content.decode()
    assert WHY in shown
    assert "everything of the range was read" not in shown

    heal()
    page = until(lambda: (again := read(log, box, start="oldest")).is_complete and again, 60)
    assert sorted(places(page)) == [(p, i) for p in range(3) for i in range(MANY)]


def test_a_broker_that_dies_while_one_pages_costs_its_own_partition_alone(log: Log, box: Sandbox, real: RealWorld, kafka: Any) -> None:
    """The second page names what it cannot read; the third, after the broker came back, holds just what was missing."""
    first = read(log, box, start="oldest", n=30)
    victim, (lost, *_) = next(iter(leaders(real.cluster, log.name).items()))
    kafka.kill(victim)
    try:
        until(lambda: lost.partition in _leaderless(real, log.name), 60)
        second = session.read(
            Connection(log.bootstrap), log.name, Request("oldest", n=1000), "test", box=box, place=first.after
        )  # fmt: skip
        assert {a.partition: a.state for a in second.accounting if a.state != "complete"} == {lost.partition: "failed"}
        assert next(a.what for a in second.accounting if a.partition == lost.partition)
    finally:
        kafka.restart(victim)
    leaders(real.cluster, log.name)
    assert second.after is not None
    third = until(lambda: (again := session.read(Connection(log.bootstrap), log.name, Request("oldest", n=1000), "test", box=box,
                                                 place=second.after)).is_complete and again, 60)  # fmt: skip
    found = [*places(first), *places(second), *places(third)]
    assert sorted(found) == [(p, i) for p in range(3) for i in range(MANY)]
