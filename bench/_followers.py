"""The client of bench/tail.py for one turn: a socket that follows a topic, or kcat.

In: whom to ask. Out: a line once it sees records; then [sent, seen] of each record in nanoseconds of the monotonic clock.
"""

import asyncio
import json
import sys
import time
from typing import Any

import orjson
from websockets.asyncio.client import connect

LATE_S = 10


class Follower:
    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self.seen: list[tuple[int, int]] = []
        self.hidden = 0
        self.warm, self._news = asyncio.Event(), asyncio.Event()

    async def follow(self) -> None:
        url = f"127.0.0.1:{self._asked['port']}"
        async with connect(f"ws://{url}/ws", origin=f"http://{url}", compression=None, max_queue=None) as socket:
            await socket.send(json.dumps({"do": "hello", "ticket": self._asked["ticket"], "tab": "bench"}))
            while orjson.loads(await socket.recv())["kind"] != "welcome":
                pass
            await socket.send(json.dumps({"do": "tail", "ch": "t", "cluster": "demo", "topic": self._asked["topic"], "partitions": None}))
            async for text in socket:
                at, frame = time.monotonic_ns(), orjson.loads(text)
                if frame["kind"] == "closed":
                    raise RuntimeError(f"the tail was closed: {frame['reason']}")
                if frame["kind"] == "rows":
                    self.hidden += frame["seen"] - len(frame["rows"]) if self.warm.is_set() else 0
                    self._news.set()
                    for row in frame["rows"]:
                        self._note(row["value"]["text"], at)

    async def watch_kcat(self) -> None:
        process = await asyncio.create_subprocess_exec(
            self._asked["kcat"], "-C", "-u", "-q", "-o", "end", "-b", self._asked["bootstrap"], "-t", self._asked["topic"],
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            while line := await process.stdout.readline():
                self._note(line, time.monotonic_ns())
            raise RuntimeError("kcat ended")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def all_seen(self) -> None:
        while len(self.seen) + self.hidden < self._asked["many"]:
            self._news.clear()
            await self._news.wait()

    def _note(self, text: Any, at: int) -> None:
        record = orjson.loads(text)
        if record["turn"] != self._asked["turn"]:
            return  # of the turn before
        if not record["warm"]:
            self.seen.append((record["sent"], at))
            self._news.set()
        self.warm.set()


async def main() -> None:
    asked = json.loads(sys.stdin.readline())
    follower = Follower(asked)
    task = asyncio.ensure_future(follower.watch_kcat() if asked["kcat"] else follower.follow())
    warm = asyncio.ensure_future(follower.warm.wait())
    await asyncio.wait([warm, task], return_when=asyncio.FIRST_COMPLETED)
    if follower.warm.is_set():
        print(json.dumps({"warm": True}), flush=True)
        seen = asyncio.ensure_future(follower.all_seen())
        await asyncio.wait([seen, task], timeout=LATE_S + asked["many"] / 100, return_when=asyncio.FIRST_COMPLETED)
        seen.cancel()
        print(json.dumps({"seen": follower.seen, "hidden": follower.hidden}), flush=True)
    for each in (warm, task):
        each.cancel()
    for end in await asyncio.gather(warm, task, return_exceptions=True):
        if isinstance(end, Exception):
            print(f"follower: {end}", file=sys.stderr)


asyncio.run(main())
