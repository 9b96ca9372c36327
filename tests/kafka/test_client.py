"""What clients may be told, and how they learn why nobody answers."""

import socket
import threading
import time

import pytest

from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client, cluster, wire
from controlcenter.kafka.model import Connection


@pytest.mark.parametrize("name", ["plugin_library_paths", "ssl_ca_location", "ssl_engine_location", "debug", "sasl_kerberos_kinit_cmd"])
def test_properties_that_load_code_read_files_or_flood_are_refused(name):
    with pytest.raises(Problem) as caught:
        client.properties(Connection("localhost:9092"), "browse", **{name: "x"})
    assert caught.value.kind is Kind.INVALID


def test_no_client_creates_topics_and_every_one_has_short_deadlines():
    chosen = client.properties(Connection("localhost:9092"), "browse", isolation_level="read_committed")
    assert chosen["allow.auto.create.topics"] is False
    assert chosen["socket.connection.setup.timeout.ms"] == 3000
    assert chosen["isolation.level"] == "read_committed"
    assert chosen["client.id"] == "controlcenter-browse"


def test_secrets_reach_the_client_and_nothing_else():
    connection = Connection("localhost:9092", "SASL_PLAINTEXT", "PLAIN", "alice", Secret("wonderland"))
    assert client.properties(connection, "probe")["sasl.password"] == "wonderland"
    assert client.wire_properties(connection, "x")["sasl_plain_password"] == "wonderland"
    assert "wonderland" not in repr(connection)


def test_certificates_that_are_none_are_refused():
    with pytest.raises(Problem) as caught:
        client.wire_properties(Connection("localhost:9092", "SSL", ssl_ca_pem="no certificate"), "x")
    assert caught.value.kind is Kind.INVALID


def test_a_refused_connection_is_told_within_seconds_and_leaves_nothing_behind():
    threads, started = set(threading.enumerate()), time.monotonic()
    with pytest.raises(Problem) as caught:
        cluster.connect(Connection(f"127.0.0.1:{_closed_port()}"))
    assert caught.value.kind is Kind.UNREACHABLE
    assert time.monotonic() - started < 5
    assert set(threading.enumerate()) <= threads


def test_a_name_that_does_not_exist_says_so():
    with pytest.raises(Problem) as caught:
        client.probe(Connection("no-such-host.invalid:9092"))
    assert caught.value.kind is Kind.UNREACHABLE


def test_somebody_who_never_answers_is_given_up_and_leaves_no_thread():
    threads = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Problem) as caught:
        wire.Wire(Connection(f"127.0.0.1:{silent.getsockname()[1]}"), "x")
    assert caught.value.kind in (Kind.TIMEOUT, Kind.UNREACHABLE)
    assert set(threading.enumerate()) <= threads


def _closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
