"""The state of a persistent query after a start: made again from its input, as far as it had committed.

It rebuilds from the topic: what retention has deleted since is missing from it, and the page says so.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.feeding import Feed, Place
from controlcenter.query.looking import Looking
from controlcenter.query.running import Ready

STALLED_S = 30.0


def rebuild(ready: Ready, feed: Feed, committed: Mapping[Place, int], alive: Callable[[], None], looking: Looking) -> int:
    """Read from where the query once began up to the committed offsets, let nothing out; returns how many records that were.

    Raises Problem when the input stops arriving before that place.
    """
    wanted = {place: min(offset, feed.marks[place][1]) for place, offset in committed.items() if place in feed.marks}
    feed.begin(feed.begun)
    read, moved_at = 0, time.monotonic()
    while any(feed.at[place] < offset for place, offset in wanted.items()):
        batch = feed.take(0.1)
        alive()
        mine = [m for m in batch if m.offset() < wanted.get((m.topic(), m.partition()), 0)]
        ready.run(mine, _nowhere, looking)
        read += len(mine)
        moved_at = time.monotonic() if batch else moved_at
        if time.monotonic() - moved_at > STALLED_S:
            raise Problem(Kind.TIMEOUT, "The input could not be read again up to the last commit.", "It is tried again.")
    ready.task.flush(_nowhere)
    return read


def _nowhere(*_: Any, **__: Any) -> None:
    """What is restored was written before."""
