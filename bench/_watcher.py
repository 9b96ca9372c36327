"""A tab that follows one view of the live product and keeps what it shows, for benches that wait until something shows."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from websockets.sync.client import connect

from bench._server import Visitor
from controlcenter.observe import delta
from controlcenter.observe.snapshot import from_columnar

Tables = Mapping[str, Any]


class Watcher:
    """Tables of a view by the law of deltas, and when they came to be as asked for."""

    def __init__(self) -> None:
        self.tables: dict[str, Any] = {}
        self._changed = threading.Condition()
        self._fault: BaseException | None = None

    def when(self, is_so: Callable[[Tables], Any], seconds: float, what: str) -> float:
        """Return the monotonic time at which it showed; raises TimeoutError."""
        end = time.monotonic() + seconds
        with self._changed:
            while not is_so(self.tables):
                if self._fault or not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(f"not shown within {seconds:g} s: {what}") from self._fault
            return time.monotonic()

    def follow(self, socket: Any) -> None:
        """Take the frames of a socket until it closes."""
        try:
            for text in socket:
                frame = json.loads(text)
                with self._changed:
                    if frame["kind"] == "snapshot":
                        self.tables = {name: from_columnar(table) for name, table in frame["tables"].items()}
                    elif frame["kind"] == "delta":
                        self.tables |= {name: delta.apply_rows(self.tables.get(name, {}), part) for name, part in frame["tables"].items()}
                    elif frame["kind"] == "closed":
                        raise RuntimeError(f"the view was closed: {frame['reason']}")
                    self._changed.notify_all()
        except Exception as fault:
            with self._changed:
                self._fault = fault
                self._changed.notify_all()


@contextlib.contextmanager
def watching(visitor: Visitor, channel: str) -> Iterator[Watcher]:
    """Follow a channel (`demo/topics`) as a tab of a signed-in visitor does."""
    ticket = json.loads(visitor.ask("GET", "/ws-ticket/?tab=bench")[1])["ticket"]
    watcher = Watcher()
    with connect(f"ws://127.0.0.1:{visitor.port}/ws", origin=f"http://127.0.0.1:{visitor.port}", compression=None) as socket:  # type: ignore[arg-type]
        socket.send(json.dumps({"do": "hello", "ticket": ticket, "tab": "bench"}))
        socket.send(json.dumps({"do": "subscribe", "ch": channel, "version": None}))
        thread = threading.Thread(target=watcher.follow, args=(socket,), daemon=True)
        thread.start()
        watcher.when(lambda tables: tables.get("cluster"), 30, f"the first frame of {channel}")
        yield watcher
    thread.join(5)
