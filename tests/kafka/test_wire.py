"""The wire against librdkafka's own mock brokers: up in milliseconds, no Java. Also the proof that kafka-python's privates stand."""

import gc
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Producer

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client
from controlcenter.kafka.cluster import Cluster
from controlcenter.kafka.model import Connection, TopicPartition
from controlcenter.kafka.wire import Wire


@pytest.fixture(scope="module")
def mock():
    """Three mock brokers with four records in partition 0 of topic rides. They live as long as their producer."""
    producer = Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "ignored"})
    failed = []
    for _ in range(4):
        producer.produce("rides", b"v", partition=0, on_delivery=lambda error, _: failed.append(error))
    assert producer.flush(10) == 0
    assert failed == [None] * 4
    brokers = producer.list_topics(timeout=5).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    producer.purge()


@pytest.fixture
def handle(mock, monkeypatch):
    # The mock answers the first question about versions in a form kafka-python cannot read: name a release instead.
    settings = client.wire_properties
    monkeypatch.setattr(client, "wire_properties", lambda *args: settings(*args) | {"api_version": (2, 3)})
    cluster = Cluster(Wire(Connection(mock), "tests"))
    yield cluster
    cluster.close()


def test_offsets_are_read_from_every_leader(handle):
    (topic,) = (each for each in handle.metadata().result.topics if each.name == "rides")
    leaders = {}
    for part in topic.partitions:
        leaders.setdefault(part.leader, []).append(TopicPartition("rides", part.partition))
    ends, starts = handle.offsets(leaders, "end"), handle.offsets(leaders, "start")
    assert ends.is_complete
    assert starts.is_complete
    assert {part.partition: at.offset for part, at in ends.result.items()} == {0: 4} | dict.fromkeys(range(1, len(topic.partitions)), 0)
    assert {at.offset for at in starts.result.values()} == {0}


def test_a_partition_asked_at_the_wrong_broker_is_found_at_its_leader(handle):
    (topic,) = (each for each in handle.metadata().result.topics if each.name == "rides")
    leader = topic.partitions[0].leader
    wrong = next(broker.id for broker in handle.metadata().result.brokers if broker.id != leader)
    answer = handle.offsets({wrong: [TopicPartition("rides", 0)]}, "end")
    assert answer.is_complete
    assert answer.result[TopicPartition("rides", 0)].offset == 4


def test_an_unknown_broker_is_named_and_costs_nobody_else(handle):
    (topic,) = (each for each in handle.metadata().result.topics if each.name == "rides")
    leader = topic.partitions[0].leader
    answer = handle.offsets({leader: [TopicPartition("rides", 0)], 99: [TopicPartition("rides", 1)]}, "end")
    assert answer.result == {TopicPartition("rides", 0): (4, -1)}
    assert [(failure.broker, failure.kind) for failure in answer.failures] == [(99, Kind.UNREACHABLE)]


def test_many_threads_may_ask_at_once(handle):
    broker = handle.metadata().result.brokers[0].id
    with ThreadPoolExecutor(40) as pool:
        assert all(ms > 0 for ms in pool.map(lambda _: handle.ping(broker), range(200)))


def open_sockets():
    return {each for each in gc.get_objects() if isinstance(each, socket.socket) and each.fileno() != -1}


def test_a_bootstrap_server_that_is_silent_costs_one_share_of_the_time(mock, handle):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and never says a word, as a stopped process does
        servers = f"127.0.0.1:{silent.getsockname()[1]},{mock.split(',')[0]}"
        for _ in range(6):  # which one is asked first is chance
            Wire(Connection(servers), "tests").close()


def test_a_refused_connection_leaves_no_socket_to_the_garbage_collector():
    before = open_sockets()
    with pytest.raises(Problem):
        Wire(Connection("127.0.0.1:1"), "tests")
    assert open_sockets() - before == set()
