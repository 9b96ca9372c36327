"""The visitor of bench/pages.py: one process that asks on a clock, however late the answers come.

In: what to ask. Out: of each request its route, status, milliseconds since it should have left, and bytes of the body.
"""

import asyncio
import json
import sys
import time
from typing import Any


class Visits:
    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self.answers: list[tuple[str, int, float, int]] = []

    async def run(self) -> None:
        routes, start = list(self._asked["paths"].items()), time.monotonic() + 0.5
        under_way = []
        for number in range(self._asked["per_s"] * self._asked["seconds"]):
            due = start + number / self._asked["per_s"]
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            under_way.append(asyncio.ensure_future(self._ask(*routes[number % len(routes)], due)))
        await asyncio.gather(*under_way)

    async def _ask(self, route: str, path: str, due: float) -> None:
        try:
            status, size = await asyncio.wait_for(self._answer(path), 10)
        except (OSError, TimeoutError, ValueError):
            status, size = 0, 0
        self.answers.append((route, status, (time.monotonic() - due) * 1000, size))

    async def _answer(self, path: str) -> tuple[int, int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._asked["port"])
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._asked['port']}\r\nCookie: {self._asked['cookie']}\r\n"
                "Accept: text/html\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
            )
            answer = await reader.read(-1)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), len(body)


async def main() -> None:
    visits = Visits(json.loads(sys.stdin.readline()))
    await visits.run()
    print(json.dumps(visits.answers), flush=True)


asyncio.run(main())
