"""What waits for one socket. A socket that reads gets the shared bytes; one that is slow gets less, never something wrong.

Changes of a channel merge while they wait. More than `HELD` waiting rows become a `gap`: the client asks for a
snapshot. A send that blocks 10 s, or 30 s of gaps, ends the socket with 1013; the client comes back and resyncs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

HELD = 2_000  # rows that may wait for one channel, beyond the first change
TOLD = 1_000  # frames outside of any view
SEND_S = 10.0
DROPPING_S = 30.0
TRY_AGAIN_LATER = 1013


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a view. text: encoded for all who get exactly it. tables: a delta's, None for a snapshot.

    It leads from `after` to `seq`; a merged one spans several.
    """

    ch: str
    seq: int
    after: int
    version: int
    tables: dict[str, Any] | None
    text: str = ""

    def encoded(self) -> str:
        if self.text:
            return self.text
        body = {"ch": self.ch, "kind": "delta", "seq": self.seq, "after": self.after, "version": self.version, "tables": self.tables}
        return orjson.dumps(body).decode()


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return one change that does what two do, one after the other."""
    tables = {name: {"set": dict(part.get("set", {})), "drop": dict.fromkeys(part.get("drop", ()))} for name, part in first.items()}
    for name, part in second.items():
        into = tables.setdefault(name, {"set": {}, "drop": {}})
        for k, columns in part.get("set", {}).items():
            into["drop"].pop(k, None)  # it comes back with every column
            into["set"][k] = {**into["set"].get(k, {}), **columns}
        for k in part.get("drop", ()):
            into["set"].pop(k, None)
            into["drop"][k] = None
    return {name: {"set": part["set"], "drop": list(part["drop"])} for name, part in tables.items()}


def rows_in(tables: dict[str, Any]) -> int:
    return sum(len(part.get("set", ())) + len(part.get("drop", ())) for part in tables.values())


class Outbox:
    """send and close are the socket's own; run() sends until the socket ends or is given up."""

    def __init__(
        self, send: Callable[[str], Awaitable[None]], close: Callable[[int], Awaitable[None]], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._send, self._close, self._now = send, close, now
        self._views: dict[str, list[Frame]] = {}  # a snapshot, a change, or both in that order
        self._gaps: set[str] = set()  # channels that wait for the client's resync
        self._told: list[str] = []
        self._something = asyncio.Event()
        self._dropping_since: float | None = None
        self.is_given_up = False
        self._ends_with: int | None = None

    def put(self, frame: Frame) -> None:
        """Let a frame of a view wait; a snapshot replaces what waits, a change merges into it."""
        if frame.tables is None:
            self._gaps.discard(frame.ch)
        elif frame.ch in self._gaps:
            return
        self._views[frame.ch] = self._after(self._views.get(frame.ch, []), frame)
        self._something.set()

    def tell(self, frame: dict[str, Any] | str) -> None:
        """Let a frame outside of any view wait: they go first, in their order."""
        self._told.append(frame if isinstance(frame, str) else orjson.dumps(frame).decode())
        if len(self._told) > TOLD:
            del self._told[0]
            self._drop()
        self._something.set()

    def forget(self, ch: str) -> None:
        """Drop what waits for a channel that was left."""
        self._views.pop(ch, None)
        self._gaps.discard(ch)

    def finish(self, code: int) -> None:
        """Close the socket once what was told is sent."""
        self._ends_with = code
        self._something.set()

    async def run(self) -> None:
        """Send what waits, for as long as somebody reads."""
        try:
            while not self.is_given_up and self._ends_with is None:
                await self._something.wait()
                self._something.clear()
                for text in self._taken():
                    async with asyncio.timeout(SEND_S):
                        await self._send(text)
                if not self._something.is_set() and not self._gaps:
                    self._dropping_since = None
        except TimeoutError:
            self.is_given_up = True
        await self._close(TRY_AGAIN_LATER if self.is_given_up or self._ends_with is None else self._ends_with)

    def _taken(self) -> list[str]:
        texts = [*self._told, *(frame.encoded() for frames in self._views.values() for frame in frames)]
        self._told, self._views = [], {}
        return texts

    def _after(self, waiting: list[Frame], frame: Frame) -> list[Frame]:
        if frame.tables is None or not waiting:
            return [frame]
        last = waiting[-1]
        if last.tables is None:
            return [*waiting, frame]
        if rows_in(last.tables) + rows_in(frame.tables) > HELD:
            return [self._gap(frame)]
        return [*waiting[:-1], replace(frame, after=last.after, tables=merged(last.tables, frame.tables), text="")]

    def _gap(self, frame: Frame) -> Frame:
        self._gaps.add(frame.ch)
        self._drop()
        text = orjson.dumps({"ch": frame.ch, "kind": "gap", "seq": frame.seq, "version": frame.version}).decode()
        return replace(frame, tables=None, text=text)

    def _drop(self) -> None:
        now = self._now()
        if self._dropping_since is None:
            self._dropping_since = now
        elif now - self._dropping_since > DROPPING_S:
            self.is_given_up = True
