"""Starts the product's processes in order, watches them, restarts them, and leaves nothing behind. Standard library only:
`manage.py runcenter` writes the plan and becomes this module by exec, which gives Django's memory back.

A process that ends is started again after 0.5 s, doubling to 30 s; one that lives for 30 s starts anew at 0.5 s. Stopping goes
in reverse order. A SIGKILL of the supervisor takes all with it: the kernel kills them (PR_SET_PDEATHSIG).
"""

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

TICK_S = 0.1
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
LIVES_S = 30.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(slots=True)
class Part:
    """One process. log: a file, or "" for ours.

    probe: "unix:PATH", "tcp://HOST:PORT", "http://HOST:PORT/PATH" or ""; the next part starts when it answers.
    when: a file; the part runs only while somebody wants it, which that file says. It ends by itself.
    """

    name: str
    argv: list[str]
    probe: str = ""
    probe_s: float = 30.0
    grace_s: float = 10.0
    log: str = ""
    env: dict[str, str] = field(default_factory=dict)
    when: str = ""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    delay_s: float = FIRST_DELAY_S
    start_at: float = 0.0

    def start(self) -> None:
        out: Any = subprocess.PIPE
        if self.log:
            out = Path(self.log).open("ab")  # noqa: SIM115  closed below, once the child has its own copy
        self.process = subprocess.Popen(  # noqa: S603  the plan is our own
            self.argv, env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=_die_with_us,
        )  # fmt: skip
        self.started_at = time.monotonic()
        if self.log:
            out.close()
        else:
            threading.Thread(target=_prefix, args=(self.name, self.process.stdout), daemon=True).start()

    def is_wanted(self) -> bool:
        return not self.when or os.path.exists(self.when)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the whole process group; gone already is fine."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


class Supervisor:
    """url: what is announced; probe: what says that it is ready."""

    def __init__(self, parts: list[Part], url: str, probe: str) -> None:
        self.parts, self.url, self.probe = parts, url, probe
        self.stopping = 0
        self.is_announced = False
        self.asked_at = 0.0
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)

    def run(self) -> int:
        """Start everything and watch it until told to stop; returns the exit code."""
        for part in self.parts:
            if part.is_wanted() and not self._bring_up(part):
                break
        while not self.stopping:
            for part in self.parts:
                self._look_after(part)
            self._announce()
            time.sleep(TICK_S)
        self._shut_down()
        return 0

    def _bring_up(self, part: Part) -> bool:
        """Start a part and wait for its probe; False when we were told to stop meanwhile."""
        part.start()
        deadline = time.monotonic() + part.probe_s
        while part.probe and not self.stopping and time.monotonic() < deadline:
            if _answers(part.probe):
                return True
            if not part.is_running():
                self._look_after(part)
            time.sleep(TICK_S / 2)
        if part.probe and not self.stopping:
            say(f"{part.name} does not answer yet; going on, it is watched.")
        return not self.stopping

    def _look_after(self, part: Part) -> None:
        now = time.monotonic()
        if part.is_running():
            if now - part.started_at > LIVES_S:
                part.delay_s = FIRST_DELAY_S
            return
        if part.process is not None and not part.is_wanted():
            part.process = None
        elif part.process is not None:
            say(f"{part.name} ended ({_how(part.process.returncode)}); again in {part.delay_s:g} s.")
            part.signal(signal.SIGKILL)  # whatever it left behind in its group
            part.process = None
            part.start_at = now + part.delay_s
            part.delay_s = min(LONGEST_DELAY_S, part.delay_s * 2)
        elif now >= part.start_at and part.is_wanted():
            part.start()

    def _announce(self) -> None:
        if self.is_announced or time.monotonic() - self.asked_at < 0.5:
            return
        self.asked_at = time.monotonic()
        if _answers(self.probe):
            self.is_announced = True
            say(f"Ready: {self.url}")

    def _stop(self, number: int, frame: Any) -> None:
        self.stopping += 1
        if self.stopping > 1:  # a second signal means now
            for part in self.parts:
                part.signal(signal.SIGKILL)
            os._exit(1)

    def _shut_down(self) -> None:
        say("Stopping.")
        for group in _stages(self.parts):
            for part in group:
                part.signal(signal.SIGTERM)
            deadline = time.monotonic() + max(part.grace_s for part in group)
            while any(part.is_running() for part in group) and time.monotonic() < deadline:
                time.sleep(TICK_S / 2)
            for part in group:
                part.signal(signal.SIGKILL)
                if part.process is not None:
                    part.process.wait()
        say("Stopped.")


def _stages(parts: list[Part]) -> list[list[Part]]:
    """Return the order of stopping: reverse of starting, brokers together (each waits for the others otherwise)."""
    stages: list[list[Part]] = []
    for part in reversed(parts):
        if stages and part.name.startswith("broker") and stages[-1][0].name.startswith("broker"):
            stages[-1].append(part)
        else:
            stages.append([part])
    return stages


def _answers(probe: str) -> bool:
    where = urlsplit(probe)
    try:
        if probe.startswith("unix:"):
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(probe.removeprefix("unix:"))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        if where.scheme == "tcp":
            socket.create_connection((where.hostname or "", where.port or 0), timeout=1).close()
            return True
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=2)
        connection.request("GET", where.path)
        is_well = connection.getresponse().status == 200
        connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return is_well


def _die_with_us() -> None:
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prefix(name: str, lines: IO[bytes] | None) -> None:
    for line in lines or ():
        sys.stdout.write(f"{name:8} {line.decode(errors='replace')}")
        sys.stdout.flush()


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"code {code}"


def say(text: str) -> None:
    print(f"center   {text}", flush=True)


def main(plan: str) -> int:
    told = json.loads(Path(plan).read_text(encoding="utf-8"))
    return Supervisor([Part(**part) for part in told["parts"]], told["url"], told["probe"]).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
