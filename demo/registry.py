"""A schema registry of its own process: Apicurio 3.0.9, which speaks Confluent's API. Fetched once, checked against our lock.

`python -m demo.registry fetch` fetches it; `… lock` renews the lock. Schemas are kept in the directory: records outlive a
restart, and the ids in them must go on meaning the same.
"""

import http.client
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from demo import artifacts
from demo.artifacts import Unavailable
from demo.cluster import NotUp, kept_ports

GROUP, NAME, VERSION = "io.apicurio", "apicurio-registry-app", "3.0.9"
LOCK = Path(__file__).parent / f"apicurio-{VERSION}.lock"
API = "/apis/ccompat/v7"
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m")
POOL = ("initial-size", "min-size")  # of connections to its database: 20 by default, each costs at the start


def unpacked() -> Path:
    """Return the directory of the registry's jars; fetches and unpacks what is missing. Raises Unavailable."""
    archive = _archive()
    digest = artifacts.sha256(archive)
    wanted = artifacts.locked(LOCK)
    if wanted.get(archive.name) != digest:
        raise Unavailable(f"{archive.name} is not the file that {LOCK.name} names. Delete {artifacts.cache_dir()} and start again.")
    there = artifacts.cache_dir() / f"apicurio-{VERSION}"
    stamp = there / ".sha256"
    if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        shutil.rmtree(there, ignore_errors=True)
        with tarfile.open(archive) as file:
            file.extractall(there, filter="data")
        stamp.write_text(digest, encoding="ascii")
    return there


class Registry:
    """One registry. Its directory keeps the port, the schemas, the log, and the address under which it is found."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = kept_ports(directory, ["http"])["http"]
        self.home = unpacked()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def command(self) -> list[str]:
        settings = {
            "quarkus.http.host": "127.0.0.1",
            "quarkus.http.port": str(self.port),
            "apicurio.datasource.url": f"jdbc:h2:file:{self.directory.resolve() / 'schemas'}",
            **{f"apicurio.datasource.jdbc.{name}": "2" for name in POOL},
            **{f"apicurio.datasource.{one}.jdbc.{name}": "2" for one in ("blue", "green") for name in POOL},
        }
        told = [f"-D{name}={value}" for name, value in settings.items()]
        return [artifacts.java(), *JVM, *told, "-jar", str(self.home / f"{NAME}-{VERSION}-runner.jar")]

    def write(self) -> None:
        """Write the address, which is found there by whoever watches the demo cluster."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "url").write_text(self.url, encoding="ascii")

    def start(self, seconds: float = 60) -> "Registry":
        """Start it, and return when it answers; raises NotUp."""
        self.write()
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + seconds
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise NotUp(f"The registry did not come up:\n{(self.directory / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        return self

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self, seconds: float = 10) -> None:
        """Stop it: in order, then by force."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self.process is not None:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", f"{API}/subjects")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _archive() -> Path:
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=artifacts.cache_dir() / "jars")
    try:
        found = context.project(GROUP, NAME).at_version(VERSION).artifact(classifier="all", packaging="tar.gz").resolve()
    except Exception as error:
        raise Unavailable(
            f"The registry (Apicurio {VERSION}) could not be fetched: {error}. Check the connection, then start again."
        ) from error
    return Path(found)


def main(word: str) -> None:
    print(f"Schema registry Apicurio {VERSION}: fetching what is missing …", flush=True)
    if word == "lock":
        archive = _archive()
        LOCK.write_text(
            f"# {GROUP}:{NAME}:{VERSION}: SHA-256. Renewed by `make lock`.\n{artifacts.sha256(archive)}  {archive.name}\n", encoding="ascii"
        )
    else:
        unpacked()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "fetch")
    except Unavailable as trouble:
        sys.exit(str(trouble))
