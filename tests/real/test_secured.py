"""Brokers that ask who comes in: by password and by certificate, from the row of our database to a round and a page of records."""

import threading
import time

import pytest
from confluent_kafka import Producer

from controlcenter.browse import session
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters, secrets
from controlcenter.fleet.models import Cluster
from controlcenter.kafka import cluster as kafka
from controlcenter.observe.store import Store
from controlcenter.observe.watch import Watch
from tests.real.secured import LISTENERS, PASSWORD, USER, Authority, SecuredKafka

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
TOPIC, RECORDS = "secured", 40
SOURCES = {"metadata", "cluster", "quorum", "starts", "ends", "stable", "groups", "log_dirs", "configs"}


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    broker = SecuredKafka(tmp_path_factory.mktemp("secured")).start()
    producer = Producer({"bootstrap.servers": broker.plain_bootstrap, "log_level": 0})
    for number in range(RECORDS):
        producer.produce(TOPIC, b"%d" % number, partition=0)
    assert producer.flush(30) == 0
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def box():
    made = Sandbox(size=1)
    yield made
    made.stop()


def row(secured, listener, **changed):
    """The cluster as an operator would have entered it."""
    told = {
        "slug": listener.lower(),
        "name": listener,
        "bootstrap_servers": secured.addresses[listener],
        "security_protocol": LISTENERS[listener],
        "ssl_ca_pem": secured.authority.pem if LISTENERS[listener].endswith("SSL") else "",
    }
    if listener in ("PLAIN", "SCRAM"):
        mechanism = "PLAIN" if listener == "PLAIN" else "SCRAM-SHA-512"
        told |= {"sasl_mechanism": mechanism, "sasl_username": USER, "sasl_password_sealed": secrets.seal(Secret(PASSWORD))}
    if listener == "MUTUAL":
        told |= {"ssl_certificate_pem": secured.client_certificate, "ssl_key_sealed": secrets.seal(Secret(secured.client_key))}
    return Cluster.objects.create(**{**told, **changed})


@pytest.mark.parametrize("listener", LISTENERS)
def test_a_whole_round_and_a_page_of_records_come_through(secured, store, box, listener):
    connection = clusters.connection(row(secured, listener))
    watch = Watch(store, listener.lower(), lambda: kafka.connect(connection))
    end = time.monotonic() + 30

    def seen():
        watch.tick()
        snapshot = Store(store.redis).read(listener.lower())
        known = {told["source"]: told for told in snapshot.table("sources").values()} if snapshot else {}
        return snapshot if set(known) >= SOURCES and all(known[source]["is_complete"] for source in SOURCES) else None

    while not (snapshot := seen()):
        assert time.monotonic() < end, "no complete round in time"
        threading.Event().wait(0.05)
    watch.close()
    watch.join()
    assert [broker["is_reachable"] for broker in snapshot.table("brokers").values()] == [True]
    assert sum(part["end"] for part in snapshot.table("partitions").values() if part["topic"] == TOPIC) == RECORDS
    page = session.read(connection, TOPIC, Request("oldest", n=RECORDS), "test", box=box)
    assert page.is_complete
    assert [record.value.text for record in page.rows] == [str(number) for number in range(RECORDS)]


@pytest.mark.parametrize(
    ("listener", "changed", "kind"),
    [
        ("PLAIN", {"sasl_password_sealed": "wrong"}, Kind.DENIED),
        ("SCRAM", {"sasl_password_sealed": "wrong"}, Kind.DENIED),
        ("PLAIN", {"sasl_username": "nobody"}, Kind.DENIED),
        ("TLS", {"ssl_ca_pem": Authority("a stranger").pem}, Kind.UNREACHABLE),
        ("TLS", {"ssl_ca_pem": ""}, Kind.UNREACHABLE),
        ("MUTUAL", {"ssl_certificate_pem": "", "ssl_key_sealed": ""}, Kind.UNREACHABLE),
        ("TLS", {"security_protocol": "PLAINTEXT"}, Kind.UNREACHABLE),
    ],
)
def test_a_broker_that_lets_nobody_in_is_told_with_its_cause_and_without_secrets(secured, listener, changed, kind):
    if changed.get("sasl_password_sealed") == "wrong":
        changed = {"sasl_password_sealed": secrets.seal(Secret("a wrong password"))}
    connection = clusters.connection(row(secured, listener, **changed))
    began = time.monotonic()
    with pytest.raises(Problem) as told:
        kafka.connect(connection)
    assert told.value.kind is kind, told.value
    assert time.monotonic() - began < 8
    assert PASSWORD not in f"{told.value!r} {connection!r}"
    assert "a wrong password" not in f"{told.value!r} {connection!r}"


def test_a_certificate_that_is_none_is_told_before_anybody_is_asked(secured):
    with pytest.raises(Problem) as told:
        kafka.connect(
            clusters.connection(row(secured, "TLS", ssl_ca_pem="-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----"))
        )
    assert told.value.kind is Kind.INVALID
    assert told.value.hint == "Paste them as PEM text."
