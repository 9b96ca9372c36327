"""Signing in, out, the first start, and the account."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.test import Client

from controlcenter.access import setup, tokens
from controlcenter.access.models import AuditEvent, SetupLink, SignIn
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client, name, password=PASSWORD, **more):
    return client.post("/login/", {"username": name, "password": password, **more})


def test_a_right_password_opens_the_first_page_under_a_new_session(bob, alice):
    client = Client()
    client.get("/login/")
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    answer = sign_in(client, "bob", next="/account/?x=1")
    assert answer.url == "/account/?x=1"
    assert client.session.session_key != before
    assert SignIn.objects.get().user == bob
    assert AuditEvent.objects.get().operation == "app.sign-in"


@pytest.mark.parametrize("there", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example", ""])
def test_sign_in_leads_nowhere_else(bob, alice, there):
    assert sign_in(Client(), "bob", next=there).url == "/"


def test_every_failure_reads_the_same(bob, charlie):
    charlie.is_active = False
    charlie.save()
    texts = set()
    for name, password in (("bob", "wrong"), ("nobody", "wrong"), ("charlie", PASSWORD), ("", ""), ("b\x00b", "x")):
        answer = sign_in(Client(), name, password)
        assert answer.status_code == 403
        texts.add(answer.content.decode().split('role="alert"')[1].split("</div>")[0])
    assert len(texts) == 1


def test_the_fifth_failure_locks_this_name_from_this_address_alone(bob, alice):
    for _ in range(4):
        assert sign_in(Client(), "bob", "wrong").status_code == 403
    assert sign_in(Client(), "bob", "wrong").status_code == 429
    locked = sign_in(Client(), "bob")
    assert locked.status_code == 429
    assert b"Wait 15 minutes" in locked.content
    assert sign_in(Client(), "alice").status_code == 302
    assert Client(REMOTE_ADDR="10.0.0.9").post("/login/", {"username": "bob", "password": PASSWORD}).status_code == 302


def test_failures_before_a_success_are_forgotten(bob, alice):
    for _ in range(4):
        sign_in(Client(), "bob", "wrong")
    assert sign_in(Client(), "bob").status_code == 302
    assert not AccessAttempt.objects.exists()


def test_signing_out_needs_a_form_and_ends_the_session(bob, alice):
    client = Client()
    sign_in(client, "bob")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == "/login/"
    assert client.get("/account/").status_code == 302
    assert SignIn.objects.get().ended_at is not None


def test_a_form_from_elsewhere_changes_nothing(bob, alice):
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "bob").status_code == 403
    assert b"nothing was changed" in sign_in(client, "bob").content
    assert not SignIn.objects.exists()


def test_passwords_are_kept_by_argon2():
    from controlcenter.settings import PASSWORD_HASHERS

    assert PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def link_path():
    from controlcenter import config

    return setup.link(config.read({})).removeprefix("http://127.0.0.1:8000")


FORM = {"name": "root", "email": "", "password": "correct horse battery", "again": "correct horse battery"}


def test_the_link_makes_one_administrator_and_signs_in():
    client = Client()
    assert client.get("/setup/").status_code == 403
    path = link_path()
    assert client.get(path).url == "/setup/"
    assert client.get("/setup/").status_code == 200
    assert client.post("/setup/", FORM).url == "/setup/"
    assert b"Ready" in client.get("/setup/").content
    assert client.get("/audit/").status_code == 200
    assert setup.is_ready()
    assert not SetupLink.objects.exists()
    other = Client()
    assert other.get(path).url == "/login/"
    assert other.post("/setup/", {**FORM, "name": "mallory"}).url == "/login/"
    assert get_user_model().objects.count() == 1


def test_a_new_link_makes_the_old_one_worthless(db):
    old, new = link_path(), link_path()
    client = Client()
    client.get(old)
    assert client.get("/setup/").status_code == 403
    assert client.post("/setup/", FORM).status_code == 403
    client.get(new)
    assert client.get("/setup/").status_code == 200


def test_a_link_ends_after_thirty_minutes(db):
    client = Client()
    client.get(link_path())
    kept = SetupLink.objects.get()
    kept.expires_at -= setup.LINK_LIVES
    kept.save()
    assert client.post("/setup/", FORM).status_code == 403
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "passwordpassword1"[:8] + "123", "again": "password123"}, "password"),
        ({"again": "different entirely"}, "again"),
        ({"name": ""}, "name"),
        ({"name": "a b<c>"}, "name"),
        ({"email": "not an address"}, "email"),
    ],
)
def test_a_fault_in_the_first_form_stands_at_its_field_and_makes_nobody(changed, field):
    client = Client()
    client.get(link_path())
    answer = client.post("/setup/", {**FORM, **changed})
    assert answer.status_code == 400
    assert f'id="{field}-about" role="alert"' in answer.content.decode()
    assert not get_user_model().objects.exists()


def test_a_password_file_makes_the_administrator_without_a_link(db, tmp_path):
    from controlcenter import config

    (tmp_path / "password").write_text("correct horse battery\n")
    told = config.read({"CC_ADMIN_PASSWORD_FILE": str(tmp_path / "password"), "CC_ADMIN_NAME": "root"})
    assert setup.prepare(told) == ""
    assert sign_in(Client(), "root", "correct horse battery").status_code == 302
    assert setup.prepare(told) == ""
    assert get_user_model().objects.count() == 1


def test_without_a_password_file_the_link_is_given(db):
    from controlcenter import config

    assert setup.prepare(config.read({"CC_PORT": "9000"})).startswith("http://127.0.0.1:9000/setup/?t=")
    assert setup.prepare(config.read({"CC_PUBLIC_URL": "https://k.example"})).startswith("https://k.example/setup/?t=")


def test_the_account_changes_its_password_and_ends_other_sign_ins(bob, alice):
    here, there = Client(), Client()
    sign_in(here, "bob")
    sign_in(there, "bob")
    wrong = here.post("/account/", {"do": "password", "old": "wrong", "new": "correct horse battery"})
    assert wrong.status_code == 403
    weak = here.post("/account/", {"do": "password", "old": PASSWORD, "new": "short"})
    assert weak.status_code == 400
    assert here.post("/account/", {"do": "password", "old": PASSWORD, "new": "correct horse battery"}).status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert sign_in(Client(), "bob", "correct horse battery").status_code == 302


def test_the_account_ends_one_sign_in_but_nobody_elses(bob, alice):
    here, there, other = Client(), Client(), Client()
    sign_in(here, "bob")
    sign_in(there, "bob")
    sign_in(other, "alice")
    theirs = SignIn.objects.get(user=alice)
    assert here.post("/account/", {"do": "end", "id": theirs.pk}).status_code == 404
    mine = SignIn.objects.filter(user=bob).exclude(pk=here.session["sign_in"]).get()
    assert here.post("/account/", {"do": "end", "id": mine.pk}).status_code == 302
    assert there.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200


def test_the_account_revokes_its_token_but_nobody_elses(client_of, alice, bob):
    mine, _ = tokens.make(bob)
    theirs, _ = tokens.make(alice)
    client = client_of(bob)
    assert client.post("/account/", {"do": "revoke", "id": theirs.pk}).status_code == 404
    assert client.post("/account/", {"do": "revoke", "id": mine.pk}).status_code == 302
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.revoked_at
    assert not theirs.revoked_at


@pytest.mark.parametrize("told", [{}, {"do": "nonsense"}, {"do": "end", "id": "x"}, {"do": "revoke", "id": "9" * 40}, {"do": "end"}])
def test_a_bad_account_form_gets_a_sentence(client_of, bob, told):
    answer = client_of(bob).post("/account/", told)
    assert answer.status_code == 400
    assert b"Reload the page" in answer.content


def test_the_account_says_what_its_reader_may_do(client_of, bob, charlie):
    assert b"<code>view</code>" in client_of(bob).get("/account/").content
    assert b"nobody has given you a role" in client_of(charlie).get("/account/").content
