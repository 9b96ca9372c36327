"""Who gets past the door, and how trouble reads."""

import time

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from controlcenter.access import principals, setup, sign_ins, version
from controlcenter.access.models import Binding, Grant, Role
from controlcenter.errors import Kind, Problem
from controlcenter.web import door, names

pytestmark = pytest.mark.django_db


def answer(client, path, **headers):
    return client.get(path, headers=headers)


def test_before_an_administrator_exists_every_page_leads_to_set_up():
    assert answer(Client(), "/").url == "/setup/"
    assert answer(Client(), "/clusters/demo/topics/?x=1").url == "/setup/"
    assert answer(Client(), "/", accept="application/json").status_code == 503
    assert answer(Client(), "/healthz").status_code == 200


def test_without_an_account_every_page_leads_to_sign_in_and_back(alice):
    assert answer(Client(), "/").url == "/login/"
    assert answer(Client(), "/audit/?filter=a b").url == "/login/?next=%2Faudit%2F%3Ffilter%3Da%2520b"
    assert answer(Client(), "/account/", accept="application/json").status_code == 401


def test_a_token_opens_pages_as_its_owner_and_a_wrong_one_nothing(robot, demo):
    assert answer(Client(), "/account/", authorization=f"Bearer {robot}").status_code == 404
    assert answer(Client(), "/audit/", authorization=f"Bearer {robot}").status_code == 404
    assert answer(Client(), "/audit/", authorization=f"Bearer {robot}x").status_code == 403
    assert answer(Client(), "/audit/", authorization="Bearer ").status_code == 403


def test_what_no_database_can_hold_is_a_fault_of_the_request(client_of, alice):
    audit = client_of(alice).get("/audit/?filter=%00")
    assert audit.status_code == (400 if connection.vendor == "postgresql" else 200)  # SQLite can: it finds nothing


def test_a_missing_thing_and_a_forbidden_one_read_the_same(client_of, bob):
    client = client_of(bob)
    missing, forbidden = client.get("/nowhere/"), client.get("/audit/")
    assert (missing.status_code, forbidden.status_code) == (404, 404)
    assert b"There is nothing here, or you may not see it." in missing.content
    assert b"There is nothing here, or you may not see it." in forbidden.content


def test_a_right_taken_away_is_gone_at_the_next_request(client_of, alice):
    client = client_of(alice)
    assert client.get("/audit/").status_code == 200
    alice.bindings.all().delete()
    Binding.objects.create(user=alice, role=Role.objects.get(name="viewer"))
    assert client.get("/audit/").status_code == 404


def test_a_disabled_user_is_out_at_once(client_of, bob):
    client = client_of(bob)
    bob.is_active = False
    bob.save()
    assert client.get("/account/").url.startswith("/login/")


def test_a_session_ends_after_seven_days_however_busy(client_of, bob):
    client = client_of(bob)
    session = client.session
    session["since"] = time.time() - 7 * 24 * 3600 - 1
    session.save()
    assert client.get("/account/").url.startswith("/login/")
    assert "_auth_user_id" not in client.session


def test_an_ended_sign_in_opens_nothing(client_of, bob):
    client = client_of(bob)
    sign_ins.begin(bob, client.session.session_key, "127.0.0.1", "a browser")
    before = version.current()
    sign_ins.end(client.session.session_key)
    assert version.current() > before
    assert client.get("/account/").url.startswith("/login/")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_problem_has_a_status_and_a_page(client_of, bob, kind):
    request = RequestFactory().get("/")
    request.user, request.principal, request.csp_nonce = bob, principals.of_user(bob), "n"
    request.session = client_of(bob).session
    shown = door.shown(request, Problem(kind, "What <b>happened</b>.", "The way out."))
    assert shown.status_code == door.STATUS[kind]
    assert b"What &lt;b&gt;happened&lt;/b&gt;." in shown.content
    assert b"The way out." in shown.content


def test_a_program_reads_a_problem_as_json(client_of, bob):
    told = client_of(bob).get("/audit/", headers={"accept": "application/json"})
    assert (told.status_code, told.json()["kind"]) == (404, "absent")


def test_the_unexpected_gives_an_id_and_no_settings(client_of, bob, monkeypatch, caplog):
    client = client_of(bob)
    client.raise_request_exception = False
    monkeypatch.setattr(sign_ins, "of", lambda user: 1 / 0)
    shown = client.get("/account/")
    assert shown.status_code == 500
    assert b"ZeroDivisionError" not in shown.content
    assert settings.SECRET_KEY.encode() not in shown.content
    mark = shown.content.split(b"under the id ")[1][:8].decode()
    assert any(mark in line.getMessage() and line.exc_info for line in caplog.records)


def test_a_page_asks_for_the_right_on_the_name_in_its_address(rf, alice, bob, demo, store):
    role = Role.objects.create(name="riders")
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="rides*")
    user = type(bob).objects.create_user("dora")
    Binding.objects.create(user=user, role=role)
    seen = door.page("topic.view", name="topic")(lambda request, slug, topic: (request.cluster.slug, topic, request.snapshot.version))
    listed = door.page("topic.view", any_name=True)(lambda request, slug: slug)
    plain = door.page("topic.view")(lambda request, slug: slug)
    request = rf.get("/")
    request.principal = principals.of_user(user)
    assert seen(request, slug="demo", topic="rides.eu") == ("demo", "rides.eu", 0)
    assert listed(request, slug="demo") == "demo"
    for view, kwargs in ((seen, {"slug": "demo", "topic": "zones"}), (plain, {"slug": "demo"}), (listed, {"slug": "other"})):
        with pytest.raises(Problem) as met:
            view(request, **kwargs)
        assert met.value.kind is Kind.ABSENT


def test_health_needs_no_account_and_names_nothing(demo, store):
    assert Client().get("/healthz").content == b"ok\n"
    waiting = Client().get("/readyz")
    assert (waiting.status_code, waiting.json()) == (503, {"ready": False, "clusters": 1})


def test_everybody_may_look_where_the_settings_say_so(alice, demo, monkeypatch):
    monkeypatch.setattr(door.settings, "CONFIG", _Anonymous(settings.CONFIG))
    assert Client().get("/audit/").status_code == 404
    assert Client().get("/account/").status_code == 404
    guest = principals.anonymous()
    assert door.access.check(guest, "topic.view", "demo", "rides").is_allowed
    with pytest.raises(Problem):
        door.access.check(guest, "message.read", "demo", "rides")


class _Anonymous:
    anonymous = "viewer"

    def __init__(self, config):
        self.config = config

    def __getattr__(self, name):
        return getattr(self.config, name)


@pytest.mark.parametrize(
    "name", ["rides", "a.b.c", "..", ".", "a/b", "=x", "", "ümlaut ☃", "a b%2F?#", "line\nbreak", "x" * 249, "\ud800", "a\\b", "{}", "%"]
)
def test_any_name_comes_back_from_an_address(name):
    assert names.decode(names.encode(name)) == name
    converter = names.NameConverter()
    assert converter.to_python(converter.to_url(name)) == name
    assert "/" not in names.encode(name)


def test_a_segment_nobody_makes_is_no_name():
    for segment in ("=a", "=%%%", "=/w"):
        with pytest.raises(ValueError, match="is no name"):
            names.decode(segment)


def test_set_up_state_is_looked_up_until_it_is_ready(alice):
    assert setup.is_ready()
    assert reverse("setup") == "/setup/"
