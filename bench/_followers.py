"""The clients of bench/tail.py: a socket that follows a topic, and kcat beside it.

In: whom to ask. Out: a line once both see records; then [sent, seen] of each record in nanoseconds of the monotonic clock.
"""

import asyncio
import json
import sys
import time
from typing import Any

import orjson
from websockets.asyncio.client import connect

LATE_S = 10


class Followers:
    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self.ours: list[tuple[int, int]] = []
        self.kcat: list[tuple[int, int]] = []
        self.hidden, self._is_warm = 0, {"ours": False, "kcat": asked["kcat"] is None}
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
                        self._note("ours", self.ours, row["value"]["text"], at)

    async def watch_kcat(self) -> None:
        process = await asyncio.create_subprocess_exec(
            self._asked["kcat"], "-C", "-u", "-q", "-o", "end", "-b", self._asked["bootstrap"], "-t", self._asked["topic"],
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            while line := await process.stdout.readline():
                self._note("kcat", self.kcat, line, time.monotonic_ns())
            raise RuntimeError("kcat ended")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def all_seen(self) -> None:
        many = self._asked["many"]
        while len(self.ours) + self.hidden < many or (self._asked["kcat"] and len(self.kcat) < many):
            self._news.clear()
            await self._news.wait()

    def _note(self, who: str, kept: list[tuple[int, int]], text: Any, at: int) -> None:
        record = orjson.loads(text)
        if not record["warm"]:
            kept.append((record["sent"], at))
            self._news.set()
        self._is_warm[who] = True
        if all(self._is_warm.values()):
            self.warm.set()


async def main() -> None:
    followers = Followers(json.loads(sys.stdin.readline()))
    asked = followers._asked
    tasks = [asyncio.ensure_future(followers.follow())] + ([asyncio.ensure_future(followers.watch_kcat())] if asked["kcat"] else [])
    warm = asyncio.ensure_future(followers.warm.wait())
    await asyncio.wait([warm, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if followers.warm.is_set():
        print(json.dumps({"warm": True}), flush=True)
        seen = asyncio.ensure_future(followers.all_seen())
        await asyncio.wait([seen, *tasks], timeout=LATE_S + asked["many"] / 100, return_when=asyncio.FIRST_COMPLETED)
        seen.cancel()
        print(
            json.dumps({"ours": followers.ours, "kcat": followers.kcat if asked["kcat"] else None, "hidden": followers.hidden}), flush=True
        )
    for task in [warm, *tasks]:
        task.cancel()
    for end in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(end, Exception):
            print(f"followers: {end}", file=sys.stderr)


asyncio.run(main())
