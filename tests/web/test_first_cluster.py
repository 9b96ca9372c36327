"""The wizard's second step. The worker's task runs where it is sent; the brokers are in memory."""

from html import unescape

import pytest
from celery import Celery
from django.test import Client

from controlcenter.access import setup
from controlcenter.access.models import AuditEvent
from controlcenter.celery import application
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters, drafts
from controlcenter.fleet.models import Cluster
from controlcenter.jobs import fleet as jobs
from controlcenter.kafka.fake import FakeCluster
from tests.web.test_sign_in import FORM, link_path

pytestmark = pytest.mark.django_db
PATH = "/setup/cluster/"
PLAIN = {"name": "Payments", "environment": "prod", "bootstrap_servers": "a:9092, b:9093", "security_protocol": "PLAINTEXT"}
SASL = {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "center", "sasl_password": "pass word"}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


@pytest.fixture
def reached(store, monkeypatch):
    """The connections that the worker was asked to try; put a Problem into `fails` to have it fail."""
    seen = []
    monkeypatch.setattr(jobs.kafka, "connect", lambda how: seen.append(how) or FakeCluster(3))
    application.loader.import_default_modules()
    monkeypatch.setattr(Celery, "send_task", lambda app, name, args, **_: application.tasks[name](*args))
    return seen


@pytest.fixture
def wizard(client_of, alice):
    """alice's browser on an install whose settings speak of no cluster."""
    return client_of(alice)


def test_after_the_administrator_comes_the_cluster_where_settings_speak_of_none(monkeypatch):
    monkeypatch.setattr(clusters, "meant", lambda config: "")
    client = Client()
    client.get(link_path())
    assert client.post("/setup/", FORM).url == PATH
    assert b"Skip for now" in client.get(PATH).content
    assert b"Connect one" in client.get("/setup/").content


@pytest.mark.parametrize("is_there", [True, False])
def test_the_step_is_left_out_where_a_cluster_is_there_or_comes_by_settings(monkeypatch, is_there):
    if is_there:
        monkeypatch.setattr(clusters, "meant", lambda config: "")
        Cluster.objects.create(slug="a", name="A", bootstrap_servers="a:1")
    client = Client()
    client.get(link_path())
    assert client.post("/setup/", FORM).url == "/setup/"
    assert setup.is_ready()


def test_a_try_tells_who_answered_and_keeps_nothing(wizard, reached):
    answer = wizard.post(PATH, {**PLAIN, "do": "try"})
    assert answer.status_code == 200
    assert b"3 brokers answered" in answer.content
    assert [how.bootstrap_servers for how in reached] == ["a:9092,b:9093"]
    assert not Cluster.objects.exists()


def test_what_was_tried_is_kept_sealed_and_written_down(wizard, reached):
    answer = wizard.post(PATH, {**PLAIN, **SASL, "ssl_ca_pem": PEM, "do": "add"})
    assert answer.url == "/setup/"
    kept = Cluster.objects.get()
    assert (kept.slug, kept.name, kept.environment, kept.security_protocol) == ("payments", "Payments", "prod", "SASL_SSL")
    assert "pass word" not in kept.sasl_password_sealed
    assert clusters.connection(kept) == reached[0]
    assert reached[0].sasl_password.reveal() == "pass word"
    row = AuditEvent.objects.get(operation="cluster.configure")
    assert (row.cluster, row.outcome, row.actor) == ("payments", "ok", "alice")
    assert "pass word" not in str(row.args)
    assert wizard.get(PATH).url == "/setup/"


def test_a_password_once_typed_is_used_again_and_never_sent_back(wizard, reached):
    tried = wizard.post(PATH, {**PLAIN, **SASL, "do": "try"})
    assert b"pass word" not in tried.content
    assert b"leave it empty to use it again" in tried.content
    wizard.post(PATH, {**PLAIN, **SASL, "sasl_password": "", "do": "add"})
    assert [how.sasl_password.reveal() for how in reached] == ["pass word", "pass word"]


def test_the_password_travels_to_the_worker_sealed(wizard, reached, monkeypatch):
    sent = []
    monkeypatch.setattr(Celery, "send_task", lambda app, name, args, **_: sent.append(args) or application.tasks[name](*args))
    wizard.post(PATH, {**PLAIN, **SASL, "do": "try"})
    assert "pass word" not in str(sent)


def test_brokers_that_do_not_answer_are_not_kept_and_the_cause_is_told(wizard, reached, monkeypatch):
    def refuses(how):
        raise Problem(Kind.DENIED, "The brokers refused the password.", "Type it again.")

    monkeypatch.setattr(jobs.kafka, "connect", refuses)
    answer = wizard.post(PATH, {**PLAIN, **SASL, "do": "add"})
    assert answer.status_code == 403
    assert b"The brokers refused the password. Type it again." in answer.content
    assert b'value="Payments"' in answer.content
    assert not Cluster.objects.exists()


def test_without_a_worker_nothing_is_kept_and_the_page_says_so(wizard, store, monkeypatch):
    monkeypatch.setattr(Celery, "send_task", lambda *_, **__: None)
    monkeypatch.setattr("controlcenter.operate.reach.ANSWER_S", 0.2)
    answer = wizard.post(PATH, {**PLAIN, "do": "add"})
    assert answer.status_code == 503
    assert b"No worker tried the connection" in answer.content
    assert not Cluster.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"environment": "moon"}, "environment"),
        ({"bootstrap_servers": ""}, "bootstrap_servers"),
        ({"bootstrap_servers": "a"}, "bootstrap_servers"),
        ({"bootstrap_servers": "a:0"}, "bootstrap_servers"),
        ({"bootstrap_servers": "http://a:9092/x"}, "bootstrap_servers"),
        ({"security_protocol": "TLS"}, "security_protocol"),
        ({**SASL, "sasl_mechanism": "GSSAPI"}, "sasl_mechanism"),
        ({**SASL, "sasl_username": ""}, "sasl_username"),
        ({**SASL, "sasl_password": ""}, "sasl_password"),
        ({**SASL, "ssl_ca_pem": "/etc/ssl/ca.pem"}, "ssl_ca_pem"),
    ],
)
def test_a_fault_stands_at_its_field_and_nobody_is_asked(wizard, reached, changed, field):
    _, faults = drafts.read({**PLAIN, **changed})
    assert [fault.field for fault in faults] == [field]
    answer = wizard.post(PATH, {**PLAIN, **changed, "do": "add"})
    assert answer.status_code == 400
    assert f'id="{field}-about" role="alert"' in answer.content.decode()
    assert faults[0].what in unescape(answer.content.decode())
    assert not reached
    assert not Cluster.objects.exists()


def test_a_name_that_is_taken_is_said(demo):
    _, faults = drafts.read({**PLAIN, "name": "Demo"})
    assert [(fault.kind, fault.field) for fault in faults] == [(Kind.CONFLICT, "name")]
    with pytest.raises(Problem) as told:
        drafts.add(Cluster(slug="demo", name="Demo", bootstrap_servers="a:1"))
    assert told.value.kind is Kind.CONFLICT


def test_a_name_without_latin_letters_still_gets_an_address(db):
    draft, faults = drafts.read({**PLAIN, "name": "Платежи"})
    assert (draft.slug, faults) == ("cluster", [])


def test_whoever_may_not_configure_clusters_is_turned_away(client_of, bob, reached):
    assert client_of(bob).get(PATH).status_code == 403
    assert client_of(bob).post(PATH, {**PLAIN, "do": "add"}).status_code == 403
    assert not reached
