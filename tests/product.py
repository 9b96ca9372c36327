"""The whole product as its user starts it, for tests that kill parts of it."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
NAME, PASSWORD = "admin", "a long enough password for tests"
PARTS = {"web": "uvicorn", "worker": " worker ", "beat": " beat ", "valkey": "valkey-server"}
ON_DEMAND = {"queries": "query_worker"}  # runs once somebody asked for it


def until(seen, seconds, what):
    """Return the first true answer of `seen`; fails with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = seen()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Product:
    """One `manage.py runcenter` on a data directory, watching the given cluster."""

    def __init__(self, directory, bootstrap):
        self.directory, self.port = Path(directory), free_port()
        password = self.directory / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o600)
        self.log = self.directory / "product.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CC_", "KAFKA_", "DJANGO_"))}
        self.environment = kept | {
            "CC_DATA_DIR": str(self.directory / "data"),
            "CC_PORT": str(self.port),
            "CC_ADMIN_PASSWORD_FILE": str(password),
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        }

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runcenter"], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: self.status("/readyz") == 200, 60, f"ready; the log says:\n{self.log.read_text()[-3000:]}")

    def status(self, path):
        """Return the HTTP status of a path, or None when nobody answers."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            try:
                connection.request("GET", path)
                with connection.getresponse() as answer:
                    return answer.status
            except (OSError, http.client.HTTPException):
                return None

    def kill(self, part):
        """SIGKILL one part (web, worker, beat, valkey) and return when it is gone."""
        victim = self.part(part)
        victim.send_signal(signal.SIGKILL)
        victim.wait(10)

    def part(self, name):
        """Return the running process of a part."""
        return until(lambda: next(self._parts((PARTS | ON_DEMAND)[name]), None), 15, f"part {name}")

    def _parts(self, words):
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may end while we look
                if words in f" {' '.join(process.cmdline())} ":
                    yield process

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
