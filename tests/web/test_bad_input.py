"""What cannot be read or sent, at the doors of messages: each is a sentence with its fix, and nothing typed is lost."""

import html
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from controlcenter.browse import cursor, request, session
from controlcenter.browse.page import Account, Page, Place
from controlcenter.errors import Kind, Problem
from tests.web import test_produce

known, sent = test_produce.known, test_produce.sent  # the same topic, the same door
MESSAGES = "/clusters/demo/topics/rides/messages/"
API = "/api/v1/clusters/demo/topics/rides/records/"
PRODUCE = "/clusters/demo/topics/orders/produce/"
PLACE = Place("id", ((0, 0, 9, 7),), is_backward=False)
pytestmark = pytest.mark.usefixtures("demo", "store")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was read although it could not be. A read from offset 5 meets a log that starts at 12."""
    found: list[Any] = []

    def read(connection: Any, topic: str, request: Any, user: Any, **more: Any) -> Page:
        if request.offsets == {0: 5}:
            raise Problem(Kind.INVALID, "Partition 0 holds 12 to 94.", "Choose an offset of these.", "offset")
        found.append(request)
        return Page((), (Account(0, 0, 9, 0, 9, 9, "complete"),))

    monkeypatch.setattr(session, "read", read)
    return found


FAULTS = {
    "an unknown field": ({"filter": 'valu.status == "DECLINED"', "mode": "expression"}, "filter", "valu"),
    "a bad number": ({"filter": "value.amount > 12x", "mode": "expression"}, "filter", "12"),
    "an unbalanced parenthesis": ({"filter": "(value.amount > 12", "mode": "expression"}, "filter", ")"),
    "a count in letters": ({"n": "many", "partitions": "0,2"}, "n", "whole number"),
    "a count of none": ({"n": "0"}, "n", "1 to 10,000"),
    "an offset in letters": ({"from": "offset", "offset": "0:x"}, "offset", "partition:offset"),
    "an offset that is not there": ({"from": "offset", "offset": "0:5"}, "offset", "Partition 0 holds 12 to 94."),
    "a time in words": ({"from": "time", "at": "last summer", "zone": "Europe/Riga"}, "at", "2026-11-22T14:29:58"),
    "a partition in letters": ({"partitions": "first"}, "partitions", "0,2,5-7"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_tells_the_fault_and_keeps_every_word(client_of: Callable[[Any], Client], bob: Any, asked: list[Any], name: str) -> None:
    typed, field, says = FAULTS[name]
    everything = {"filter": "needle", "n": "70", "partitions": "0-3", "to": "99", "until": "records", "plain": "1", **typed}
    answer = client_of(bob).get(MESSAGES, everything)
    shown = answer.content.decode()
    problem = answer.context["problem"]
    assert answer.status_code == 400
    assert says in f"{problem.what} {problem.hint}"
    assert problem.hint, "a sentence without a way out"
    assert problem.what in html.unescape(shown)
    assert problem.field == field
    for word, text in everything.items():
        if word not in ("mode", "until", "zone", "from", "plain"):
            (kept,) = re.findall(rf'<input class="input mono"[^>]* name="{word}" value="([^"]*)"', shown)
            assert html.unescape(kept) == text
    if "zone" in everything:
        assert everything["zone"] in shown
    assert asked == []


@pytest.mark.parametrize("name", FAULTS)
def test_the_api_tells_the_same_fault_at_its_field(client_of: Callable[[Any], Client], bob: Any, asked: list[Any], name: str) -> None:
    typed, field, says = FAULTS[name]
    answer = client_of(bob).get(API, {"limit" if word == "n" else word: text for word, text in typed.items()})
    (fault,) = answer.json()["faults"]
    assert (answer.status_code, fault["kind"]) == (422, "invalid")
    assert field in fault["field"] or (field, fault["field"]) == ("n", "limit")
    assert says in f"{fault['what']} {fault['hint']}"
    assert fault["hint"]
    assert asked == []


@pytest.mark.parametrize("door", [MESSAGES, API])
@pytest.mark.parametrize(
    ("whose", "age_s", "says"), [("own", 16 * 60, "older than 15 minutes"), ("foreign", 0, "another reader"), ("cut", 0, "another reader")]
)
def test_a_cursor_that_is_old_or_anothers_leads_nowhere_and_the_question_stays(
    client_of: Callable[[Any], Client], bob: Any, alice: Any, asked: list[Any], door: str, whose: str, age_s: int, says: str
) -> None:
    typed = {"from": "oldest", "filter": "needle", "plain": "1"}
    wish = request.parse({name: typed[name] for name in ("from", "filter")})
    reader = alice.pk if whose == "foreign" else bob.pk
    text = cursor.write(PLACE, "demo", "rides", reader, wish, now=time.time() - age_s)
    answer = client_of(bob).get(door, {**typed, "cursor": text[:-4] if whose == "cut" else text})
    told = html.unescape(answer.content.decode())
    assert answer.status_code == {MESSAGES: {"own": 400}, API: {"own": 422}}[door].get(whose, 404)
    assert says in told
    assert "Read again from the start" in told
    assert door == API or 'name="filter" value="needle"' in told
    assert asked == []


TYPED = test_produce.form(
    key="order-7", value='{"amount": 12}', partition="2", timestamp="5", header_name="trace", header_form="text", header_value="a1"
)


def all_of(answer: Any) -> dict[str, str]:
    """Return what stands in the fields of a record as the page shows them."""
    shown = answer.content.decode()
    inputs = {name: html.unescape(text) for name, text in re.findall(r'<input class="input mono"[^>]* name="(\w+)" value="([^"]*)"', shown)}
    header = dict.fromkeys(("header_name", "header_value"))
    for name in header:
        header[name] = html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', shown)[0])
    areas = {name: html.unescape(text) for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', shown, re.S)}
    return {**inputs, **areas, **header}  # type: ignore[dict-item]


FILES = {
    "of 100 MB": ("large.ndjson", b"x" * (100 << 20), "ndjson", "Split it."),
    "with broken quotes": ("odd.csv", b'key,value\na,"open\nb,2\n', "csv", "Broken quotes"),
    "of another encoding": ("old.csv", b"key,value\n\xff\xfe,1\n", "csv", "Save the file as UTF-8."),
    "without a record": ("none.ndjson", b"[1]\n[2]\n", "ndjson", "No line of the file can be sent."),
}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_sent_costs_nothing_of_the_record_typed_beside_it(
    client_of: Callable[[Any], Client],
    alice: Any,
    sent: list[Any],
    name: str,
) -> None:
    file_name, data, form_, says = FILES[name]
    own = {"do": "file", "file_form": form_, "file_key_form": "hex", "file_value_form": "json", "separator": ";" if form_ == "csv" else ""}
    if name == "with broken quotes":
        own["separator"] = ""
    answer = client_of(alice).post(PRODUCE, {**TYPED, **own, "file": SimpleUploadedFile(file_name, data)})
    assert answer.status_code in (400, 422)
    assert says in html.unescape(answer.content.decode())
    assert {word: text for word, text in all_of(answer).items() if word in TYPED} == {
        word: TYPED[word] for word in ("key", "value", "partition", "timestamp", "count", "rate", "header_name", "header_value")
    }
    values = answer.context["values"]
    assert {word: values[word] for word in own if word != "do"} == {word: text for word, text in own.items() if word != "do"}
    assert (values["key_form"], values["value_form"]) == ("text", "json")
    assert sent == []


@pytest.mark.usefixtures("known")
def test_a_files_own_forms_are_those_its_records_are_made_with(
    client_of: Callable[[Any], Client],
    alice: Any,
    sent: list[Any],
) -> None:
    file = SimpleUploadedFile("r.csv", b"key,value\n00ff,plain\n")
    answer = client_of(alice).post(
        PRODUCE, {**TYPED, "do": "file", "file_form": "csv", "file_key_form": "hex", "file_value_form": "text", "file": file}
    )
    assert answer.status_code == 200
    assert answer.context["action"].kinds == {"key": "hex", "value": "text"}
    assert sent == []


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"value_form": "avro", "value_version": "two"}, "“two” is not a version of a schema."),
        ({"value_form": "avro", "value_version": "2"}, "registry"),
        ({"key_form": "protobuf"}, "registry"),
    ],
)
def test_a_schema_that_cannot_be_had_is_told_and_the_record_stays(
    client_of: Callable[[Any], Client],
    alice: Any,
    sent: list[Any],
    typed: dict[str, str],
    says: str,
) -> None:
    answer = client_of(alice).post(PRODUCE, {**TYPED, **typed})
    assert answer.status_code in (400, 422)
    assert says in html.unescape(answer.content.decode())
    assert all_of(answer)["value"] == TYPED["value"]
    assert answer.context["values"].get("value_version") == typed.get("value_version", "")
    assert sent == []


@pytest.mark.usefixtures("known")
def test_a_body_too_large_to_be_read_says_how_large_it_may_be(
    client_of: Callable[[Any], Client],
    alice: Any,
    sent: list[Any],
) -> None:
    browser = client_of(alice)
    much = "x" * (3 << 20)
    page = browser.post(PRODUCE, {**TYPED, "value": much})
    assert page.status_code == 400
    assert "more than 2,621,440 bytes beside its files" in page.content.decode()
    body = json.dumps({"records": [{"value": {"format": "text", "text": much}}]})
    told = browser.post(API.replace("rides", "orders"), body, content_type="application/json")
    assert told.status_code == 413
    assert "2,621,440 bytes" in told.json()["faults"][0]["what"]
    assert sent == []


@pytest.mark.usefixtures("known")
def test_a_body_that_is_no_json_is_told_to_programs_in_their_own_form(
    client_of: Callable[[Any], Client], alice: Any, sent: list[Any]
) -> None:
    told = client_of(alice).post(API.replace("rides", "orders"), '{"records": [', content_type="application/json")
    assert told.status_code == 400
    (fault,) = told.json()["faults"]
    assert "Cannot parse request body" in fault["what"]
    assert fault["hint"]
    assert sent == []
