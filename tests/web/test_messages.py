"""The pages of messages at their door: who may, what bad input is told, what is noted. The reading itself is tests/real's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from controlcenter.access.models import AuditEvent
from controlcenter.browse import session
from controlcenter.browse.page import Account, Page, Row
from controlcenter.errors import Kind, Problem
from controlcenter.fleet.models import Cluster
from controlcenter.observe.store import Store
from controlcenter.serde import detect

MESSAGES = "/clusters/demo/topics/rides/messages/"
RECORD = "/clusters/demo/topics/rides/records/0/5/"
pytestmark = pytest.mark.usefixtures("demo", "store")


def row(offset: int, key: bytes | None, value: bytes | None, **more: Any) -> Row:
    decoded = (None, None) if more.get("fault") else (detect.decode(key, raw=64), detect.decode(value, raw=64))
    return Row(0, offset, 1_700_000_000_123, "CreateTime", 3, *decoded, **more)


ROWS = (
    row(7, b"<script>alert(1)</script>", b'{"amount": 12345678901234567890, "name": "<b>"}'),
    row(6, b"k", None),
    row(5, None, b"", headers=(("a", detect.decode(b"1")), ("a", detect.decode(b"2"))), headers_count=2),
    row(4, None, None, fault="Offset 4 of partition 0 cannot be decoded safely (its memory limit)."),
)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[Any]]:
    """answer(page or problem): what every read gives; returns the requests that were made."""

    def give(found: Page | Problem) -> list[Any]:
        asked: list[Any] = []

        def read(connection: Any, topic: str, request: Any, user: Any, **more: Any) -> Page:
            asked.append((topic, request))
            if isinstance(found, Problem):
                raise found
            return found

        monkeypatch.setattr(session, "read", read)
        return asked

    return give


def page(*rows: Row, **more: Any) -> Page:
    accounts = (Account(0, 0, 8, 0, 8, 4, "complete"),)
    return Page(rows, accounts, "id", {0: (0, 8)}, 12, **more)


def test_messages_show_what_came_and_nothing_becomes_markup(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]
) -> None:
    answer(page(*ROWS))
    text = client_of(bob).get(MESSAGES).content.decode()
    assert "12345678901234567890" in text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "cannot be decoded safely (its memory limit)" in text
    assert "everything of the range was read" in text
    assert "22:13:20.123" in text


def test_a_record_shows_headers_in_order_with_their_repeats(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]
) -> None:
    asked = answer(page(ROWS[2]))
    text = client_of(bob).get(RECORD).content.decode()
    assert text.index("<dt>a</dt><dd>1") < text.index("<dt>a</dt><dd>2")
    assert "empty: there is a value of zero bytes" in text
    assert "no key" in text
    assert asked[0][1].offsets == {0: 5}


def test_a_tombstone_is_named(client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]) -> None:
    answer(page(ROWS[1]))
    assert "tombstone" in client_of(bob).get("/clusters/demo/topics/rides/records/0/6/").content.decode()


@pytest.mark.parametrize("address", [MESSAGES, RECORD])
def test_charlie_reads_nothing_and_nothing_is_asked(
    client_of: Callable[[Any], Client], charlie: Any, answer: Callable[[Any], list[Any]], address: str
) -> None:
    asked = answer(page(*ROWS))
    answered = client_of(charlie).get(address)
    assert answered.status_code in (403, 404)
    assert b"12345678901234567890" not in answered.content
    assert asked == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("n=0", "Use a whole number from 1 to 10,000."),
        ("from=middle", "Use one of newest, oldest, time, offset, group, key."),
        ("from=offset&offset=x", "Write one offset, or partition:offset pairs"),
        ("from=time&at=soon", "Write 2026-11-22T14:29:58, with or without an offset"),
        ("partitions=a", "Write numbers and ranges: 0,2,5-7."),
    ],
)
def test_bad_input_gives_a_sentence_and_reads_nothing(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]], query: str, says: str
) -> None:
    asked = answer(page(*ROWS))
    answered = client_of(bob).get(f"{MESSAGES}?{query}")
    assert answered.status_code == 400
    assert says in answered.content.decode()
    assert asked == []


@pytest.mark.parametrize(("query", "says"), [("from=offset", "From which offset?"), ("from=time", "From which time?")])
def test_a_start_without_its_place_waits_for_it(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]], query: str, says: str
) -> None:
    asked = answer(page(*ROWS))
    assert says in client_of(bob).get(f"{MESSAGES}?{query}").content.decode()
    assert asked == []


def test_a_deleted_topic_and_an_empty_one_are_told_apart(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]
) -> None:
    answer(Problem(Kind.ABSENT, "Topic rides does not exist.", "It was deleted."))
    gone = client_of(bob).get(MESSAGES)
    assert gone.status_code == 404
    assert "Topic rides does not exist." in gone.content.decode()
    answer(Page((), (Account(0, 5, 5, 5, 5, 0, "complete"),), "id", {0: (5, 5)}))
    assert "This topic is empty" in client_of(bob).get(MESSAGES).content.decode()


def test_a_hole_says_what_may_stand_there(client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]) -> None:
    answer(page())
    answered = client_of(bob).get(RECORD)
    assert answered.status_code == 404
    assert "Partition 0 holds no record at offset 5." in answered.content.decode()


def test_each_read_leaves_its_ranges_in_the_trail(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]], store: Store, demo: Cluster
) -> None:
    answer(page(*ROWS))
    client_of(bob).get(MESSAGES)
    noted = AuditEvent.objects.get(operation="message.read")
    assert (noted.actor, noted.cluster, noted.names, noted.outcome) == ("bob", "demo", ["rides"], "ok")
    assert noted.args == {"from": "newest", "limit": 100, "partitions": ["0:0-8"], "count": 4}


RECORDS = "/api/v1/clusters/demo/topics/rides/records/"


def test_programs_get_the_same_rows_with_null_for_null(
    client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]
) -> None:
    asked = answer(page(*ROWS))
    told = client_of(bob).get(f"{RECORDS}?from=oldest&limit=4").json()
    assert (asked[0][1].start, asked[0][1].n) == ("oldest", 4)
    assert (told["total"], told["complete"]) == (4, True)
    first, tombstone, empty, broken = told["items"]
    assert first["value"]["json"]["amount"] == 12345678901234567890
    assert (tombstone["key"]["text"], tombstone["value"]) == ("k", None)
    assert (empty["key"], empty["value"]) == (None, {"format": "empty", "text": "", "json": None, "size_bytes": 0})
    assert [(header["name"], header["value"]["text"]) for header in empty["headers"]] == [("a", "1"), ("a", "2")]
    assert broken["fault"].startswith("Offset 4 of partition 0")


def test_programs_meet_the_same_door(
    client_of: Callable[[Any], Client], charlie: Any, bob: Any, answer: Callable[[Any], list[Any]]
) -> None:
    asked = answer(page(*ROWS))
    assert client_of(charlie).get(RECORDS).status_code in (403, 404)
    assert client_of(bob).get(f"{RECORDS}?limit=0").status_code == 422
    assert Client().get(RECORDS).status_code == 401
    assert asked == []


def test_statistics_are_drawn_from_what_was_read(client_of: Callable[[Any], Client], bob: Any, answer: Callable[[Any], list[Any]]) -> None:
    answer(page(*ROWS))
    shown = client_of(bob).get("/clusters/demo/topics/rides/statistics/")
    assert shown.status_code == 200
    assert shown.context["found"].records == 4
    assert ("amount", 1, "integer") in shown.context["found"].fields


@pytest.mark.parametrize("format", ["ndjson", "json", "csv", "zip"])
def test_an_export_needs_its_own_right_and_leaves_a_trail(
    client_of: Callable[[Any], Client], alice: Any, bob: Any, answer: Callable[[Any], list[Any]], format: str
) -> None:
    answer(page(*ROWS))
    url = f"{MESSAGES}export/?format={format}"
    assert client_of(bob).get(url).status_code == 403
    file = client_of(alice).get(url)
    assert file.status_code == 200
    assert b"".join(file.streaming_content)
    assert AuditEvent.objects.filter(operation="message.export", outcome="ok").count() == 1


def test_formats_chosen_for_a_topic_are_there_at_the_next_visit_and_only_for_oneself(
    client_of: Callable[[Any], Client], alice: Any, bob: Any, answer: Callable[[Any], list[Any]]
) -> None:
    asked = answer(page(*ROWS))
    formats = f"{MESSAGES}formats/"
    assert client_of(bob).post(formats, {"key_serde": "int64", "value_serde": ""}).status_code == 200
    client_of(bob).get(MESSAGES)
    client_of(alice).get(MESSAGES)
    client_of(bob).get(f"{MESSAGES}?key_serde=&value_serde=hex")
    assert [(request.key_serde, request.value_serde) for _, request in asked] == [("int64", ""), ("", ""), ("", "hex")]
    assert client_of(bob).post(formats, {"key_serde": "klingon"}).status_code == 400
