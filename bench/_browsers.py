"""The clients of bench/fanout.py: one process, many sockets. Speaks JSON lines with its parent.

In: what to connect to; then the last version published. Out: how many are connected; then [version, monotonic time] of each
change at each client.
"""

import asyncio
import json
import sys
import time
from typing import Any

import orjson
import redis
from websockets.asyncio.client import connect

from controlcenter.access import socket_tickets
from controlcenter.access.socket_tickets import Identity

AT_ONCE = 25
LATE_S = 15


class Browsers:
    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._redis = redis.Redis(unix_socket_path=asked["redis"])
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.connected, self.bytes, self.heard = 0, 0, asyncio.Event()
        self.arrived: list[tuple[int, float]] = []

    async def look(self, number: int) -> None:
        user, session = self._asked["accounts"][number // self._asked["per_user"]]
        origin = self._asked["url"].replace("ws://", "http://").removesuffix("/ws")
        async with self._gate:
            socket = await self._opened(origin)
            ticket = socket_tickets.make(self._redis, Identity("user", user, session, "", "127.0.0.1"), f"tab{number}")
            await socket.send(json.dumps({"do": "hello", "ticket": ticket, "tab": f"tab{number}"}))
            await socket.send(json.dumps({"do": "subscribe", "ch": "demo/topics", "version": None}))
            while orjson.loads(await socket.recv())["kind"] != "snapshot":
                pass
        self.connected += 1
        self.heard.set()
        async for text in socket:
            at = time.monotonic()
            # reading every frame whole here would measure this process, not the server
            if '"kind":"delta"' in text[:60]:
                self.arrived.append((int(text[text.index('"version":') + 10 :].split(",", 1)[0]), at))
                self.bytes = len(text)
                self.heard.set()

    async def _opened(self, origin: str) -> Any:
        end = time.monotonic() + 60
        while True:
            try:
                return await connect(self._asked["url"], origin=origin, compression=None, ping_interval=None, max_queue=None)
            except OSError:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.2)

    async def until(self, is_so: Any, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not is_so() and (left := end - time.monotonic()) > 0:
            self.heard.clear()
            try:
                await asyncio.wait_for(self.heard.wait(), left)
            except TimeoutError:
                return


async def main() -> None:
    lines = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    browsers = Browsers(json.loads(await lines.readline()))
    many = browsers._asked["clients"]
    looking = [asyncio.ensure_future(browsers.look(number)) for number in range(many)]
    await browsers.until(lambda: browsers.connected == many, 120)
    told = asyncio.ensure_future(lines.readline())
    print(json.dumps({"connected": browsers.connected}), flush=True)
    last = json.loads(await told)["last"]
    await browsers.until(lambda: sum(version == last for version, _ in browsers.arrived[-many:]) >= many, LATE_S)
    print(json.dumps({"arrived": browsers.arrived, "bytes": browsers.bytes}), flush=True)
    for each in looking:
        each.cancel()


asyncio.run(main())
