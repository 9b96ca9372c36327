"""The small process children are forked from: decoders preloaded, one thread, no Kafka handle, nobody's secrets.

Started by `sandbox` as a fresh interpreter with an empty environment; `run(sock)` of its module is what a child does. The
parent sends one message a child with three descriptors: the child's socket, a pipe on which the nursery tells its number
and, later, how it ended, and memory in which the child marks what it does (`shared`). End of the socket is the end of the
nursery, and with it of every child.
"""

import ctypes
import gc
import importlib
import mmap
import os
import resource
import select
import signal
import socket
import struct
from contextlib import suppress

MEMORY_BYTES = 1 << 30
PR_SET_PDEATHSIG = 1
PID = struct.Struct("!q")
ENDED = struct.Struct("!i")  # as os.waitstatus_to_exitcode: negative is the signal
JOB = struct.Struct("!cI")  # b"f" fork, CPU seconds; b"k" kill, child

shared: mmap.mmap | None = None  # in a child: memory its parent sees


def main(descriptor: int, module: str) -> None:
    work = importlib.import_module(module)
    gc.freeze()  # what is here now is shared with every child: do not touch its pages
    parent = socket.socket(fileno=descriptor)
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    wake.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's to handle
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([parent, wake], [], [])
        if wake in ready:
            with suppress(BlockingIOError):
                wake.recv(4096)
            _reap(children)
        if parent in ready and not _serve(parent, children, work, (parent, wake, waker)):
            break
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _serve(parent: socket.socket, children: dict[int, int], work: object, ours: tuple[socket.socket, ...]) -> bool:
    message, handed, _, _ = socket.recv_fds(parent, JOB.size, 3)
    if not message:
        return False
    what, number = JOB.unpack(message)
    if what == b"k":
        if number in children:  # not reaped yet, so the number is still its own
            os.kill(number, signal.SIGKILL)
        return True
    sock, report, marks = handed
    pid = os.fork()
    if pid == 0:
        _become(sock, report, marks, number, children, work, ours)
    os.close(sock)
    os.close(marks)
    with suppress(OSError):
        os.write(report, PID.pack(pid))
    children[pid] = report
    return True


def _become(
    sock: int, report: int, marks: int, cpu_s: int, children: dict[int, int], work: object, ours: tuple[socket.socket, ...]
) -> None:
    """Be a child, and never return."""
    global shared
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for other in (report, *children.values()):
            os.close(other)
        for own in ours:
            own.close()
        shared = mmap.mmap(marks, 0)
        os.close(marks)
        limit(cpu_s)
        work.run(socket.socket(fileno=sock))  # type: ignore[attr-defined]
        code = 0
    except MemoryError:
        code = 3
    finally:
        os._exit(code)


def limit(cpu_s: int) -> None:
    """Take from this process what a hostile record could use: memory, time, files, its parent's life, its terminal."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)
    os.environ.clear()
    os.nice(5)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, cpu_s),
    ):
        resource.setrlimit(what, (most, most))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)


def _reap(children: dict[int, int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        report = children.pop(pid)
        with suppress(OSError):
            os.write(report, ENDED.pack(os.waitstatus_to_exitcode(status)))
        os.close(report)
