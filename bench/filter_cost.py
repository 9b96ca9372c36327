"""What one record costs in memory: projection and closures against a whole decode and a Python lambda. 10 % hits."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from bench import _rides
from bench.row import Row
from controlcenter.browse import filter

RECORDS, ROUNDS = 20_000, 5
SIZES = (100, 963, 10_000)


class Taken(NamedTuple):
    """A record as filters take it."""

    value: bytes
    key: bytes | None = None
    partition: int = 0
    offset: int = 0
    timestamp_ms: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = ()

    def decoded_key(self) -> Any:
        raise ValueError("the bench writes JSON alone")

    decoded_value = decoded_key


class Message:
    """A record as the client gives it, without the client."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def key(self) -> None:
        return None

    def value(self) -> bytes:
        return self._value

    def headers(self) -> None:
        return None


def run() -> Iterable[Row]:
    for size in SIZES:
        yield from _one(size)


def _one(size: int) -> Iterator[Row]:
    messages = [Message(json.dumps(_rides.ride(i, size)).encode()) for i in range(RECORDS)]
    found = filter.compile(_rides.PREDICATE)
    rare = filter.compile(_rides.RARE_PREDICATE)
    sides: dict[str, Callable[[], int]] = {
        "typed": lambda: len(found.pick(messages, _record)),
        "matches": lambda: sum(found.matches(_record(m)) for m in messages),
        "orjson": lambda: sum(_rides.holds(orjson.loads(m.value())) for m in messages),
        "json": lambda: sum(_rides.holds(json.loads(m.value())) for m in messages),
        "literal": lambda: len(rare.pick(messages, _record)),
    }
    cost, hits = {name: float("inf") for name in sides}, dict.fromkeys(sides, 0)
    for _ in range(ROUNDS):
        for name, side in sides.items():
            began = time.process_time()
            hits[name] = side()
            cost[name] = min(cost[name], (time.process_time() - began) / RECORDS * 1e6)
    is_wrong = len({hits[name] for name in sides if name != "literal"}) > 1 or hits["literal"] != RECORDS // 1000
    yield Row(f"{size} B: typed, pick", cost["typed"], "µs", is_wrong=is_wrong)
    yield Row(f"{size} B: typed, one by one", cost["matches"], "µs", is_wrong=is_wrong)
    yield Row(f"{size} B: rare text", cost["literal"], "µs", is_wrong=is_wrong)
    yield Row(f"{size} B: orjson and lambda", cost["orjson"], "µs", is_wrong=is_wrong)
    yield Row(f"{size} B: json and lambda", cost["json"], "µs", is_wrong=is_wrong)
    least = 0.8 if size == 100 else 1.5  # at 100 B there is little to skip; beyond, skipping must pay for the language
    yield Row(f"{size} B: typed to orjson and lambda", cost["orjson"] / cost["typed"], "×", least, at_most=False, is_wrong=is_wrong)


def _record(message: Message) -> Taken:
    return Taken(message.value())
