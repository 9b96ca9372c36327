"""How the worker tells what became of its children: in the query's words, with the record, with a number for what nobody expected."""

import os
import time
from dataclasses import replace

import orjson
import pytest

from controlcenter.access import principals
from controlcenter.access.models import AuditEvent
from controlcenter.errors import Kind, Problem
from controlcenter.query import acts, limits, persistent, push, worker
from controlcenter.query.job import Job
from controlcenter.query.looking import Looking
from controlcenter.query.models import PersistentQuery
from controlcenter.query.running import Full
from controlcenter.query.worker import Running, Worker
from controlcenter.sql.records import Record
from tests.product import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]
JOB = Job("q1", "demo", "SELECT 1;", (), {}, {})


@pytest.fixture
def works(store, monkeypatch):
    monkeypatch.setattr("controlcenter.observe.store.default", lambda: store)
    monkeypatch.setattr(worker.connections, "close_all", lambda: None)  # the test's transaction lives on one
    return Worker(lambda: store.redis)


def ended(works, work):
    """Fork a child for a push query, wait until it is gone, and return the reason its page shows."""
    works._fork(JOB, work)

    def gone():
        works._hear(0.01)
        works._reap()
        return not works._children

    until(gone, 20, "the child ends")
    return push.state("q1")


def looks(offset=7, careful=False):
    looking = Looking(careful)
    batch = looking.into([Record("rides", None, b"{}", 0, 2, offset + n) for n in range(2)])
    if careful:
        next(iter(batch))
    return looking


def test_an_unexpected_fault_has_its_traceback_in_the_log_under_the_number_that_the_page_shows(works, caplog):
    def work(*_):
        raise ZeroDivisionError("a secret of a record")

    told = ended(works, work)
    assert told["state"] == "failed"
    assert "ZeroDivisionError" in told["reason"]
    assert "secret" not in told["reason"]
    number = told["reason"].partition("as number ")[2][:8]
    (line,) = [record.getMessage() for record in caplog.records if number in record.getMessage()]
    assert 'raise ZeroDivisionError("a secret of a record")' in line


def test_a_problem_is_told_in_its_own_words_to_the_last_full_stop(works):
    def work(redis, alive, looking):
        alive()
        raise Problem(Kind.ABSENT, "Topic rides is gone.", "It was deleted.")

    assert ended(works, work)["reason"] == "Topic rides is gone. It was deleted. The rows so far stay."


def test_a_child_without_memory_says_how_much_it_may_have(works):
    def work(*_):
        bytearray(limits.CHILD_BYTES)

    assert ended(works, work)["reason"].startswith("It needed more than 2 GiB of memory.")


def test_a_child_that_was_killed_tells_what_it_looked_into(works):
    def work(redis, alive, looking):
        looking.into([Record("rides", None, b"{}", 0, 2, 7)])
        os.kill(os.getpid(), 9)

    assert "ended by SIGKILL while it looked into offset 7 of partition 2 of topic rides." in ended(works, work)["reason"]


def test_a_silent_child_is_killed_and_named_so(works, monkeypatch):
    monkeypatch.setattr(limits, "BATCH_S", 0.3)
    monkeypatch.setattr(works, "_converge", lambda now: None)
    works._fork(JOB, lambda *_: time.sleep(60))

    def gone():
        works._step()
        return not works._children

    until(gone, 20, "it is killed")
    assert "no sign of life" in push.state("q1")["reason"]


# — persistent ones ————————————————————————————————————————————————————————————————


@pytest.fixture
def row(db, alice):
    about = {"sink": "S", "sink_topic": "s", "topics": ["rides"], "properties": {}}
    return persistent.wish(principals.of_user(alice), "demo", "CTAS_S_1", "CREATE …", about)


def died(works, row, code, looking, lived_s=1.0, said=""):
    one = Running(1, 0, 0.0, JOB, looking, row.pk, said=said, began_at=time.monotonic() - lived_s)
    works._ended(one, code)
    row.refresh_from_db()
    return one


def test_a_record_that_kills_three_times_fails_the_query_and_is_named(works, row):
    died(works, row, -9, looks())  # the first time only the batch is known
    for _ in range(2):
        died(works, row, -9, looks(careful=True))
        assert row.state == "RESTARTING"
    died(works, row, -9, looks(careful=True))
    assert row.state == "FAILED"
    assert row.stuck == ["rides", 2, 7]
    assert "3 times while it looked into offset 7 of partition 2 of topic rides." in row.reason


def test_deaths_at_different_records_only_restart(works, row):
    for offset in (7, 8, 7, 8, 7):
        died(works, row, -9, looks(offset, careful=True))
    assert (row.state, row.stuck) == ("RESTARTING", None)
    assert "offset 7" in row.reason


def test_after_a_steady_while_the_wait_before_a_restart_is_short_again(works, row):
    for _ in range(6):
        died(works, row, 1, Looking(), said="Nobody answers.")
    assert works._deaths[row.pk][1] - time.monotonic() > 20
    died(works, row, 1, Looking(), lived_s=worker.STEADY_S + 1, said="Nobody answers.")
    assert works._deaths[row.pk][1] - time.monotonic() < 1
    assert row.reason == "Nobody answers."


def test_a_full_state_pauses_a_query_with_its_reason(works, row):
    died(works, row, worker.FULL, Looking(), said=str(Full(Kind.CONFLICT, "1,000 records found no room.")))
    assert (row.wanted, row.reason) == ("PAUSED", "1,000 records found no room.")


def test_skipping_the_record_is_audited_and_lets_the_query_go_on(works, row, alice):
    for _ in range(3):
        died(works, row, -9, looks(careful=True))
    acts.act_on(principals.of_user(alice), "demo", "CTAS_S_1", "SKIP")
    row.refresh_from_db()
    assert (row.state, row.stuck, row.skipped) == ("STARTING", None, [["rides", 2, 7]])
    intent = AuditEvent.objects.get(operation="query.terminate", phase="intent")
    assert intent.args["record"] == ["rides", 2, 7]
    assert AuditEvent.objects.filter(intent=intent.id, outcome="ok").exists()


def test_nothing_can_be_skipped_where_nothing_holds_a_query_up(row, alice):
    with pytest.raises(Problem, match="No record holds"):
        acts.act_on(principals.of_user(alice), "demo", "CTAS_S_1", "SKIP")
    assert PersistentQuery.objects.get().skipped == []


# — what nobody can tell any more ——————————————————————————————————————————————————


def test_a_query_that_went_silent_is_not_called_running():
    kept = orjson.dumps({"state": "running", "reason": "", "at_ms": 1_000_000, "emitted": 5})
    assert push.told(kept, 1_000_000 + 14_000)["state"] == "running"
    told = push.told(kept, 1_000_000 + 16_000)
    assert (told["state"], told["emitted"]) == ("failed", 5)
    assert "Its process is gone" in told["reason"]
    assert push.told(None, 0)["state"] == "gone"


def test_a_query_that_no_worker_takes_says_so():
    kept = orjson.dumps({"state": "waiting", "reason": "", "at_ms": 0})
    assert push.told(kept, 59_000)["state"] == "waiting"
    assert "No query worker took it" in push.told(kept, 61_000)["reason"]


def test_what_has_ended_stays_as_it_ended():
    kept = orjson.dumps({"state": "limit", "reason": "Enough.", "at_ms": 0})
    assert push.told(kept, 10**9)["reason"] == "Enough."


def test_queries_that_died_without_a_word_do_not_count_against_their_user(store, alice, monkeypatch):
    monkeypatch.setattr("controlcenter.observe.store.default", lambda: store)
    me = principals.of_user(alice)
    for n in range(limits.PUSH_A_USER):
        push.start(me, replace(JOB, id=f"q{n}"), {})
    with pytest.raises(Problem, match="8 queries already"):
        push.start(me, replace(JOB, id="one-more"), {})
    store.redis.set(push.key("q3", "state"), orjson.dumps({"state": "running", "at_ms": push.now_ms() - 20_000}))
    push.start(me, replace(JOB, id="one-more"), {})


def test_a_persistent_query_without_a_worker_is_not_called_running(works, row, store):
    persistent.say(row, "RUNNING", "")
    (shown,) = persistent.of("demo")
    assert (shown["state"], shown["lag"]) == ("STOPPED", None)
    store.redis.set(push.ALIVE, b"1")
    (shown,) = persistent.of("demo")
    assert shown["state"] == "RUNNING"
