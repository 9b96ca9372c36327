"""The matrix of unsafe starts with whole processes: `manage.py runcenter` ends with 2 and one sentence, and starts nothing."""

import os
import shutil
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from controlcenter.access import secure_start
from tests.product import ROOT, free_port

PASSWORD = "a password of the cluster"
ENROL = """
import django
django.setup()
from controlcenter import config
from controlcenter.fleet import clusters
clusters.enrol(config.current())
"""
# a key of its own: the made one counts as the image's where the tests run in a container, see the test of that
PLAIN = {"CC_BIND": "0.0.0.0", "CC_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2}
OUTSIDE = {**PLAIN, "CC_BEHIND_TLS_PROXY": "1"}


def environment(directory, **told):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CC_", "KAFKA_", "DJANGO_"))}
    return kept | {"CC_DATA_DIR": str(directory), "CC_PORT": str(free_port()), "CC_DEMO_BROKERS": "0"} | told


def start(directory, **told):
    command = [sys.executable, "manage.py", "runcenter"]
    return subprocess.run(command, cwd=ROOT, env=environment(directory, **told), capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data directory with keys, a migrated database, and a cluster whose password is sealed."""
    directory = tmp_path_factory.mktemp("p") / "data"
    assert start(directory, CC_BIND="0.0.0.0").returncode == 2
    cluster = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN"}
    cluster |= {"KAFKA_SASL_USERNAME": "center", "KAFKA_SASL_PASSWORD": PASSWORD, "DJANGO_SETTINGS_MODULE": "controlcenter.settings"}
    subprocess.run([sys.executable, "-c", ENROL], cwd=ROOT, env=environment(directory, **cluster), check=True, timeout=60)
    return directory


@pytest.fixture
def data(prepared, tmp_path_factory):
    directory = tmp_path_factory.mktemp("d") / "data"
    shutil.copytree(prepared, directory)
    directory.chmod(0o700)
    return directory


def refused(data, named, **told):
    answer = start(data, **told)
    assert answer.returncode == 2, answer.stderr
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    assert lines[0].startswith(named)
    assert lines[0].endswith(".")
    assert PASSWORD not in answer.stdout + answer.stderr
    assert not (data / "plan.json").exists()
    assert not (data / "valkey.sock").exists()
    return lines[0]


@pytest.mark.parametrize(
    ("told", "named", "remedy"),
    [
        (OUTSIDE, "CC_BIND", "CC_ADMIN_PASSWORD_FILE"),
        ({**PLAIN, "CC_ADMIN_PASSWORD_FILE": "pyproject.toml"}, "CC_BIND", "CC_BEHIND_TLS_PROXY=1"),
        ({**OUTSIDE, "CC_ADMIN_PASSWORD_FILE": "pyproject.toml", "CC_DEBUG": "1"}, "CC_DEBUG", "CC_DEBUG=0"),
        ({"CC_SECRET_KEY": "k" * 49}, "CC_SECRET_KEY", "50 characters"),
        ({"CC_SECRET_KEY": "django-insecure-" + "k" * 60}, "CC_SECRET_KEY", "50 characters"),
        ({"CC_ALLOWED_HOSTS": "*"}, "CC_ALLOWED_HOSTS", "name the hosts"),
        ({"CC_ANONYMOUS": "viewer"}, "CC_ANONYMOUS", "read-only"),
        ({"CC_ANONYMOUS": "admin"}, "CC_ANONYMOUS", "viewer"),
        ({"CC_REDIS_URL": "redis://127.0.0.1:1/0"}, "CC_REDIS_URL", "password"),
    ],
)
def test_settings_that_leave_the_door_open_refuse_the_start(data, told, named, remedy):
    assert remedy in refused(data, named, **told)


@pytest.mark.parametrize(
    ("name", "mode"), [("", 0o750), ("secret_key", 0o640), ("stored_secrets_key", 0o604), ("controlcenter.sqlite3", 0o644)]
)
def test_files_that_others_can_read_refuse_the_start(data, name, mode):
    (data / name).chmod(mode)
    assert f"chmod go= {data / name}".rstrip("/") in refused(data, "CC_DATA_DIR")


def test_a_key_made_in_an_image_refuses_the_start_where_there_is_one(data):
    is_image = any(Path(mark).exists() for mark in secure_start.CONTAINER_MARKS) and os.stat(data).st_dev == os.stat("/").st_dev
    told = {"CC_BIND": "0.0.0.0", "CC_ADMIN_PASSWORD_FILE": "pyproject.toml"}  # without TLS: refused with or without an image
    answer = start(data, **told)
    assert answer.returncode == 2
    assert ("the key lies in the image" in answer.stderr) == is_image


def test_a_key_that_does_not_open_the_stored_secrets_refuses_the_start(data):
    (data / "stored_secrets_key").write_bytes(Fernet.generate_key())
    assert "put back" in refused(data, "CC_DATA_DIR")


def test_a_redis_known_to_run_foreign_code_refuses_the_start(data):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OldRedis) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line = refused(data, "CC_REDIS_URL", CC_REDIS_URL=f"redis://:{PASSWORD.replace(' ', '')}@127.0.0.1:{server.server_address[1]}/0")
        server.shutdown()
    assert "Redis 7.2.10" in line


def test_the_cluster_to_be_enrolled_counts_before_its_row_exists(tmp_path_factory):
    assert "make kafka read-only" in refused(
        tmp_path_factory.mktemp("e") / "data", "CC_ANONYMOUS", CC_ANONYMOUS="viewer", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"
    )


class OldRedis(socketserver.StreamRequestHandler):
    """Answers as a Redis does, with a version of before the mend."""

    def handle(self):
        told = b"redis_version:7.2.10\r\nserver_name:redis\r\n"
        while head := self.rfile.readline():
            words = [self._word() for _ in range(int(head[1:]))]
            if words[0].upper() == b"INFO":
                self.wfile.write(b"$%d\r\n%s\r\n" % (len(told), told))
            elif words[0].upper() == b"HELLO":
                self.wfile.write(b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n")
            else:
                self.wfile.write(b"+OK\r\n")

    def _word(self):
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]
