"""What a running query tells: rows in frames, figures, its end. The child's side of `push`, and of `persistent`.

At most twenty frames a second leave; more rows than fit are counted as not shown, so that the page can say "n of m".
"""

import time
from collections import deque
from typing import Any

import orjson

from controlcenter.query import limits
from controlcenter.query.push import key, now_ms

OUT_S = 1 / limits.FRAMES_PER_S
FIGURES_S = 0.25
KEPT_FRAMES = limits.ROWS_KEPT // limits.FRAME_ROWS


class Report:
    """emitted: rows there were; passed_over: those of a burst that nobody is shown."""

    def __init__(self, redis: Any, query: str) -> None:
        self._redis, self._query = redis, query
        self._waiting: deque[list[Any]] = deque(maxlen=limits.FRAME_ROWS)
        self._out_at = self._told_at = 0.0
        self._kept = 0
        self.emitted = self.passed_over = 0

    @property
    def shown(self) -> int:
        """Return how many rows leave, or have left."""
        return self.emitted - self.passed_over

    def row(self, cells: list[str | None], timestamp_ms: int, is_tombstone: bool) -> None:
        """Take a row; the newest of a burst are those that leave."""
        self.emitted += 1
        self.passed_over += len(self._waiting) == limits.FRAME_ROWS
        self._waiting.append([cells, timestamp_ms, "-" if is_tombstone else "+"])

    def leave(self, *, at_once: bool = False) -> None:
        """Send what waits, when it is time."""
        now = time.monotonic()
        if not self._waiting or (now - self._out_at < OUT_S and not at_once):
            return
        self._out_at = now
        rows = list(self._waiting)
        self._waiting.clear()
        frame = {"rows": rows, "shown": self.shown, "emitted": self.emitted}
        self._kept += len(rows)
        name = key(self._query, "rows")
        self._redis.xadd(name, {"frame": orjson.dumps(frame)})
        while self._kept > limits.ROWS_KEPT and (oldest := self._redis.xrange(name, count=1)):
            self._kept -= len(orjson.loads(oldest[0][1][b"frame"])["rows"])
            self._redis.xdel(name, oldest[0][0])
        self._redis.expire(name, limits.KEPT_S)

    def figures(self, told: dict[str, Any], *, at_once: bool = False) -> None:
        """Write how it stands, four times a second."""
        now = time.monotonic()
        if now - self._told_at < FIGURES_S and not at_once:
            return
        self._told_at = now
        said = {**told, "emitted": self.emitted, "shown": self.shown, "at_ms": now_ms()}
        self._redis.set(key(self._query, "state"), orjson.dumps(said), ex=limits.KEPT_S)

    def end(self, state: str, reason: str, told: dict[str, Any]) -> None:
        """Write how it ended; nothing comes after this."""
        self.leave(at_once=True)
        self.figures({**told, "state": state, "reason": reason}, at_once=True)
