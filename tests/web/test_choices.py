"""What readers choose for their own pages: favourites and columns, kept with the account, seen by nobody else."""

from dataclasses import replace

import pytest
from django.test import Client

from controlcenter.access.models import Binding, Grant, Role
from controlcenter.web import choices
from controlcenter.web.models import Choice
from tests.web.test_topics import names_of, publish, topic

pytestmark = pytest.mark.django_db
TOPICS, FAVOURITES, COLUMNS = "/clusters/demo/topics/", "/clusters/demo/favourites/", "/clusters/demo/columns/"


@pytest.fixture
def browser(store, demo, bob, client_of):
    publish(store, topic("rides"), topic("zones"), topic("pay <b>in"))
    return client_of(bob)


def heads_of(answer):
    return [column.name for column in answer.context["listing"].columns]


def test_a_star_makes_a_favourite_and_takes_it_away_again(browser):
    assert browser.post(FAVOURITES, {"topic": "zones", "query": "sort=-size"}).url == f"{TOPICS}?sort=-size"
    assert names_of(browser.get(f"{TOPICS}?favourites=only")) == ["zones"]
    assert browser.post(FAVOURITES, {"topic": "zones"}, HTTP_ACCEPT="application/json").json() == {"is_favourite": False}
    answer = browser.get(f"{TOPICS}?favourites=only")
    assert names_of(answer) == []
    assert b"No favourite yet" in answer.content


def test_the_star_of_a_favourite_is_pressed_and_a_hostile_name_stays_text(browser):
    browser.post(FAVOURITES, {"topic": "pay <b>in"})
    body = browser.get(TOPICS).content.decode()
    assert 'value="pay &lt;b&gt;in" aria-pressed="true"' in body
    assert 'value="rides" aria-pressed="false"' in body
    assert "pay <b>in" not in body


def test_favourites_are_ones_own(browser, client_of, alice):
    browser.post(FAVOURITES, {"topic": "zones"})
    assert names_of(client_of(alice).get(f"{TOPICS}?favourites=only")) == []


def test_only_a_topic_that_may_be_seen_becomes_a_favourite(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="rides-viewers")
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="rides")
    Binding.objects.create(user=charlie, role=role)
    assert client_of(charlie).post(FAVOURITES, {"topic": "secret"}).status_code == 404
    assert client_of(charlie).post(FAVOURITES, {"topic": "rides"}).status_code == 302
    assert Choice.objects.get().value == ["rides"]


def test_there_is_an_end_of_favourites(browser, monkeypatch):
    monkeypatch.setattr(choices, "MOST", 1)
    browser.post(FAVOURITES, {"topic": "rides"})
    answer = browser.post(FAVOURITES, {"topic": "zones"}, HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["hint"]) == (400, "Take one away first.")
    assert browser.post(FAVOURITES, {"topic": "rides"}).status_code == 302  # taking away is always possible


def test_columns_are_chosen_in_their_order_and_kept(browser):
    assert browser.post(
        COLUMNS, {"do": "keep", "column": ["size", "cleanup", "size", "nonsense"], "query": "columns=in&sort=size"}
    ).url == (f"{TOPICS}?sort=size")
    answer = browser.get(TOPICS)
    assert heads_of(answer) == ["name", "size", "cleanup"]
    assert answer.content.count(b"<col ") == 4  # and the one of the ticks
    offered = [(column.name, is_chosen) for column, is_chosen in answer.context["offered"]]
    assert offered[:4] == [("name", True), ("size", True), ("cleanup", True), ("health", False)]
    assert browser.post(COLUMNS, {"do": "reset"}).url == TOPICS
    assert "health" in heads_of(browser.get(TOPICS))


def test_an_address_with_columns_is_a_link_that_shows_the_same_to_everybody(browser, client_of, alice):
    browser.post(COLUMNS, {"do": "keep", "column": ["lag"]})
    for who in (browser, client_of(alice)):
        answer = who.get(f"{TOPICS}?columns=idle,id,nonsense,idle")
        assert heads_of(answer) == ["name", "idle", "id"]
        assert "columns=idle%2Cid%2Cnonsense%2Cidle" in answer.content.decode()  # sorting keeps them
    assert heads_of(browser.get(f"{TOPICS}?columns=nonsense")) == ["name", "lag"]


@pytest.mark.parametrize("name", ["trend", "replicas_size", "id", "cleanup", "min_isr"])
def test_every_column_sorts(browser, name):
    assert browser.get(f"{TOPICS}?columns={name}&sort=-{name}").context["listing"].sort == f"-{name}"


def test_choices_are_posted_with_a_token(bob, demo, client_of):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_of(bob).cookies
    for address in (FAVOURITES, COLUMNS):
        assert strict.post(address, {"topic": "rides"}).status_code == 403
        assert strict.get(address).status_code == 405
    assert not Choice.objects.exists()


def test_who_has_no_account_has_no_choice_to_keep(store, demo, alice, monkeypatch, settings):
    settings.CONFIG = replace(settings.CONFIG, anonymous="viewer")
    publish(store, topic("rides"))
    visitor = Client()
    body = visitor.get(TOPICS).content
    assert b"Favourites" not in body
    assert b'id="columns"' not in body
    assert b'class="star"' not in body
    assert visitor.post(FAVOURITES, {"topic": "rides"}).status_code == 403
