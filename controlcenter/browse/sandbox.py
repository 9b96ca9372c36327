"""The pool of killable children: where record bytes are fetched and decoded, and where they may do harm to nobody else.

Few run at once, some wait, and one user holds no more than a share. A child that dies costs its answer, never its parent.
"""

import atexit
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from typing import Any

from controlcenter.browse import frames, marks, nursery
from controlcenter.browse.marks import Mark
from controlcenter.errors import Kind, Problem

WORK = "controlcenter.browse.child"
START = "import sys; from controlcenter.browse import nursery; nursery.main(int(sys.argv[1]), sys.argv[2])"
QUEUE = 32
PER_USER = 2
QUIET_S = 2.0  # a child beats every 250 ms; silent longer, it hangs with the interpreter's lock held
CAUSES = {signal.SIGXCPU: "it used up its processor time", signal.SIGKILL: "it was killed", signal.SIGABRT: "its memory limit"}


class Died(Exception):
    """A child ended without saying so. cause: a phrase for the operator."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Child:
    """One forked process: frames in, frames out, and a certain end."""

    def __init__(self, parent: "Sandbox", sock: socket.socket, report: int, shared: mmap.mmap) -> None:
        self.sock = sock
        self._incoming = frames.Incoming(sock)
        self._shared = shared
        self._parent = parent
        self._report = report
        self._ended: int | None = None
        told = os.read(report, nursery.PID.size)
        if len(told) < nursery.PID.size:
            raise Died("the process it is forked from ended")
        (self.pid,) = nursery.PID.unpack(told)

    def send(self, frame: Any) -> None:
        with suppress(OSError):  # it is gone: receive tells why
            self.sock.sendall(frames.pack(frame))

    def is_ready(self, timeout_s: float) -> bool:
        """Return whether something came, or its end; waits so long for it."""
        if self._incoming.is_ready:
            return True
        waiting = select.poll()
        waiting.register(self.sock, select.POLLIN)
        return bool(waiting.poll(timeout_s * 1000))

    def receive(self, timeout_s: float) -> Any:
        """Return the next frame; raises Died, its cause told, when there will be none, or none in time."""
        self.sock.settimeout(min(QUIET_S, max(0.01, timeout_s)))
        try:
            frame = self._incoming.receive()
        except TimeoutError:
            self.kill()
            raise Died("it did not answer in time") from None
        except (frames.Broken, OSError) as fault:
            self.kill()
            raise Died(f"it sent nonsense ({fault})") from None
        if frame is None:
            raise Died(self.cause())
        return frame

    def mark(self) -> Mark:
        """Return what it said last that it would look into."""
        return marks.read(self._shared)

    def kill(self) -> None:
        self._parent.kill(self.pid)

    def close(self) -> None:
        """End the child if it lives, and give back what it held. Idempotent."""
        if self._report >= 0:
            self.kill()
            self.sock.close()
            self._shared.close()
            os.close(self._report)
            self._report = -1

    def cause(self) -> str:
        """Return why it ended, as a phrase; waits a moment for its end."""
        ready, _, _ = select.select([self._report], [], [], 2.0)
        told = os.read(self._report, nursery.ENDED.size) if ready else b""
        if len(told) < nursery.ENDED.size:
            return "it ended"
        (code,) = nursery.ENDED.unpack(told)
        if code == 3:
            return "its memory limit"
        return CAUSES.get(-code, f"signal {signal.Signals(-code).name}") if code < 0 else f"exit {code}"


class Places:
    """Places to work: few at once, some wait, and one user holds no more than a share."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._free = threading.Semaphore(size)
        self._by_user: Counter[object] = Counter()
        self._waiting = 0

    @contextmanager
    def hold(self, user: object, deadline: float) -> Iterator[None]:
        """Hold a place; raises Problem when the user has enough, the queue is full, or time ran out."""
        with self._lock:
            if self._by_user[user] >= PER_USER:
                raise Problem(Kind.CONFLICT, f"You are reading messages {PER_USER} times already.", "Wait for one to end.")
            if self._waiting >= QUEUE:
                raise Problem(Kind.CONFLICT, "Too many people are reading messages.", "Try again in a few seconds.")
            self._by_user[user] += 1
            self._waiting += 1
        try:
            got = self._free.acquire(timeout=max(0.0, deadline - time.monotonic()))
            with self._lock:
                self._waiting -= 1
            if not got:
                raise Problem(Kind.TIMEOUT, "No place to read became free in time.", "Try again in a few seconds.")
            try:
                yield
            finally:
                self._free.release()
        finally:
            with self._lock:
                self._by_user[user] -= 1
                self._by_user += Counter()  # forget those who hold nothing


class Sandbox:
    """work: the module whose `run(sock)` a child does. size: how many read at once; as many searches run beside them."""

    def __init__(self, work: str = WORK, size: int | None = None) -> None:
        self.work = work
        self.size = size or os.cpu_count() or 2
        self.deaths = 0
        self._lock = threading.Lock()
        self._places = {"page": Places(self.size), "search": Places(self.size)}  # a long search must not keep pages waiting
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def place(self, user: object, deadline: float, kind: str = "page") -> AbstractContextManager[None]:
        """Hold one of the places to work; raises Problem when there is none to have."""
        return self._places[kind].hold(user, deadline)

    def child(self, cpu_s: int) -> Child:
        """Return a new child, forked now."""
        for _ in range(2):
            ours, theirs = socket.socketpair()
            report, reporter = os.pipe()
            memory, shared = marks.make()
            try:
                try:
                    self._send(nursery.JOB.pack(b"f", cpu_s), [theirs.fileno(), reporter, memory])
                finally:
                    theirs.close()
                    os.close(reporter)
                    os.close(memory)
                return Child(self, ours, report, shared)
            # The nursery is gone: the second try starts a new one. A dying child still holds its socket for a moment, so
            # the message may leave and nobody read it.
            except (OSError, Died):
                ours.close()
                shared.close()
                os.close(report)
                self.stop()
        raise Problem(Kind.BROKEN, "The process that reads messages cannot be started.", "See the server's log.")

    def kill(self, pid: int) -> None:
        with suppress(OSError):
            self._send(nursery.JOB.pack(b"k", pid), [])

    def stop(self) -> None:
        """End the nursery and every child with it."""
        with self._lock:
            if self._control is not None:
                self._control.close()
            if self._nursery is not None:
                try:
                    self._nursery.wait(5)
                except subprocess.TimeoutExpired:
                    self._nursery.kill()
                    self._nursery.wait()
            self._control = self._nursery = None

    def _send(self, message: bytes, handed: list[int]) -> None:
        with self._lock:
            control = self._control or self._start()
            socket.send_fds(control, [message], handed)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        # Two arenas: every thread of the client would reserve 64 MiB of the address space that is limited.
        environment = {"MALLOC_ARENA_MAX": "2", "PYTHONPATH": root}
        command = [sys.executable, "-c", START, str(theirs.fileno()), self.work]
        self._nursery = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd="/")  # noqa: S603
        theirs.close()
        self._control = ours
        return ours


@cache
def default() -> Sandbox:
    """Return the sandbox of this process; it ends with it."""
    made = Sandbox()
    atexit.register(made.stop)
    return made
