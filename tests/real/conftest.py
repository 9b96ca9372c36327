"""Real brokers, started by the suite: three of Kafka 4.4.0, and one of 3.2.3 with its ZooKeeper. Tests share them by own names."""

import pytest

from demo.cluster import KafkaCluster, ZooKeeperCluster
from demo.registry import Registry
from tests.real.worlds import FakeWorld, RealWorld


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=3)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def old_kafka(tmp_path_factory):
    cluster = ZooKeeperCluster(tmp_path_factory.mktemp("old-kafka"))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    there = Registry(tmp_path_factory.mktemp("registry"))
    there.start()
    yield there
    there.stop()


@pytest.fixture
def real(kafka):
    world = RealWorld(kafka.bootstrap)
    yield world
    world.close()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
def world(request):
    return FakeWorld() if request.param == "fake" else request.getfixturevalue("real")


@pytest.fixture
def old(old_kafka):
    world = RealWorld(old_kafka.bootstrap)
    yield world
    world.close()


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith("tests/real/"):
            # kafka-python leaves a refused connection's socket to the garbage collector, which may come in any later test.
            item.add_marker(pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"))
