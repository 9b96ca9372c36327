"""How often a token may come, and what wrong ones cost."""

import pytest
from django.test import Client

from controlcenter.access import principals, token_limits, tokens
from controlcenter.access.models import AuditEvent
from controlcenter.access.token_limits import BURST, FAILURES, GAP_MS, LOCKED_S, Busy, admit
from controlcenter.errors import Problem
from controlcenter.observe.store import connect
from tests.conftest import persona

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE, NOW = "10.0.0.1", "10.0.0.2", 1_000_000


@pytest.fixture
def client(store):
    return store.redis


def passes(client, token, now_ms, address=HERE):
    try:
        return admit(client, token, address, now_ms).name
    except Busy:
        return None


def fail(client, times=1, address=HERE):
    for _ in range(times):
        with pytest.raises(Problem):
            admit(client, "cc_nobody_knows", address, NOW)


def test_a_burst_passes_whole_and_the_next_waits_for_its_turn(client, robot):
    assert [passes(client, robot, NOW) for _ in range(BURST)] == ["robot"] * BURST
    with pytest.raises(Busy) as told:
        admit(client, robot, HERE, NOW)
    assert told.value.retry_s == 1
    assert passes(client, robot, NOW + GAP_MS - 1) is None
    assert passes(client, robot, NOW + GAP_MS) == "robot"


def test_twenty_a_second_pass_for_ever_and_more_do_not(client, robot):
    assert all(passes(client, robot, NOW + place * GAP_MS) for place in range(200))
    later = NOW + 100_000
    assert sum(passes(client, robot, later + place * GAP_MS // 2) is not None for place in range(200)) == BURST + 99


def test_each_token_has_its_own_bucket(client, robot, bob):
    _, other = tokens.make(bob)
    for _ in range(BURST + 1):
        passes(client, robot, NOW)
    assert passes(client, other, NOW) == "bob"


def test_the_fifth_wrong_token_locks_its_address_alone_and_is_written_down(client, robot):
    fail(client, FAILURES - 1)
    assert passes(client, robot, NOW) == "robot"
    fail(client)
    with pytest.raises(Busy) as told:
        admit(client, robot, HERE, NOW)
    assert LOCKED_S - 60 < told.value.retry_s <= LOCKED_S
    assert passes(client, robot, NOW, ELSEWHERE) == "robot"
    row = AuditEvent.objects.get()
    assert (row.operation, row.outcome, row.address) == ("app.token", "denied", HERE)


def test_tries_under_the_lock_do_not_make_it_longer(client, robot):
    fail(client, FAILURES)
    client.expire(f"failures:{HERE}", 7)
    fail(client, 3)
    assert 0 < client.ttl(f"failures:{HERE}") <= 7


def test_a_revoked_token_counts_as_a_wrong_one(client):
    kept, text = tokens.make(persona("gone", "reader"))
    tokens.revoke(kept)
    for _ in range(FAILURES):
        with pytest.raises(Problem):
            admit(client, text, HERE, NOW)
    with pytest.raises(Busy):
        admit(client, text, HERE, NOW)


def test_without_redis_a_token_is_as_right_or_wrong_as_ever(robot):
    nobody = connect("unix:///nonexistent/valkey.sock")
    assert admit(nobody, robot, HERE, NOW).name == "robot"
    with pytest.raises(Problem) as told:
        admit(nobody, f"{robot}x", HERE, NOW)
    assert not isinstance(told.value, Busy)


@pytest.mark.parametrize("path", ["/api/v1/clusters/", "/audit/"])
def test_the_door_answers_429_and_says_when_to_come_again(store, robot, path, monkeypatch):
    monkeypatch.setattr(token_limits, "GAP_MS", 60_000)
    answers = [Client().get(path, headers={"authorization": f"Bearer {robot}"}) for _ in range(BURST + 1)]
    assert 429 not in {answer.status_code for answer in answers[:-1]}
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert b"Retry-After" in answers[-1].content


def test_wrong_tokens_leave_people_from_the_same_address_alone(store, robot, client_of, alice):
    for _ in range(FAILURES):
        assert Client().get("/audit/", headers={"authorization": "Bearer cc_x_y"}).status_code == 403
    assert Client().get("/audit/", headers={"authorization": f"Bearer {robot}"}).status_code == 429
    assert client_of(alice).get("/audit/").status_code == 200


def test_a_looked_up_token_costs_no_request(client, robot):
    for _ in range(BURST * 2):
        assert principals.of_token(robot, HERE).name == "robot"  # as sockets ask again and again
    assert passes(client, robot, NOW) == "robot"
