"""A child that tells what it may, and then dies as it is asked."""

import os
import resource
import socket

from controlcenter.browse import frames


def run(sock: socket.socket) -> None:
    asked = frames.receive(sock)
    if asked == "limits":
        told = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in ("AS", "CORE", "NOFILE", "FSIZE", "CPU")}
        sock.sendall(frames.pack([told, dict(os.environ), os.getsid(0) == os.getpid(), os.nice(0)]))
    elif asked == "memory":
        bytearray(4 << 30)
    elif asked == "abort":
        os.abort()
    elif asked == "long":
        sock.sendall(frames.HEAD.pack(frames.LARGEST + 1))
    elif asked == "nonsense":
        sock.sendall(frames.HEAD.pack(3) + b"\xc1\xc1\xc1")
    elif asked == "silence":
        sock.recv(1)
