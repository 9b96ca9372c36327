"""What is due, and when a cluster may be asked."""

from hypothesis import given
from hypothesis import strategies as st

from controlcenter.errors import Kind
from controlcenter.observe.schedule import CLOSED, NEEDS, PACES, due

KNOWN = ("brokers", "topics", "partitions", "groups")
ALL_RAN = dict.fromkeys(PACES, 100.0)


def test_first_only_questions_that_need_nothing():
    assert set(due({}, (), 0, ())) == {"metadata", "cluster", "quorum", "opened"}


def test_then_everything_but_the_oldest_records_which_only_an_open_topic_asks_for():
    assert set(due({}, (), 0, KNOWN)) == set(PACES) - {"first_records"}
    assert set(due({}, ("topic/rides",), 0, KNOWN)) == set(PACES)


def test_idle_ends_every_five_seconds_in_view_every_second():
    assert "commits" not in due(ALL_RAN, (), 104, KNOWN)
    assert "commits" in due(ALL_RAN, (), 105, KNOWN)
    assert "commits" in due(ALL_RAN, ("topic/rides",), 101, KNOWN)


def test_a_broker_page_does_not_hasten_groups():
    assert "described" not in due(ALL_RAN, ("broker/1",), 110, KNOWN)
    assert "described" in due(ALL_RAN, ("group/a",), 110, KNOWN)


def test_a_late_tick_does_not_lose_a_second():
    assert "commits" in due(ALL_RAN, ("topics",), 100.9, KNOWN)


@given(st.sets(st.sampled_from(list(PACES))), st.sets(st.sampled_from(list(KNOWN))))
def test_at_once_asks_what_can_be_asked_whatever_the_pace(at_once, known):
    asked = set(due(ALL_RAN, ("topic/rides",), 100, known, at_once))
    assert asked == {kind for kind in at_once if kind not in NEEDS or NEEDS[kind] in known}


def test_the_breaker_opens_after_three_and_waits_longer_each_time():
    breaker, waits = CLOSED, []
    for _ in range(9):
        breaker = breaker.failed(Kind.UNREACHABLE, 1000)
        waits.append(breaker.wait_until - 1000)
    assert waits == [0, 0, 5, 10, 20, 40, 60, 60, 60]
    assert breaker.is_open
    assert not breaker.may_ask(1059)
    assert breaker.may_ask(1060)
    assert breaker.succeeded() == CLOSED


def test_a_refused_sign_in_waits_thirty_seconds_at_once():
    breaker = CLOSED.failed(Kind.DENIED, 10)
    assert breaker.is_open
    assert not breaker.may_ask(39)
    assert breaker.may_ask(40)
