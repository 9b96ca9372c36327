"""Searches in the background on real brokers: to the end, over kills of their worker, without a row twice or one missed."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from controlcenter.access import principals
from controlcenter.browse import background, session
from controlcenter.browse.models import Job
from controlcenter.errors import Kind, Problem
from controlcenter.fleet.models import Cluster
from controlcenter.jobs import browse
from tests.real.test_browse import Log
from tests.real.worlds import until

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
MANY = 6000
QUERY = "filter=value.wanted&mode=expression&order=oldest"
WANTED = [(p, i) for p in range(3) for i in range(7, MANY, 100)]


@pytest.fixture(scope="module")
def large(kafka: Any) -> Log:
    log = Log(kafka.bootstrap, 3)
    for p in range(3):
        values = (b'{"n": %d, "wanted": %s}' % (i, b"true" if i % 100 == 7 else b"false") for i in range(MANY))
        log.produce(*values, partition=p, at_ms=10_000)
    return log


@pytest.fixture
def log(large: Log) -> Log:
    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers=large.bootstrap)
    return large


def work(closing: threading.Event | None = None) -> None:
    """Do what a worker does with the next search."""
    for number, runner in background.claim(1):
        background.Run(number, runner, closing or threading.Event()).run()


def found(job: Job) -> list[tuple[int, int]]:
    return sorted((row["partition"], row["offset"]) for row in background.rows(job, 0, 100_000))


def test_a_search_runs_to_its_end_and_keeps_what_it_found(log: Log, bob: Any) -> None:
    me = principals.of_user(bob)
    made = background.start(me, "demo", log.name, QUERY)
    assert background.get(me, made.pk).state == "queued"
    work()
    job = background.get(me, made.pk)
    assert (job.state, job.reason, job.found, job.progress["share"]) == ("complete", "", len(WANTED), 1.0)
    assert found(job) == WANTED
    assert [(row["partition"], row["offset"]) for row in background.rows(job, 100, 7)] == [
        (row["partition"], row["offset"]) for row in background.rows(job, 0, 1000)[100:107]
    ]
    with pytest.raises(Problem) as refused:
        background.resume(me, job.pk)
    assert refused.value.kind is Kind.CONFLICT


def test_a_worker_that_is_killed_between_checkpoints_costs_no_row(log: Log, bob: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    me = principals.of_user(bob)
    made = background.start(me, "demo", log.name, QUERY + "&until=records&to=3000")
    for _ in range(30):
        checkpoints = []
        write = background.Run._write

        def dies(run: background.Run, talk: session.Talk, seen: list[int] = checkpoints, write: Any = write) -> None:
            if len(seen) == 1:
                raise SystemExit  # a kill, as far as this process can stage one: nothing after it happens
            seen.append(1)
            write(run, talk)

        with monkeypatch.context() as patch:
            patch.setattr(background, "CHECKPOINT_S", 0.0)
            patch.setattr(background.Run, "_write", dies)
            thread = threading.Thread(target=_survived, args=(work,))
            thread.start()
            thread.join(30)
        Job.objects.filter(pk=made.pk, state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
        state = background.get(me, made.pk).state
        if state == "limit":
            background.resume(me, made.pk)
        if state == "complete":
            break
    work()
    job = background.get(me, made.pk)
    while job.state == "limit":
        background.resume(me, made.pk)
        work()
        job = background.get(me, made.pk)
    assert job.state == "complete"
    assert found(job) == WANTED
    assert job.found == len(WANTED)


def _survived(do: Any) -> None:
    try:
        do()
    except SystemExit:
        return
    finally:
        background_connections_closed()


def background_connections_closed() -> None:
    from django.db import connections

    connections.close_all()


def test_a_leased_search_is_nobody_elses_and_an_old_lease_writes_nothing(log: Log, bob: Any) -> None:
    me = principals.of_user(bob)
    made = background.start(me, "demo", log.name, QUERY)
    ((number, runner),) = background.claim(5)
    assert background.claim(5) == []
    Job.objects.filter(pk=number).update(lease_until=timezone.now() - timedelta(seconds=1))
    ((again, other),) = background.claim(5)
    assert (again, other == runner) == (number, False)
    background.Run(number, runner, threading.Event()).run()
    assert background.get(me, made.pk).found == 0
    background.Run(number, other, threading.Event()).run()
    assert background.get(me, made.pk).state == "complete"


def test_a_worker_that_closes_hands_its_search_over(log: Log, bob: Any) -> None:
    me = principals.of_user(bob)
    made = background.start(me, "demo", log.name, QUERY)
    closing = threading.Event()
    closing.set()
    work(closing)
    assert background.get(me, made.pk).state == "running"
    work()
    assert found(background.get(me, made.pk)) == WANTED


def test_two_of_one_user_run_and_more_wait_in_line(log: Log, bob: Any, alice: Any) -> None:
    me = principals.of_user(bob)
    first, second, third, fourth = (background.start(me, "demo", log.name, QUERY) for _ in range(4))
    others = background.start(principals.of_user(alice), "demo", log.name, QUERY)
    assert background.line() == {first.pk: 1, second.pk: 2, third.pk: 3, fourth.pk: 4, others.pk: 5}
    assert [number for number, _ in background.claim(10)] == [first.pk, second.pk, others.pk]
    assert background.line() == {third.pk: 1, fourth.pk: 2}
    background.stop(me, third.pk)
    assert (background.get(me, third.pk).state, background.line()) == ("stopped", {fourth.pk: 1})
    background.remove(me, first.pk)
    assert [number for number, _ in background.claim(10)] == [fourth.pk]
    with pytest.raises(Problem) as gone:
        background.get(me, first.pk)
    assert gone.value.kind is Kind.ABSENT


def test_no_more_wait_than_ten_of_one_user(log: Log, bob: Any, alice: Any) -> None:
    me = principals.of_user(bob)
    made = [background.start(me, "demo", log.name, QUERY) for _ in range(10)]
    with pytest.raises(Problem, match="10 searches and exports of yours"):
        background.start(me, "demo", log.name, QUERY)
    background.start(principals.of_user(alice), "demo", log.name, QUERY)
    background.stop(me, made[3].pk)
    background.start(me, "demo", log.name, QUERY)
    with pytest.raises(Problem):
        background.resume(me, made[3].pk)


def test_a_running_search_is_stopped_where_it_is_and_goes_on(log: Log, bob: Any) -> None:
    me = principals.of_user(bob)
    made = background.start(me, "demo", log.name, QUERY)
    ((number, runner),) = background.claim(1)
    background.stop(me, made.pk)
    run = background.Run(number, runner, threading.Event())
    run._asked_at = 0.0
    run.run()
    assert background.get(me, made.pk).state == "stopped"
    background.resume(me, made.pk)
    work()
    assert found(background.get(me, made.pk)) == WANTED


def test_the_workers_tick_takes_what_waits_and_forgets_what_is_old(log: Log, bob: Any) -> None:
    me = principals.of_user(bob)
    made = background.start(me, "demo", log.name, QUERY)
    old = background.start(me, "demo", log.name, QUERY)
    Job.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    browse._forgot_at = -browse.FORGET_S
    browse.tick()
    until(lambda: background.get(me, made.pk).state == "complete")
    for thread in browse._running:
        thread.join(10)
    assert found(background.get(me, made.pk)) == WANTED
    assert not Job.objects.filter(pk=old.pk).exists()


def test_who_may_not_read_begins_nothing_and_sees_nothing(log: Log, bob: Any, charlie: Any) -> None:
    made = background.start(principals.of_user(bob), "demo", log.name, QUERY)
    stranger = principals.of_user(charlie)
    for do in (lambda: background.start(stranger, "demo", log.name, QUERY), lambda: background.get(stranger, made.pk),
               lambda: background.stop(stranger, made.pk), lambda: background.remove(stranger, made.pk)):  # fmt: skip
        with pytest.raises(Problem) as refused:
            do()
        assert refused.value.kind in (Kind.ABSENT, Kind.DENIED)
    assert background.of(stranger) == []
