"""A registry of the tests' own: answers from a dict, or misbehaves as asked. Someone's real one is in tests/real."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Lying:
    """paths: path → what to answer (a value as JSON, or a function of the handler). seen: what was asked."""

    def __init__(self, paths: dict[str, Any]) -> None:
        self.paths = paths
        self.seen: list[tuple[str, str]] = []
        self.url = ""


@contextmanager
def serving(paths: dict[str, Any]) -> Iterator[Lying]:
    lying = Lying(paths)
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lying.seen.append((self.path, self.headers.get("Authorization", "")))
            answer = lying.paths.get(self.path)
            if callable(answer):
                answer(self, ended)
                return
            body = json.dumps({"error_code": 40403} if answer is None else answer).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    lying.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield lying
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def silent(handler: Any, ended: threading.Event) -> None:
    ended.wait(20)


def dripping(handler: Any, ended: threading.Event) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not ended.wait(0.02):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return


def endless(handler: Any, ended: threading.Event) -> None:
    handler.send_response(200)
    handler.end_headers()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            handler.wfile.write(b" " * 65536)
        except OSError:
            return


def status(code: int, body: bytes = b"{}", **headers: str) -> Any:
    def answer(handler: Any, ended: threading.Event) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
