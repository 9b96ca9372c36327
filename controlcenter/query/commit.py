"""When a persistent query's work counts as done: the one seam between what it wrote and where it goes on.

At least once, in this order: results flushed, then offsets committed. A query that dies in between writes some results
again; a later one of the same key wins. (Exactly once replaces this file's one class, and nothing else.)
"""

import time

from controlcenter.kafka.feeding import Feed
from controlcenter.kafka.sinking import Sink
from controlcenter.query import limits
from controlcenter.sql.codegen.build import Task


class AtLeastOnce:
    """Commits every two seconds what was read until then."""

    def __init__(self, task: Task, feed: Feed, sink: Sink) -> None:
        self._task, self._feed, self._sink = task, feed, sink
        self._at = dict(feed.at)
        self._due = time.monotonic() + limits.COMMIT_S
        self.out = sink.send  # takes one result

    @property
    def written(self) -> int:
        """Return how many results were handed over."""
        return self._sink.sent

    def is_due(self) -> bool:
        return time.monotonic() >= self._due

    def commit(self) -> None:
        """Make everything read so far count; raises Problem, and then nothing of it does."""
        self._due = time.monotonic() + limits.COMMIT_S
        at = dict(self._feed.at)
        if at == self._at:
            return
        self._task.flush(self.out)
        self._sink.settle()
        self._feed.commit(at)
        self._at = at
