"""Writing by the API: once for each key, however often it is asked."""

import json

import pytest

from controlcenter.api import producing
from controlcenter.operate.perform import Result
from tests.web.test_produce import known  # noqa: F401  the same topic

URL = "/api/v1/clusters/demo/topics/orders/records/"
RECORD = {"key": {"format": "text", "text": "k"}, "value": {"format": "json", "text": '{"a": 1}'}}
pytestmark = pytest.mark.usefixtures("demo", "known")


@pytest.fixture
def sent(monkeypatch):
    actions = []

    def perform(action, request):
        actions.append(action)
        row = {"index": 0, "state": "ok", "partition": 1, "offset": 7, "latency_ms": 2.0, "error": "", "hint": ""}
        return Result("ok", "audit-1", "", None, {"state": "done", "total": 1, "ok": 1, "failed": 0, "unknown": 0, "results": [row]})

    monkeypatch.setattr(producing, "perform", perform)
    return actions


def post(client, body, **headers):
    return client.post(URL, json.dumps(body), content_type="application/json", headers=headers)


def test_a_repeated_request_with_its_key_sends_nothing_again(client_of, alice, sent):
    client = client_of(alice)
    answers = [post(client, {"records": [RECORD]}, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["results"][0]["offset"] == 7
    assert len(sent) == 1


def test_a_key_used_for_other_records_is_refused(client_of, alice, sent):
    client = client_of(alice)
    post(client, {"records": [RECORD]}, **{"Idempotency-Key": "twice"})
    other = post(client, {"records": [RECORD, RECORD]}, **{"Idempotency-Key": "twice"})
    assert (other.status_code, len(sent)) == (422, 1)


def test_a_refused_request_leaves_its_key_free(client_of, alice, sent):
    client = client_of(alice)
    bad = {"records": [{"value": {"format": "json", "text": "{"}}]}
    assert post(client, bad, **{"Idempotency-Key": "again"}).status_code == 422
    assert post(client, {"records": [RECORD]}, **{"Idempotency-Key": "again"}).status_code == 200


WRONG = (
    {}, {"records": []}, {"records": [RECORD] * 1001}, {"records": [{"value": {"format": "odd", "text": ""}}]},
    {"records": [{"headers": [{"name": ""}]}]}, {"records": [{"timestamp": "soon"}]}, {"records": [{"partition": -1}]},
)  # fmt: skip


@pytest.mark.parametrize("body", WRONG)
def test_what_cannot_be_is_refused_with_a_sentence(client_of, alice, sent, body):
    answer = post(client_of(alice), body)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["what"]
    assert sent == []


def test_a_preview_sends_nothing(client_of, alice, sent):
    answer = client_of(alice).post(f"{URL}?preview=1", json.dumps({"records": [RECORD]}), content_type="application/json")
    assert answer.json()["steps"] == ["Write 1 record to topic orders."]
    assert sent == []
