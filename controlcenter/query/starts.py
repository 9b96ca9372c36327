"""Where a query begins: what was asked for → an offset for each partition. Only for children.

Reading a group's place changes nothing of the group: it is asked for what it committed, never joined.
"""

from typing import Any

from controlcenter.kafka.feeding import Feed, Place
from controlcenter.query import asked


def begin(feed: Feed, start: Any) -> str:
    """Let a feed begin where it was asked to; returns a sentence about what is not as somebody would expect, or ""."""
    group = asked.group_of(start)
    if group is not None:
        return _behind(feed, group)
    if isinstance(start, dict):
        feed.begin({_place(name): offset for name, offset in start.items()})
    elif isinstance(start, str) and start.startswith("offset:"):
        feed.begin(dict.fromkeys(feed.marks, int(start.removeprefix("offset:"))))
    else:
        feed.begin(start)
    return ""


def _behind(feed: Feed, group: str) -> str:
    """Begin where a group goes on; a partition that it has committed nothing of begins at its start."""
    committed = feed.committed_by(group)
    feed.begin(committed)
    lacking = len(feed.marks) - len(committed)
    if not lacking:
        return ""
    which = "Every partition" if not committed else f"{lacking} of {len(feed.marks)} partitions"
    return f"{which} began at the start: group {group} has committed nothing there."


def _place(name: str) -> Place:
    topic, _, number = name.rpartition(":")
    return topic, int(number)
