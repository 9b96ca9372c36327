"""The trail as a page."""

import pytest

from controlcenter.access import audit, principals
from controlcenter.access.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client_of, alice, demo):
    client = client_of(alice)
    return lambda query="": client.get(f"/audit/{query}")


def test_an_empty_trail_says_what_will_stand_there(page):
    answer = page()
    assert answer.status_code == 200
    assert b"Nothing yet" in answer.content
    assert b"The chain holds" in answer.content


def test_rows_are_listed_newest_first_with_their_outcome(page, alice):
    principal = principals.of_user(alice)
    said = audit.intent(principal, "topic.delete", "demo", "<b>rides</b>", reason="old")
    audit.outcome(said, "error", error="not <i>there</i>")
    text = page().content.decode()
    assert "&lt;b&gt;rides&lt;/b&gt;" in text
    assert "<i>there" not in text
    assert text.index("Failed</span>") < text.index("Asked</span>")


def test_the_filter_and_the_outcome_stand_in_the_address(page, alice):
    principal = principals.of_user(alice)
    for name in ("rides", "zones"):
        audit.denied(principal, "topic.delete", "demo", name)
    text = page("?filter=rides&outcome=denied").content.decode()
    assert "zones" not in text
    assert 'value="rides"' in text
    assert b"No row matches" in page("?filter=nothing").content


def test_a_hundred_rows_a_page_and_a_link_to_older_ones(page, alice):
    principal = principals.of_user(alice)
    for number in range(103):
        audit.record(principal, "message.read", "demo", f"topic-{number:03}")
    first = page().content.decode()
    assert "topic-102" in first
    assert "topic-002" not in first
    assert 'href="?before=4"' in first
    older = page("?before=4").content.decode()
    assert "topic-002" in older
    assert "topic-000" in older
    assert "Older" not in older


def test_a_broken_chain_is_said_with_its_row(page, alice):
    principal = principals.of_user(alice)
    for name in ("a", "b", "c"):
        audit.record(principal, "message.read", "demo", name)
    AuditEvent.objects.filter(seq=2).update(actor="mallory")
    text = page().content.decode()
    assert "The chain is broken" in text
    assert "Row 2: row 2 was changed." in text


@pytest.mark.parametrize("query", ["?outcome=nonsense", "?before=x", "?before=-1", "?before=99999999999999999999", "?before=٣"])
def test_a_bad_address_gets_a_sentence(page, query):
    assert page(query).status_code == 400


def test_an_auditor_sees_it_and_a_reader_does_not(client_of, bob):
    assert client_of(bob).get("/audit/").status_code == 404
    from tests.conftest import persona

    assert client_of(persona("audrey", "auditor")).get("/audit/").status_code == 200
