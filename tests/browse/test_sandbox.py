"""Children are limited, die alone, and the next one works."""

import os
import time
from collections.abc import Iterator

import psutil
import pytest

from controlcenter.browse import nursery, sandbox
from controlcenter.browse.sandbox import Sandbox
from controlcenter.errors import Problem


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox("tests.browse.limits_child", size=2)
    yield made
    made.stop()


def test_a_child_has_limits_and_nothing_of_its_parent(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC_SECRET", "not for children")
    child = box.child(7)
    child.send("limits")
    limits, environment, is_own_session, nice = child.receive(5)
    child.close()
    assert limits == {"AS": nursery.MEMORY_BYTES, "CORE": 0, "NOFILE": 256, "FSIZE": 0, "CPU": 7}
    assert environment == {}
    assert is_own_session
    assert nice >= 5


@pytest.mark.parametrize(
    ("asked", "cause"),
    [("memory", "its memory limit"), ("abort", "its memory limit"), ("long", "nonsense"), ("nonsense", "nonsense"), ("silence", "in time")],
)
def test_a_death_has_its_cause_and_the_next_child_works(box: Sandbox, asked: str, cause: str) -> None:
    child = box.child(7)
    child.send(asked)
    with pytest.raises(sandbox.Died) as died:
        child.receive(1)
    child.close()
    assert cause in died.value.cause
    after = box.child(7)
    after.send("limits")
    assert after.receive(5)
    after.close()


def test_the_parent_keeps_no_descriptor_and_no_child(box: Sandbox) -> None:
    box.child(7).close()  # the nursery runs
    me = psutil.Process()
    before = me.num_fds()
    pids = []
    for _ in range(20):
        child = box.child(7)
        pids.append(child.pid)
        child.close()
    end = time.monotonic() + 5
    while any(psutil.pid_exists(pid) for pid in pids):
        assert time.monotonic() < end, "children outlive their answer"
        os.sched_yield()
    assert me.num_fds() == before


def test_a_dead_nursery_is_replaced(box: Sandbox) -> None:
    box.child(7).close()
    assert box._nursery is not None
    box._nursery.kill()
    box._nursery.wait(5)
    child = box.child(7)
    child.send("limits")
    assert child.receive(5)
    child.close()


def test_one_user_holds_two_places_and_no_more(box: Sandbox) -> None:
    soon = time.monotonic() + 5
    with box.place("bob", soon), box.place("bob", soon), pytest.raises(Problem, match="already"), box.place("bob", soon):
        pass
    with box.place("bob", soon):
        pass


def test_who_finds_no_place_in_time_is_told(box: Sandbox) -> None:
    soon = time.monotonic() + 5
    with box.place("a", soon), box.place("b", soon), pytest.raises(Problem, match="No place"), box.place("c", time.monotonic() + 0.05):
        pass
