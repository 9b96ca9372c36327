"""Records by the API: the same words as the page's address, and cursors that lead on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from controlcenter.browse import session
from controlcenter.browse.page import Account, Page, Place, Row
from controlcenter.browse.request import Request
from controlcenter.serde import detect

RECORDS = "/api/v1/clusters/demo/topics/rides/records/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo", "store")]
ROW = Row(0, 7, 1_700_000_000_123, "CreateTime", 3, detect.decode(b"k"), detect.decode(b'{"a": 1}'), flags=("aborted",))
AFTER = Place("topic-id", ((0, 0, 9, 7),), is_backward=False)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Request, Place | None]]:
    found: list[tuple[Request, Place | None]] = []

    def read(connection: Any, topic: str, request: Request, user: Any, *, place: Place | None = None, **more: Any) -> Page:
        found.append((request, place))
        accounts = (Account(0, 0, 9, 0, 7, 5, "limit", matched=1, at=7),)
        return Page((ROW,), accounts, "topic-id", {0: (0, 9)}, 12, reason="limit", after=AFTER)

    monkeypatch.setattr(session, "read", read)
    return found


def test_every_word_of_the_address_is_one_of_the_api(client_of: Callable[[Any], Client], bob: Any, asked: list[Any]) -> None:
    query = {
        "from": "time", "at": "2026-10-25T02:30", "zone": "Europe/Berlin", "until": "time", "to": "2026-10-25T02:30", "order": "newest",
        "limit": "7", "partitions": "0,2-3", "isolation": "read_uncommitted", "markers": "1", "filter": "needle", "ignore_case": "1",
        "in": "key,value", "key": "00ff", "key_as": "hex", "key_all": "1", "value_serde": "json",
    }  # fmt: skip
    answer = client_of(bob).get(RECORDS, query).json()
    (request, place) = asked[0]
    assert request == Request(
        "time", 7, (0, 2, 3), None, 1_792_888_200_000, "read_uncommitted", order="newest", until="time", to_ms=1_792_891_800_000,
        key=b"\x00\xff", is_key_anywhere=True, markers=True, filter="needle", is_case_ignored=True, parts=("key", "value"),
        value_serde="json",
    )  # fmt: skip
    assert place is None
    assert answer["items"][0]["value"]["json"] == {"a": 1}
    assert answer["items"][0]["flags"] == ["aborted"]
    assert (answer["ended_by"], answer["previous"], answer["complete"]) == ("limit", None, True)
    assert answer["partitions"][0]["at"] == 7
    assert answer["partitions"][0]["holes"] == 2


def test_a_cursor_leads_on_for_its_reader_and_its_question_alone(
    client_of: Callable[[Any], Client], alice: Any, bob: Any, asked: list[Any]
) -> None:
    client = client_of(bob)
    cursor = client.get(RECORDS, {"from": "oldest", "filter": "x"}).json()["cursor"]
    assert client.get(RECORDS, {"from": "oldest", "filter": "x", "cursor": cursor}).status_code == 200
    assert asked[1][1] == AFTER
    assert client.get(RECORDS, {"from": "oldest", "filter": "y", "cursor": cursor}).status_code == 404
    assert client.get(RECORDS.replace("rides", "taxis"), {"from": "oldest", "filter": "x", "cursor": cursor}).status_code == 404
    assert client_of(alice).get(RECORDS, {"from": "oldest", "filter": "x", "cursor": cursor}).status_code == 404
    assert len(asked) == 2


BAD = [
    ({"from": "middle"}, "from"),
    ({"filter": "a ==", "mode": "expression"}, "filter"),
    ({"limit": "10001"}, "limit"),
    ({"zone": "X"}, "zone"),
]


@pytest.mark.parametrize(("query", "field"), BAD)
def test_a_fault_is_told_at_its_field(
    client_of: Callable[[Any], Client], bob: Any, asked: list[Any], query: dict[str, str], field: str
) -> None:
    answer = client_of(bob).get(RECORDS, query)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == field
    assert asked == []


def test_a_groups_position_takes_the_right_to_see_the_group(client_of: Callable[[Any], Client], charlie: Any, asked: list[Any]) -> None:
    assert client_of(charlie).get(RECORDS, {"from": "group", "group": "g"}).status_code in (403, 404)
    assert asked == []
